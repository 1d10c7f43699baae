//! Which archives are kept no longer?

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use daybook_domain::audit::export::Export;
use daybook_domain::kernel::{ExportId, TenantId};
use daybook_store::{Origin, Store};
use uuid::Uuid;

use crate::clock::Clock;
use crate::export::Ledger;

/// What lies in the directory of archives.
#[derive(Debug)]
struct Found {
    tenant: TenantId,
    export: ExportId,
    path: PathBuf,
}

/// Removes archives that have expired, and what is left of exports that have ended; each expiry is
/// in the history.
pub(super) async fn sweep(store: &Store, clock: Clock, directory: &Path) {
    let directory = directory.to_owned();
    let found = tokio::task::spawn_blocking(move || look(&directory)).await;
    let found = match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::warn!(%error, "archives of exports cannot be looked at");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "archives of exports cannot be looked at");
            return;
        }
    };
    for found in found {
        if let Err(error) = judge(store, clock, &found).await {
            let path = found.path.display();
            tracing::warn!(%path, %error, "an archive that has expired was not removed");
        }
    }
}

async fn judge(store: &Store, clock: Clock, found: &Found) -> anyhow::Result<()> {
    let loaded = store.load::<Export>(found.tenant, found.export).await?;
    let now = clock();
    match loaded.state.as_ref() {
        Export::Pending(_) => return Ok(()),
        Export::Ready(archive) if archive.is_kept(now) => return Ok(()),
        Export::Ready(_) => {
            let ledger = Ledger {
                store,
                tenant: found.tenant,
                id: found.export,
                part: "exports",
                origin: &Origin::default(),
            };
            ledger.expire(now).await?;
        }
        // What is in memory may be older than the log.
        Export::Unknown => {
            let stored = store.load_stored_now::<Export>(found.tenant, found.export);
            if *stored.await?.state != Export::Unknown {
                return Ok(());
            }
        }
        Export::Failed | Export::Expired => {}
    }
    remove(&found.path)?;
    tracing::info!(tenant = %found.tenant, export = %found.export, "an archive was removed");
    Ok(())
}

/// Every archive and draft: `<tenant>/<export>.…`.
fn look(directory: &Path) -> io::Result<Vec<Found>> {
    let mut all = Vec::new();
    for tenant in entries(directory)? {
        let Some(id) = named(&tenant) else {
            continue;
        };
        for path in entries(&tenant)? {
            if let Some(export) = named(&path) {
                all.push(Found {
                    tenant: TenantId(id),
                    export: ExportId(export),
                    path,
                });
            }
        }
    }
    Ok(all)
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let read = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    read.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// The id that a file's name begins with.
fn named(path: &Path) -> Option<Uuid> {
    let name = path.file_name()?.to_str()?;
    let id = name.split('.').next().unwrap_or(name);
    Uuid::try_parse(id).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

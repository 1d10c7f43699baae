//! What is needed to seal?

use std::path::Path;

use daybook_store::Store;
use daybook_store::audit::{Keyring, KeyringError, Outside, Sealer};
use daybook_store::vault::MasterKey;
use uuid::Uuid;

use super::anchor::{Anchor, Desk, Keeping, Mailing};
use super::sealing::Sealing;
use crate::clock::Clock;
use crate::config::{Anchors, Audit, MasterKeySource};
use crate::failure::Failure;

/// A sealer that is ready, and who takes its checkpoints out of the database's reach.
#[derive(Debug)]
pub(crate) struct OpenSealing {
    pub(crate) sealing: Sealing,
    pub(crate) keeping: Vec<Keeping>,
}

/// Opens keys, the directory of checkpoints and the anchors.
///
/// # Errors
/// When the master key is another one, or a directory cannot be written; the text says
/// what to do.
pub(crate) async fn open(
    audit: &Audit,
    (store, master): (&Store, MasterKey),
    (holder, clock): (Uuid, Clock),
) -> Result<OpenSealing, Failure> {
    let keyring = Keyring::open(store, master).await;
    let keyring = keyring.map_err(|error| refused(&audit.master_key, error))?;
    let outside = directory(&audit.checkpoints)?;
    let mut anchors = Anchor::all(audit, &outside)?;
    anchors.push(Anchor::Mail(Mailing {
        store: store.clone(),
        clock,
        every: audit.anchors.mail_pace,
    }));
    let (desks, keeping): (Vec<Desk>, Vec<Keeping>) = anchors
        .into_iter()
        .map(|anchor| Keeping::new(store, anchor))
        .unzip();
    let sealer = Sealer::new(store.clone(), keyring, outside.clone(), audit.host.clone());
    let sealing = Sealing {
        store: store.clone(),
        sealer,
        outside,
        desks,
        holder,
    };
    Ok(OpenSealing { sealing, keeping })
}

/// Whether the anchors of the configuration can be used, before anything is started.
///
/// # Errors
/// What is wrong with them, and what to do.
pub(crate) fn usable(anchors: &Anchors) -> Result<(), Failure> {
    Anchor::elsewhere(anchors).map(|_| ())
}

/// What an operator is told about keys that cannot be used.
pub(crate) fn refused(source: &MasterKeySource, error: KeyringError) -> Failure {
    let place = match source {
        MasterKeySource::Given(_) => "DAYBOOK_MASTER_KEY".to_owned(),
        MasterKeySource::File(file) => file.display().to_string(),
    };
    match error {
        KeyringError::WrongMasterKey => Failure::surroundings(format!(
            "{error}; put the right key in place of {place}, from its backup"
        )),
        KeyringError::Lost => Failure::surroundings(error),
        KeyringError::Vault(_) | KeyringError::Damaged(_) | KeyringError::Store(_) => {
            Failure::failed(error)
        }
    }
}

/// A directory of checkpoints, made where it is missing.
///
/// # Errors
/// When it cannot be written; the text says what to do.
pub(super) fn directory(path: &Path) -> Result<Outside, Failure> {
    Outside::at(path).map_err(|error| {
        Failure::surroundings(format!(
            "checkpoints cannot be kept in {}: {error}; the directory must be ours to write",
            path.display()
        ))
    })
}

//! How does a draft become an archive that can be handed out?

use std::fs::{self, File};
use std::io;
use std::path::Path;

use daybook_audit::archive::{Draft, Kept, Options, Outcome, Report, verify};
use tokio::task::spawn_blocking;

use super::build::Work;
use super::error::ExportError;
use super::order::{Built, Order};
use super::seal::kept_outside;
use crate::digest::digest_of;

/// Packs the draft, has it verified as an auditor would, gives it its name and removes the draft.
///
/// # Errors
/// When it is not sound, or files cannot be written.
pub(super) async fn finish(work: Work, order: &Order) -> Result<Built, ExportError> {
    let order = order.clone();
    spawn_blocking(move || finish_now(&work, &order)).await?
}

fn finish_now(work: &Work, order: &Order) -> Result<Built, ExportError> {
    let part = order.part();
    work.draft.pack(&part)?;
    let failed = |error: io::Error| ExportError::of_file(&part, &error);
    let report = verify(
        File::open(&part).map_err(failed)?,
        &Options {
            checkpoints: held_against(&work.draft, order)?.into_iter().collect(),
            keys: work.draft.keys().to_vec(),
        },
    );
    if report.outcome() != Outcome::Sound {
        fs::remove_file(&part).map_err(failed)?;
        return Err(unsound(&report));
    }
    let (bytes, sha256) = digest_of(&part).map_err(failed)?;
    let named = fs::rename(&part, &order.file).and_then(|()| sync_directory_of(&order.file));
    named.map_err(|error| ExportError::of_file(&order.file, &error))?;
    let draft = order.draft();
    fs::remove_dir_all(&draft).map_err(|error| ExportError::of_file(&draft, &error))?;
    Ok(Built {
        count: work.draft.progress().count,
        tree_size: work.draft.checkpoint().size,
        bytes,
        sha256,
    })
}

/// The checkpoint from outside, where an archive can be held against it: a full one, and one that is
/// not larger.
fn held_against(draft: &Draft, order: &Order) -> Result<Option<Kept>, ExportError> {
    if !order.filter.is_everything() {
        return Ok(None);
    }
    let kept = kept_outside(order)?;
    let size = |text: &String| text.lines().nth(1)?.parse::<u64>().ok();
    let kept = kept.filter(|text| size(text).is_none_or(|size| size <= draft.checkpoint().size));
    Ok(kept.map(|text| Kept::chosen("the data directory", text)))
}

fn unsound(report: &Report) -> ExportError {
    let texts: Vec<&str> = report.findings.iter().map(|it| it.text.as_str()).collect();
    let index = report.first_bad_index();
    ExportError::Altered {
        position: index.map(|index| index + 1),
        reason: format!("the archive is not sound: {}", texts.join("; ")),
    }
}

/// A name is on the disk when its directory is.
fn sync_directory_of(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|it| !it.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

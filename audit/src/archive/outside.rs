//! Does the archive agree with a checkpoint that was kept where nobody of the operator's could
//! reach it?

use super::events::Events;
use super::manifest::Kind;
use super::report::{Finding, Outcome};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{Note, NoteError, PublicKey};

/// What people call it.
pub(super) const OUTSIDE: &str = "the checkpoint from outside";

/// Who of these keys signed the note.
pub(super) fn signers<'k>(
    what: &str,
    note: &Note,
    keys: &'k [PublicKey],
) -> Result<Vec<&'k PublicKey>, Finding> {
    match note.verify(keys) {
        Ok((_, signers)) => Ok(signers),
        Err(error @ NoteError::Unknown { .. }) => Err(Finding {
            outcome: Outcome::WrongKey,
            index: None,
            text: format!("{what}: {error}"),
        }),
        Err(error) => Err(Finding::tampered(None, format!("{what}: {error}"))),
    }
}

/// Reads a checkpoint from outside.
pub(super) fn read(text: &str) -> Result<(Checkpoint, Note), Finding> {
    let unreadable = |error: CheckpointError| {
        Finding::incomplete(None, format!("{OUTSIDE} cannot be read: {error}"))
    };
    let note: Note = text
        .parse()
        .map_err(CheckpointError::Note)
        .map_err(unreadable)?;
    let checkpoint = note.unverified_text().parse().map_err(unreadable)?;
    Ok((checkpoint, note))
}

/// Compares the archive with it; what was found to be so.
pub(super) fn compare(
    kept: &Checkpoint,
    ours: &Checkpoint,
    kind: Kind,
    events: &Events<'_>,
) -> Result<String, Finding> {
    if kept.origin != ours.origin {
        let text = format!(
            "the checkpoint from outside is of {}, the archive of {}: they cannot be compared",
            kept.origin, ours.origin
        );
        return Err(Finding::incomplete(None, text));
    }
    let size = kept.size;
    if size > ours.size {
        let text = format!(
            "the checkpoint from outside is of {size} events, the archive ends after {}",
            ours.size
        );
        return Err(Finding::incomplete(Some(ours.size), text));
    }
    let root = if size == ours.size {
        Some(ours.root)
    } else {
        events.prefix_root()
    };
    match root {
        Some(root) if root == kept.root => Ok(format!(
            "the archive has the {size} events of the checkpoint from outside, as they were"
        )),
        Some(_) => {
            let text = format!(
                "the first {size} events are not those of the checkpoint from outside: history \
                 was rewritten"
            );
            Err(Finding::tampered(None, text))
        }
        None if kind == Kind::Filtered => Err(Finding::incomplete(
            None,
            format!(
                "a filtered archive cannot be compared with an older checkpoint; ask the server \
                 for consistency?from={size}&to={}, or for a full archive",
                ours.size
            ),
        )),
        None => Err(Finding::incomplete(
            Some(events.count()),
            format!("the checkpoint from outside is of {size} events, more than could be checked"),
        )),
    }
}

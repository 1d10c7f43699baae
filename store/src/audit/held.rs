//! Does what was sealed continue a checkpoint that somebody kept?

use daybook_audit::checkpoint::{Checkpoint, CheckpointError};
use daybook_audit::note::{Note, NoteError};
use daybook_audit::tree::verify_consistency;

use super::passage::PassageError;
use super::sealed::SealedLog;
use crate::error::StoreError;

/// What holding a log against a checkpoint found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The log begins with the tree of the checkpoint.
    Continues,
    /// Fewer events are sealed than the checkpoint is about.
    Behind {
        /// How many it is about.
        signed: u64,
        /// How many are sealed here.
        sealed: u64,
    },
    /// It was signed by none of the keys that this database knows.
    UnknownKey,
    /// The log is another one than the checkpoint's; in words.
    Broken(String),
}

impl SealedLog<'_> {
    /// Holds the tenant's log against a checkpoint: the text of a signed note.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn held_against(&self, note: &str) -> Result<Held, StoreError> {
        let note: Note = match note.parse() {
            Ok(note) => note,
            Err(error) => return Ok(Held::Broken(unbelievable(&error))),
        };
        let here = match self.vouched().await {
            Ok(here) => here,
            Err(PassageError::Store(error)) => return Err(error),
            Err(error) => return Ok(Held::Broken(error.to_string())),
        };
        let Some(here) = here else {
            let signed = note.unverified_text().parse::<Checkpoint>();
            let signed = signed.map_or(0, |it| it.size);
            return Ok(Held::Behind { signed, sealed: 0 });
        };
        let kept = Checkpoint::verified(&note, &here.keys);
        let kept = match kept.and_then(|kept| kept.of(&here.checkpoint.origin)) {
            Ok(kept) => kept,
            Err(CheckpointError::Note(NoteError::Unknown { .. })) => return Ok(Held::UnknownKey),
            Err(error) => return Ok(Held::Broken(unbelievable(&error))),
        };
        let (signed, sealed) = (kept.size, here.checkpoint.size);
        if signed > sealed {
            return Ok(Held::Behind { signed, sealed });
        }
        let Some(newer) = self.checkpoint(Some(sealed)).await? else {
            let text = "its last checkpoint was deleted while it was read";
            return Ok(Held::Broken(text.to_owned()));
        };
        let proof = self.consistency(signed, &newer).await?;
        let holds = proof.is_some_and(|proof| {
            verify_consistency(&kept.head(), &here.checkpoint.head(), &proof).is_ok()
        });
        Ok(if holds {
            Held::Continues
        } else {
            Held::Broken(format!(
                "the tree of {sealed} events does not continue the one of {signed} that was signed"
            ))
        })
    }
}

fn unbelievable(error: &dyn std::fmt::Display) -> String {
    format!("the checkpoint that it is held against cannot be believed: {error}")
}

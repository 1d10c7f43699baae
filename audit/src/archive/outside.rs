//! Which checkpoints were kept where nobody of the operator's could reach them, and who signed them?

use super::report::{Finding, Outcome, Report};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{Note, NoteError, PublicKey};

/// What people call one.
const OUTSIDE: &str = "the checkpoint from outside";

/// A checkpoint that was kept outside, as a text that is still to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    name: String,
    text: String,
    is_chosen: bool,
}

impl Kept {
    /// One that was chosen. If it cannot be read, or is of another log, the answer is not what was
    /// asked for.
    pub fn chosen(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            is_chosen: true,
        }
    }

    /// A file of a folder that may have others in it: passed over if it is no checkpoint, or of another
    /// log.
    pub fn found(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            is_chosen: false,
        }
    }
}

/// One that could be read.
#[derive(Debug)]
pub(super) struct Witness {
    /// What to call it in a sentence.
    pub(super) name: String,
    pub(super) checkpoint: Checkpoint,
    note: Note,
    is_chosen: bool,
    /// Whether it may say where histories part: one that anybody could have written may not.
    pub(super) is_believed: bool,
}

/// Those that the archive is held against.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) witnesses: Vec<Witness>,
    /// How many were passed over.
    pub(super) passed_over: usize,
    unreadable: Vec<String>,
}

impl Outside {
    /// Reads them; the finding is about a chosen one that cannot be read.
    pub(super) fn read(given: &[Kept]) -> Result<Self, Finding> {
        let mut outside = Self::default();
        for kept in given {
            // A name helps only where there are several.
            let name = match given.len() {
                1 => OUTSIDE.to_owned(),
                _ => format!("{OUTSIDE} in {}", kept.name),
            };
            match read(&kept.text) {
                Ok((checkpoint, note)) => outside.witnesses.push(Witness {
                    name,
                    checkpoint,
                    note,
                    is_chosen: kept.is_chosen,
                    is_believed: false,
                }),
                Err(error) if kept.is_chosen => {
                    let text = format!("{name} cannot be read: {error}");
                    return Err(Finding::incomplete(None, text));
                }
                Err(error) => outside.unreadable.push(format!("{}: {error}", kept.name)),
            }
        }
        Ok(outside)
    }

    /// Drops what lay in a folder and is of another log, and says what was dropped.
    pub(super) fn pass_over_others(&mut self, origin: &str, report: &mut Report) {
        let of_this = |it: &Witness| it.is_chosen || it.checkpoint.origin == origin;
        let others: Vec<String> = self
            .witnesses
            .extract_if(.., |it| !of_this(it))
            .map(|it| format!("{} is of {}", it.name, it.checkpoint.origin))
            .collect();
        self.passed_over = others.len() + self.unreadable.len();
        for (what, which) in [
            ("of another log", &others),
            ("no checkpoint", &self.unreadable),
        ] {
            if let Some(first) = which.first() {
                let count = which.len();
                report.warnings.push(format!(
                    "files of the folder that were passed over, being {what}: {count}, {}{first}",
                    if count > 1 { "such as " } else { "" }
                ));
            }
        }
    }

    /// Who signed them. Where keys were given from elsewhere they alone are believed, else whoever kept
    /// the checkpoint is, as long as no signature is false.
    pub(super) fn check_signatures(
        &mut self,
        trusted: &[PublicKey],
        given: &[PublicKey],
        report: &mut Report,
    ) {
        let mut findings: Vec<(Finding, usize)> = Vec::new();
        for witness in &mut self.witnesses {
            let finding = signers(&witness.name, &witness.note, trusted).err();
            let outcome = finding.as_ref().map(|it| it.outcome);
            witness.is_believed = match outcome {
                None => true,
                Some(Outcome::WrongKey) => given.is_empty(),
                Some(_) => false,
            };
            let same = findings
                .iter_mut()
                .find(|(it, _)| Some(it.outcome) == outcome);
            match (same, finding) {
                (Some((_, more)), _) => *more += 1,
                (None, Some(finding)) => findings.push((finding, 0)),
                (None, None) => {}
            }
        }
        let told = findings.into_iter().map(|(mut finding, more)| {
            finding.text += &and_more(more);
            finding
        });
        report.findings.extend(told);
    }

    /// How many events each is of.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.witnesses.iter().map(|it| it.checkpoint.size)
    }
}

/// That there are more of the kind of which the first was named.
pub(super) fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => " (and one more)".to_owned(),
        more => format!(" (and {more} more)"),
    }
}

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
            place: None,
            text: format!("{what}: {error}"),
        }),
        Err(error) => Err(Finding::tampered(None, format!("{what}: {error}"))),
    }
}

fn read(text: &str) -> Result<(Checkpoint, Note), CheckpointError> {
    let note: Note = text.parse()?;
    let checkpoint = note.unverified_text().parse()?;
    Ok((checkpoint, note))
}

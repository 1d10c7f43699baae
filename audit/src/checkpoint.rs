//! What does a log say about its tree? C2SP tlog-checkpoint.
//!
//! Three lines: the origin, which names the log; the size of the tree; its root in base64. More
//! lines may follow and mean nothing here. The text is that of a signed note.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

use crate::encoding::{base64, decimal, hash_from_base64};
use crate::note::{self, Note, NoteError, PublicKey, Signer};
use crate::tree::{Hash, Head};

/// A tree as a log vouches for it. Its `Display` is the text that is signed, its `FromStr` reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log for ever: `<host>/audit/<tenant>`.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// Further lines; none as a rule, and no meaning here.
    pub extensions: Vec<String>,
}

/// A text that is no checkpoint, or none to go by.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The note has a fault, or nobody known signed it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not lines as they should be.
    #[error(
        "a checkpoint has at least three lines, none of them empty, each with a line feed at its end"
    )]
    Form,
    /// The second line is no size.
    #[error("{text:?} is not the size of a tree")]
    Size {
        /// The line.
        text: String,
    },
    /// The third line is no root.
    #[error("{text:?} is not the root of a tree: 32 bytes in base64")]
    Root {
        /// The line.
        text: String,
    },
    /// It is of another log.
    #[error("the checkpoint is of {found}, not of {expected}")]
    Origin {
        /// The log that it should be of.
        expected: String,
        /// The log that it is of.
        found: String,
    },
}

impl Checkpoint {
    /// A checkpoint without further lines.
    pub fn new(origin: impl Into<String>, head: Head) -> Self {
        Self {
            origin: origin.into(),
            size: head.size,
            root: head.root,
            extensions: Vec::new(),
        }
    }

    /// Size and root.
    pub fn head(&self) -> Head {
        Head {
            size: self.size,
            root: self.root,
        }
    }

    /// Signs it. That it is consistent with every one signed before is the caller's word.
    ///
    /// # Errors
    /// When its origin or an extension has a line feed or is empty, or nobody signs.
    pub fn sign(&self, signers: &[&Signer]) -> Result<Note, CheckpointError> {
        let text = self.to_string();
        if text.parse().as_ref() != Ok(self) {
            return Err(CheckpointError::Form);
        }
        Ok(note::sign(&text, signers)?)
    }

    /// The checkpoint of a note that at least one of these keys signed.
    ///
    /// # Errors
    /// When none of them did, or a signature does not fit, or it is no checkpoint.
    pub fn verified(note: &Note, keys: &[PublicKey]) -> Result<Self, CheckpointError> {
        let (text, _) = note.verify(keys)?;
        text.parse()
    }

    /// The checkpoint if it is of this log.
    ///
    /// # Errors
    /// When it is of another.
    pub fn of(self, origin: &str) -> Result<Self, CheckpointError> {
        if self.origin == origin {
            return Ok(self);
        }
        Err(CheckpointError::Origin {
            expected: origin.to_owned(),
            found: self.origin,
        })
    }
}

impl Display for Checkpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base64(&self.root))?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Form)?;
        let lines: Vec<_> = lines.split('\n').collect();
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            return Err(CheckpointError::Form);
        };
        if lines.contains(&"") {
            return Err(CheckpointError::Form);
        }
        Ok(Self {
            origin: (*origin).to_owned(),
            size: decimal(size).ok_or_else(|| CheckpointError::Size {
                text: (*size).to_owned(),
            })?,
            root: hash_from_base64(root).ok_or_else(|| CheckpointError::Root {
                text: (*root).to_owned(),
            })?,
            extensions: extensions.iter().map(ToString::to_string).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification.
    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn reads_and_writes_the_specifications_example() {
        let checkpoint: Checkpoint = TEXT.parse().unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.to_string(), TEXT);
        let extended = format!("{TEXT}more\n");
        let checkpoint: Checkpoint = extended.parse().unwrap();
        assert_eq!(checkpoint.extensions, ["more"]);
        assert_eq!(checkpoint.to_string(), extended);
    }

    #[test]
    fn refuses_what_is_no_checkpoint() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for text in [
            String::new(),
            TEXT.trim_end().into(),
            format!("\n1\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("o\n\n{root}\n"),
            "o\n1\nAAAA\n".into(),
            format!("o\n1\n{}\n", root.trim_end_matches('=')),
            format!("o\n1\n{root} \n"),
            format!("o\n1\n{root}\n\n"),
            format!("o\n1\n{root}\n\nmore\n"),
        ] {
            assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn is_believed_if_a_known_key_signed_it() {
        let log = Signer::try_new("log", &[1; 32]).unwrap();
        let stranger = Signer::try_new("log", &[2; 32]).unwrap();
        let checkpoint = Checkpoint::new(
            "log",
            Head {
                size: 3,
                root: [9; 32],
            },
        );
        let note = checkpoint.sign(&[&log]).unwrap();
        let verified = Checkpoint::verified(&note, &[log.public().clone()]);
        assert_eq!(verified, Ok(checkpoint.clone()));
        let verified = Checkpoint::verified(&note, &[stranger.public().clone()]);
        assert!(matches!(
            verified,
            Err(CheckpointError::Note(NoteError::Unknown { .. }))
        ));
        assert!(checkpoint.clone().of("log").is_ok());
        assert!(matches!(
            checkpoint.of("other"),
            Err(CheckpointError::Origin { .. })
        ));
    }

    #[test]
    fn signs_nothing_that_would_read_otherwise() {
        let log = Signer::try_new("log", &[1; 32]).unwrap();
        let head = Head {
            size: 3,
            root: [9; 32],
        };
        for origin in ["", "a\nb", "a\n"] {
            let signed = Checkpoint::new(origin, head).sign(&[&log]);
            assert_eq!(signed, Err(CheckpointError::Form), "{origin:?}");
        }
    }
}

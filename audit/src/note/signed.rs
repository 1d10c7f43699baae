//! What does a signed text look like, and who signed it?

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

use super::key::{KeyError, PublicKey, Signer, check_name};
use crate::encoding::{base64, from_base64};

/// The longest note that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The most signatures that are read.
const MOST_SIGNATURES: usize = 64;

/// A text with signatures, none of them checked. Its `Display` is the note, its `FromStr` reads one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// A note that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Too long to be read.
    #[error("the note has {found} bytes; at most {LONGEST} are read")]
    TooLong {
        /// How many bytes it has.
        found: usize,
    },
    /// No text, empty line and signatures.
    #[error(
        "a note is text, an empty line and signature lines, each with a line feed at its end and no other control characters"
    )]
    Form,
    /// A line that is no signature.
    #[error("line {line} of the signatures is not of the form `— name base64`")]
    Line {
        /// Which one, from 1.
        line: usize,
    },
    /// Too many signatures to be read.
    #[error("the note has {found} signatures; at most {MOST_SIGNATURES} are read")]
    TooMany {
        /// How many it has.
        found: usize,
    },
    /// No known key signed it.
    #[error("no known key signed the note; its signatures are of {}", names(.signed_by))]
    Unknown {
        /// Names and ids of the keys that signed.
        signed_by: Vec<String>,
    },
    /// A known key's signature does not fit the text.
    #[error("the signature of {name} does not fit the text: one of them was changed")]
    Wrong {
        /// The key's name.
        name: String,
    },
    /// A signer's name cannot stand in a note.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Signature {
    pub(super) fn of(key: &PublicKey, bytes: Vec<u8>) -> Self {
        Self {
            name: key.name().to_owned(),
            key_id: key.id(),
            bytes,
        }
    }

    /// The name of the key, as it is given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that tell keys of one name apart.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// The signature itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Signs a text with every signer. The text ends with a line feed.
///
/// # Errors
/// When the text cannot be that of a note, or nobody signs it.
pub fn sign(text: &str, signers: &[&Signer]) -> Result<Note, NoteError> {
    let signatures: Vec<_> = signers.iter().map(|signer| signer.sign(text)).collect();
    if !is_text(text) || signatures.is_empty() {
        return Err(NoteError::Form);
    }
    Ok(Note {
        text: text.to_owned(),
        signatures,
    })
}

impl Note {
    /// The text, which nobody vouches for yet: see [`Note::verify`].
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// The signatures, of known keys and others.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds the signature of another key over the same text.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.push(signature);
    }

    /// The text, and which of these keys vouch for it, at least one. Signatures of other keys are
    /// passed over.
    ///
    /// # Errors
    /// When none of the keys signed, or a signature of one of them does not fit.
    pub fn verify<'k>(
        &self,
        keys: &'k [PublicKey],
    ) -> Result<(&str, Vec<&'k PublicKey>), NoteError> {
        let mut signed_by: Vec<&PublicKey> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = keys.iter().find(|key| key.made(signature)) else {
                continue;
            };
            if !key.fits(&self.text, signature) {
                return Err(NoteError::Wrong {
                    name: signature.name.clone(),
                });
            }
            if !signed_by.contains(&key) {
                signed_by.push(key);
            }
        }
        if signed_by.is_empty() {
            let others = self.signatures.iter();
            let others = others.map(|it| format!("{}+{}", it.name, hex::encode(it.key_id)));
            return Err(NoteError::Unknown {
                signed_by: others.collect(),
            });
        }
        Ok((&self.text, signed_by))
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_vec();
            bytes.extend(&signature.bytes);
            writeln!(f, "— {} {}", signature.name, base64(&bytes))?;
        }
        Ok(())
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        let found = note.len();
        if found > LONGEST {
            return Err(NoteError::TooLong { found });
        }
        // The last empty line separates: a text may have some of its own.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let text = format!("{text}\n");
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        if !is_text(&text) {
            return Err(NoteError::Form);
        }
        let lines: Vec<_> = lines.split('\n').collect();
        if lines.len() > MOST_SIGNATURES {
            let found = lines.len();
            return Err(NoteError::TooMany { found });
        }
        let signatures = (1..)
            .zip(&lines)
            .map(|(line, text)| signature_of(text).ok_or(NoteError::Line { line }));
        let signatures = signatures.collect::<Result<_, _>>()?;
        Ok(Self { text, signatures })
    }
}

fn signature_of(line: &str) -> Option<Signature> {
    let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = from_base64(signature)?;
    let (key_id, bytes) = bytes.split_first_chunk::<4>()?;
    if bytes.is_empty() {
        return None;
    }
    Some(Signature {
        name: name.to_owned(),
        key_id: *key_id,
        bytes: bytes.to_vec(),
    })
}

/// Ends with a line feed and has no other control characters.
fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !text.contains(|c: char| c < ' ' && c != '\n')
}

fn names(signed_by: &[String]) -> String {
    signed_by.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of Go's `note` package.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer(name: &str, secret: u8) -> Signer {
        Signer::try_new(name, &[secret; 32]).unwrap()
    }

    #[test]
    fn verifies_a_note_of_another_implementation() {
        let note: Note = GO_NOTE.parse().unwrap();
        let keys = [GO_KEY.parse().unwrap()];
        let (text, by) = note.verify(&keys).unwrap();
        assert!(text.starts_with("If you think") && text.ends_with("is.\n"));
        assert_eq!(by[0].name(), "PeterNeumann");
        assert_eq!(note.to_string(), GO_NOTE);
    }

    #[test]
    fn says_which_of_the_known_keys_signed() {
        let (old, new, other) = (signer("log", 1), signer("log", 2), signer("witness", 3));
        let note = sign("text\n", &[&old, &other, &new]).unwrap();
        let read: Note = note.to_string().parse().unwrap();
        assert_eq!(read, note);
        let keys = [new.public().clone(), old.public().clone()];
        let (_, by) = read.verify(&keys).unwrap();
        assert_eq!(by, [old.public(), new.public()]);
        let stranger = [signer("stranger", 4).public().clone()];
        let error = read.verify(&stranger).unwrap_err();
        assert!(matches!(&error, NoteError::Unknown { signed_by } if signed_by.len() == 3));
    }

    #[test]
    fn refuses_a_changed_text_and_a_changed_signature() {
        let log = signer("log", 1);
        let keys = [log.public().clone()];
        let note = sign("text\n", &[&log]).unwrap();
        let wrong = Err(NoteError::Wrong { name: "log".into() });
        let changed: Note = note.to_string().replace("text", "test").parse().unwrap();
        assert_eq!(changed.verify(&keys), wrong);
        let mut changed = note.clone();
        changed.signatures[0].bytes[10] ^= 1;
        assert_eq!(changed.verify(&keys), wrong);
        let mut cut = note;
        cut.signatures[0].bytes.pop();
        assert_eq!(cut.verify(&keys), wrong);
    }

    #[test]
    fn refuses_what_is_no_note() {
        let line = "— log AAAAAAA=\n";
        for (note, error) in [
            (String::new(), NoteError::Form),
            ("text\n".into(), NoteError::Form),
            ("text\n\n".into(), NoteError::Form),
            (format!("te\txt\n\n{line}"), NoteError::Form),
            (format!("text\r\n\n{line}"), NoteError::Form),
            (format!("text\n\n{}", line.trim_end()), NoteError::Form),
            (format!("text\n\n{line}\n"), NoteError::Form),
            (
                format!("text\n\n{line}- log AAAAAAA=\n"),
                NoteError::Line { line: 2 },
            ),
            ("text\n\n— log AAAA\n".into(), NoteError::Line { line: 1 }),
            (
                "text\n\n— log  AAAAAAA=\n".into(),
                NoteError::Line { line: 1 },
            ),
            (
                "text\n\n— lo+g AAAAAAA=\n".into(),
                NoteError::Line { line: 1 },
            ),
            (
                format!("text\n\n{}", line.repeat(65)),
                NoteError::TooMany { found: 65 },
            ),
            (
                "t".repeat(LONGEST + 1),
                NoteError::TooLong { found: LONGEST + 1 },
            ),
        ] {
            assert_eq!(note.parse::<Note>(), Err(error), "{note:.40}");
        }
        assert!(
            format!("text\n\n{}", line.repeat(16))
                .parse::<Note>()
                .is_ok()
        );
        assert!(format!("a\n\nb\n\n{line}").parse::<Note>().is_ok());
    }
}

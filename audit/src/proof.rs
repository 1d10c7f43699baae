//! How does one event prove that it is in the log? C2SP tlog-proof, version 1.
//!
//! A text that can be checked without asking anybody: the leaf's index, the hashes from its sibling
//! up to below the root, and the checkpoint as it was signed.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::encoding::{base64, decimal, from_base64, hash_from_base64};
use crate::note::{Note, PublicKey};
use crate::tree::{Hash, VerifyError, verify_inclusion};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// More hashes than any tree's height.
const LONGEST: usize = 64;

/// A proof of inclusion with the checkpoint that it leads to. Its `Display` is the text, its
/// `FromStr` reads one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What came with it; nobody vouches for this.
    pub extra: Option<Vec<u8>>,
    /// The leaf's index: the event's position less one.
    pub index: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint, signed.
    pub checkpoint: Note,
}

/// A proof that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// Not such a text.
    #[error("a proof begins with the line {HEADER}, then `extra` if there is some, then `index`")]
    Header,
    /// The index is no number, or the extra no base64.
    #[error("the line {line:?} of the proof cannot be read")]
    Line {
        /// The line.
        line: String,
    },
    /// More hashes than a tree can be high.
    #[error("the proof has more than {LONGEST} hashes")]
    TooLong,
    /// The checkpoint has a fault, or nobody known signed it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes lead elsewhere.
    #[error(transparent)]
    Tree(#[from] VerifyError),
}

impl Proof {
    /// The leaf is in the tree of the checkpoint, which a known key signed for this log.
    ///
    /// # Errors
    /// When the proof does not say so.
    pub fn verify(
        &self,
        leaf: &Hash,
        origin: &str,
        keys: &[PublicKey],
    ) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::verified(&self.checkpoint, keys)?.of(origin)?;
        verify_inclusion(self.index, leaf, &checkpoint.head(), &self.hashes)?;
        Ok(checkpoint)
    }
}

impl Display for Proof {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", base64(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let rest = text
            .strip_prefix(HEADER)
            .and_then(|it| it.strip_prefix('\n'));
        let (head, checkpoint) = rest
            .and_then(|rest| rest.split_once("\n\n"))
            .ok_or(ProofError::Header)?;
        let unreadable = |line: &str| ProofError::Line {
            line: line.to_owned(),
        };
        let mut lines = head.split('\n').peekable();
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let extra = extra.map(|line| {
            let bytes = line.strip_prefix("extra ").and_then(from_base64);
            bytes.ok_or_else(|| unreadable(line))
        });
        let extra = extra.transpose()?;
        let line = lines.next().ok_or(ProofError::Header)?;
        let index = line.strip_prefix("index ").ok_or(ProofError::Header)?;
        let index = decimal(index).ok_or_else(|| unreadable(line))?;
        let hashes = lines.take(LONGEST + 1);
        let hashes = hashes.map(|line| hash_from_base64(line).ok_or_else(|| unreadable(line)));
        let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
        if hashes.len() > LONGEST {
            return Err(ProofError::TooLong);
        }
        let checkpoint = checkpoint.parse().map_err(CheckpointError::Note)?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Signer;
    use crate::tree::{Frontier, Head, TreeError, inclusion, leaf_hash};

    fn proof() -> (Proof, Signer) {
        let signer = Signer::try_new("example.com/log", &[1; 32]).unwrap();
        let leaves: Vec<Hash> = (0..4_u8).map(|n| leaf_hash(&[n])).collect();
        let mut tree = Frontier::default();
        tree.extend(leaves.iter().copied());
        let at = |node: crate::tree::Node| {
            let mut part = Frontier::default();
            let from = usize::try_from(node.index << node.level).unwrap();
            part.extend(leaves[from..from + (1 << node.level)].iter().copied());
            Ok::<_, TreeError>(part.root())
        };
        let head = Head {
            size: 4,
            root: tree.root(),
        };
        let checkpoint = Checkpoint::new("example.com/log", head);
        let proof = Proof {
            extra: None,
            index: 2,
            hashes: inclusion(2, 4, at).unwrap(),
            checkpoint: checkpoint.sign(&[&signer]).unwrap(),
        };
        (proof, signer)
    }

    #[test]
    fn is_written_as_the_specification_says() {
        let (proof, _) = proof();
        let text = proof.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[..2], ["c2sp.org/tlog-proof@v1", "index 2"]);
        assert_eq!(lines[4..7], ["", "example.com/log", "4"]);
        assert_eq!(lines.len(), 10);
        assert_eq!(text.parse(), Ok(proof.clone()));
        let extra = Proof {
            extra: Some(b"leaf".to_vec()),
            ..proof
        };
        let text = extra.to_string();
        assert_eq!(text.lines().nth(1), Some("extra bGVhZg=="));
        assert_eq!(text.parse(), Ok(extra));
    }

    #[test]
    fn proves_its_leaf_and_no_other() {
        let (proof, signer) = proof();
        let keys = [signer.public().clone()];
        let origin = "example.com/log";
        assert!(proof.verify(&leaf_hash(&[2]), origin, &keys).is_ok());
        let other_leaf = proof.verify(&leaf_hash(&[3]), origin, &keys);
        assert!(matches!(
            other_leaf,
            Err(ProofError::Tree(VerifyError::OtherRoot { .. }))
        ));
        let other_log = proof.verify(&leaf_hash(&[2]), "example.com/other", &keys);
        assert!(matches!(
            other_log,
            Err(ProofError::Checkpoint(CheckpointError::Origin { .. }))
        ));
        let other_key = [Signer::try_new(origin, &[2; 32]).unwrap().public().clone()];
        assert!(proof.verify(&leaf_hash(&[2]), origin, &other_key).is_err());
        let moved = Proof { index: 3, ..proof };
        assert!(moved.verify(&leaf_hash(&[2]), origin, &keys).is_err());
    }

    #[test]
    fn refuses_what_is_no_proof() {
        let text = proof().0.to_string();
        let hash = text.lines().nth(2).unwrap().to_owned();
        for bad in [
            text.replace("@v1", "@v2"),
            text.replace("index 2", "index 02"),
            text.replace("index 2", "index two"),
            text.replace("index 2\n", ""),
            text.replace("index 2", "extra !\nindex 2"),
            text.replace("index 2", "index 2\nextra AAAA"),
            text.replace(&hash, &hash[4..]),
            text.replace(&hash, &vec![hash.as_str(); 64].join("\n")),
            text.replace("\n\n", "\n"),
            String::new(),
        ] {
            assert!(bad.parse::<Proof>().is_err(), "{bad}");
        }
    }
}

//! What is kept of a secret: its SHA-256, never the secret.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The SHA-256 of a secret of at least 128 random bits (a token, a key). Hashed at the edge.
///
/// Written as 64 lower-case hexadecimal digits. `Debug` shows the first eight of them: enough to
/// tell two apart in a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct DigestError;

impl Digest {
    /// A digest from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the presented secret is the kept one, in the same time wherever they differ.
    pub fn matches(&self, presented: &Self) -> bool {
        let differ = self.0.iter().zip(&presented.0);
        differ.fold(0, |sum, (kept, given)| sum | (kept ^ given)) == 0
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        write!(f, "Digest({}…)", text.get(..8).unwrap_or_default())
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Digest {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DigestError)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_hexadecimal() {
        let digest = Digest::new([0xab; 32]);
        let text = "ab".repeat(32);
        assert_eq!(serde_json::to_value(digest).unwrap(), text.as_str());
        assert_eq!(text.to_uppercase().parse(), Ok(digest));
        assert_eq!(format!("{digest:?}"), "Digest(abababab…)");
        for bad in ["", "ab", &"zz".repeat(32), &"ab".repeat(33)] {
            assert_eq!(bad.parse::<Digest>(), Err(DigestError), "{bad}");
        }
    }

    #[test]
    fn matches_only_the_same_secret() {
        let mut other = [7; 32];
        let kept = Digest::new(other);
        assert!(kept.matches(&Digest::new(other)));
        other[31] = 8;
        assert!(!kept.matches(&Digest::new(other)));
        other = [7; 32];
        other[0] = 6;
        assert!(!kept.matches(&Digest::new(other)));
    }
}

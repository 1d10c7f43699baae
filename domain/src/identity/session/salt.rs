//! The random part of a token's derivation.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// 128 random bits with which a refresh token becomes its successor. Worth nothing without the
/// token. Written as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; 16]);

/// Not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a salt is 32 hexadecimal digits")]
pub struct SaltError;

impl Salt {
    /// A salt from random bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Salt {
    type Err = SaltError;
    fn from_str(text: &str) -> Result<Self, SaltError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SaltError)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Salt {
    type Error = SaltError;
    fn try_from(text: String) -> Result<Self, SaltError> {
        text.parse()
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        salt.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_hexadecimal() {
        let salt = Salt::new([0x0f; 16]);
        let text = "0f".repeat(16);
        assert_eq!(serde_json::to_value(salt).unwrap(), text.as_str());
        assert_eq!(text.parse(), Ok(salt));
        assert_eq!("0f".parse::<Salt>(), Err(SaltError));
    }
}

//! How a key is written: `daybook_<environment>_<kid>_<secret><checksum>`.
//!
//! The kid is 64 bits and the secret 128, both random and from the edge, in 11 and 22 digits of
//! base 62; the checksum is the CRC-32 of all before it in 6. So a mistyped or made-up key is
//! refused without asking the database, and scanners of published code find real ones.

use std::fmt::{self, Debug, Display};

use serde::{Deserialize, Serialize};
use thiserror::Error;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KID_DIGITS: usize = 11;
const SECRET_DIGITS: usize = 22;
const CHECKSUM_DIGITS: usize = 6;

/// Which installation a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Real business.
    Live,
    /// Development and tests.
    Test,
}

/// A key's public part, by which it is found: 11 digits of base 62.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kid(String);

/// A text that has the form of a key. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenKey {
    environment: Environment,
    kid: Kid,
    text: String,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FormatError {
    /// Not written like a key at all.
    #[error("this is not an API key")]
    Form,
    /// Written like a key, with a wrong checksum.
    #[error("the API key is mistyped or incomplete: copy it again")]
    Checksum,
}

impl Environment {
    /// As it stands in a key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl Kid {
    /// A kid from random bits.
    pub fn from_bits(bits: u64) -> Self {
        Self(base62(u128::from(bits), KID_DIGITS))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl WrittenKey {
    /// Writes a new key. The bits of the secret come from a cryptographic source.
    pub fn compose(environment: Environment, kid: Kid, secret_bits: u128) -> Self {
        let secret = base62(secret_bits, SECRET_DIGITS);
        let body = format!("daybook_{}_{kid}_{secret}", environment.as_str());
        let checksum = checksum(&body);
        Self {
            environment,
            kid,
            text: body + &checksum,
        }
    }

    /// Reads a presented key.
    ///
    /// # Errors
    /// When it is none or its checksum is wrong.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let rest = text.strip_prefix("daybook_").ok_or(FormatError::Form)?;
        let mut parts = rest.split('_');
        let environment = match parts.next() {
            Some("live") => Environment::Live,
            Some("test") => Environment::Test,
            Some(_) | None => return Err(FormatError::Form),
        };
        let (Some(kid), Some(tail), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(FormatError::Form);
        };
        if !is_base62(kid, KID_DIGITS) || !is_base62(tail, SECRET_DIGITS + CHECKSUM_DIGITS) {
            return Err(FormatError::Form);
        }
        let (body, given) = text.split_at(text.len() - CHECKSUM_DIGITS);
        if checksum(body) != given {
            return Err(FormatError::Checksum);
        }
        Ok(Self {
            environment,
            kid: Kid(kid.to_owned()),
            text: text.to_owned(),
        })
    }

    /// Which installation it is for.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The public part.
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The whole key: what is shown once, and what is hashed.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What may be shown at any time, so that a person knows which key it is.
    pub fn prefix(&self) -> String {
        prefix(self.environment, &self.kid)
    }
}

/// What may be shown of a key at any time.
pub fn prefix(environment: Environment, kid: &Kid) -> String {
    format!("daybook_{}_{kid}", environment.as_str())
}

impl Debug for WrittenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrittenKey({}_…)", self.prefix())
    }
}

fn checksum(body: &str) -> String {
    base62(u128::from(crc32(body.as_bytes())), CHECKSUM_DIGITS)
}

/// The lowest `digits` digits of `number`, with leading zeros.
fn base62(mut number: u128, digits: usize) -> String {
    let mut reversed = Vec::with_capacity(digits);
    for _ in 0..digits {
        let digit = usize::try_from(number % 62).unwrap_or_default();
        reversed.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
        number /= 62;
    }
    reversed.into_iter().rev().collect()
}

fn is_base62(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// CRC-32 as in gzip (polynomial 0x04C11DB7, reflected).
fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), shifted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> WrittenKey {
        WrittenKey::compose(Environment::Live, Kid::from_bits(7), u128::MAX)
    }

    #[test]
    fn computes_the_well_known_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn holds_every_bit() {
        assert_eq!(base62(u128::MAX, 22), "7n42DGM5Tflk9n8mt7Fhc7");
        assert_eq!(Kid::from_bits(u64::MAX).as_str(), "LygHa16AHYF");
        assert_eq!(base62(u128::from(u32::MAX), 6), "4gfFC3");
        assert!(62_u128.pow(11) > u128::from(u64::MAX));
        assert!(62_u128.pow(6) > u128::from(u32::MAX));
        assert_eq!(base62(61, 2), "0z");
    }

    #[test]
    fn reads_what_it_writes() {
        let key = key();
        let text = key.reveal();
        assert!(text.starts_with("daybook_live_00000000007_7n42DGM5Tflk9n8mt7Fhc7"));
        assert_eq!(text.len(), 53);
        assert_eq!(WrittenKey::parse(text), Ok(key.clone()));
        assert_eq!(key.prefix(), "daybook_live_00000000007");
        assert_eq!(key.kid().as_str(), "00000000007");
        assert_eq!(key.environment(), Environment::Live);
        let other = WrittenKey::compose(Environment::Test, Kid::from_bits(8), 1);
        assert_eq!(
            WrittenKey::parse(other.reveal()).unwrap().environment(),
            Environment::Test
        );
    }

    #[test]
    fn is_the_format_that_keys_in_use_have() {
        let key = WrittenKey::compose(Environment::Test, Kid::from_bits(1), 2);
        assert_eq!(
            key.reveal(),
            "daybook_test_00000000001_00000000000000000000024A35gA"
        );
    }

    #[test]
    fn notices_any_changed_character() {
        let text = key().reveal().to_owned();
        for at in 13..text.len() {
            let mut bytes = text.clone().into_bytes();
            if bytes[at] == b'_' {
                continue;
            }
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                WrittenKey::parse(&changed),
                Err(FormatError::Checksum),
                "{changed}"
            );
        }
        let moved = text.replace("live", "test");
        assert_eq!(WrittenKey::parse(&moved), Err(FormatError::Checksum));
    }

    #[test]
    fn refuses_what_is_no_key() {
        let text = key().reveal().to_owned();
        for bad in [
            "",
            "daybook_",
            "daybook_live_",
            &text[1..],
            &text[..52],
            &format!("{text}0"),
            &format!("{text}_x"),
            &text.replace("live", "prod"),
            &text.replace("7n42", "7n4-"),
            &text.replace("7n42", "7né"),
            &format!(" {text}"),
        ] {
            assert_eq!(WrittenKey::parse(bad), Err(FormatError::Form), "{bad}");
        }
    }

    #[test]
    fn hides_the_secret_in_debug_output() {
        assert_eq!(
            format!("{:?}", key()),
            "WrittenKey(daybook_live_00000000007_…)"
        );
    }
}

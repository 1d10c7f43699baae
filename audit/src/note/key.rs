//! Whose signature is it?

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::signed::Signature;
use crate::encoding::{base64, from_base64};

/// C2SP's number for Ed25519.
const ED25519: u8 = 1;

/// A key that notes are verified with. Its `Display` and `FromStr` are the verifier key of C2SP:
/// `name+digest+key`, the digest in 8 hexadecimal digits, the key in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A name that would not survive in a note.
    #[error(
        "{name:?} cannot be a key's name: it is empty, or has a space, a plus or a control character"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Not three parts.
    #[error("a verifier key has the form name+digest+key, as in example.com/log+8a1c09f2+Aac…")]
    Form,
    /// Not a key of Ed25519.
    #[error("the verifier key of {name} is not one of Ed25519")]
    Algorithm {
        /// The key's name.
        name: String,
    },
    /// The digest is one of another key.
    #[error(
        "the digest in the verifier key of {name} is not that of its key: it was mistyped or changed"
    )]
    Digest {
        /// The key's name.
        name: String,
    },
}

impl PublicKey {
    /// A key by its 32 bytes.
    ///
    /// # Errors
    /// When the name cannot stand in a note, or the bytes are no point of the curve, or a weak one.
    pub fn try_new(name: &str, bytes: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(bytes).ok();
        // Under a weak key a signature can fit any text.
        let strong = key.filter(|key| !key.is_weak());
        let key = strong.ok_or_else(|| KeyError::Algorithm {
            name: name.to_owned(),
        })?;
        Ok(Self::of(name, key))
    }

    fn of(name: &str, key: VerifyingKey) -> Self {
        let mut digest = Sha256::new();
        digest.update(name);
        digest.update([b'\n', ED25519]);
        digest.update(key.as_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let [a, b, c, d, ..] = digest;
        Self {
            name: name.to_owned(),
            id: [a, b, c, d],
            key,
        }
    }

    /// The name that signatures carry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes of a digest that signatures carry.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The key's 32 bytes, as RFC 8032 encodes it.
    pub fn bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// A signature says that it is of this key.
    pub fn made(&self, signature: &Signature) -> bool {
        signature.name() == self.name && signature.key_id() == self.id
    }

    /// The signature over the text is this key's. Strict: there is one way to sign a text.
    pub(super) fn fits(&self, text: &str, signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature.bytes());
        signature.is_ok_and(|it| self.key.verify_strict(text.as_bytes(), &it).is_ok())
    }
}

impl Display for PublicKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), base64(&key))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(digest), Some(key)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(KeyError::Form);
        };
        check_name(name)?;
        let algorithm = || KeyError::Algorithm {
            name: name.to_owned(),
        };
        let key = from_base64(key).ok_or(KeyError::Form)?;
        let [ED25519, key @ ..] = key.as_slice() else {
            return Err(algorithm());
        };
        let key = Self::try_new(name, key.try_into().map_err(|_| algorithm())?)?;
        if hex::encode(key.id) == digest {
            return Ok(key);
        }
        Err(KeyError::Digest {
            name: name.to_owned(),
        })
    }
}

/// A key that notes are signed with. Its secret is wiped from memory with it.
pub struct Signer {
    public: PublicKey,
    secret: SigningKey,
}

impl Signer {
    /// A signer by its secret of 32 random bytes.
    ///
    /// # Errors
    /// When the name cannot stand in a note.
    pub fn try_new(name: &str, secret: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let secret = SigningKey::from_bytes(secret);
        let public = PublicKey::of(name, secret.verifying_key());
        Ok(Self { public, secret })
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its signature over a text.
    pub fn sign(&self, text: &str) -> Signature {
        let bytes = self.secret.sign(text.as_bytes()).to_bytes();
        Signature::of(&self.public, bytes.to_vec())
    }
}

impl Debug for Signer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("public", &self.public.to_string())
            .finish_non_exhaustive()
    }
}

/// What a name must not hold: it stands between spaces in a note, and between pluses in a key.
pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(bad) {
        return Err(KeyError::Name {
            name: name.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of Go's `note` package, where this format comes from.
    const GO: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn reads_and_writes_a_key_of_another_implementation() {
        let key: PublicKey = GO.parse().unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.to_string(), GO);
    }

    #[test]
    fn refuses_what_is_no_key() {
        let name = GO.replace("Peter", "Paul");
        let cases = [
            ("", KeyError::Form),
            ("a+b", KeyError::Form),
            ("a b+c74f20a3+AQ==", KeyError::Name { name: "a b".into() }),
            ("a+c74f20a3+AQ==", KeyError::Algorithm { name: "a".into() }),
            ("a+c74f20a3+AgAA", KeyError::Algorithm { name: "a".into() }),
            ("a+c74f20a3+!", KeyError::Form),
            (
                &name,
                KeyError::Digest {
                    name: "PaulNeumann".into(),
                },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PublicKey>(), Err(error), "{text}");
        }
        let weak = PublicKey::try_new("a", &[0; 32]);
        assert_eq!(weak, Err(KeyError::Algorithm { name: "a".into() }));
    }

    #[test]
    fn shows_no_secret() {
        let signer = Signer::try_new("log", &[7; 32]).unwrap();
        assert!(!format!("{signer:?}").contains(&hex::encode([7; 32])));
        assert!(!format!("{signer:?}").contains("7, 7"));
    }
}

//! The master key: what secrets that the database keeps are sealed under.
//!
//! XChaCha20-Poly1305: its nonces are long enough to be drawn at random, for as many secrets as
//! there will ever be. What a secret is for is bound to it, so that one cannot be put in another's
//! place. A sealed secret is a byte with the form's version, the nonce, then the ciphertext.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;

/// The form of what is sealed.
const VERSION: u8 = 1;
/// The length of a nonce, in bytes.
const NONCE: usize = 24;

/// A secret was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The secret was sealed under another key, for something else, or is damaged.
    #[error("the secret does not open: it was sealed under another master key, or it is damaged")]
    DoesNotOpen,
    /// There is nothing to draw a nonce or key from.
    #[error("the operating system gives no randomness")]
    NoRandomness,
}

/// The key that other keys are sealed under. Never in the database.
pub struct MasterKey(XChaCha20Poly1305);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&bytes.into()))
    }

    /// Seals a secret for a purpose.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal(&self, purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload {
            msg: secret,
            aad: purpose,
        };
        let ciphertext = self.0.encrypt(&XNonce::from(nonce), payload);
        // Only a secret of 256 GiB is refused.
        let ciphertext = ciphertext.map_err(|_| VaultError::DoesNotOpen)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&nonce);
        sealed.extend(ciphertext);
        Ok(sealed)
    }

    /// Opens what was sealed for that purpose.
    ///
    /// # Errors
    /// When it was sealed under another key or for another purpose, or is damaged.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let rest = sealed.strip_prefix(&[VERSION]);
        let parts = rest.and_then(|rest| rest.split_first_chunk::<NONCE>());
        let (nonce, ciphertext) = parts.ok_or(VaultError::DoesNotOpen)?;
        let payload = Payload {
            msg: ciphertext,
            aad: purpose,
        };
        let opened = self.0.decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| VaultError::DoesNotOpen)
    }
}

/// Bytes for a key or a nonce.
///
/// # Errors
/// When there is no randomness.
pub fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    let drawn = SysRng.try_fill_bytes(&mut bytes);
    drawn.map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_for_that_purpose_alone() {
        let key = MasterKey::new([7; 32]);
        let sealed = key.seal(b"signing", b"secret").unwrap();
        assert_eq!(key.open(b"signing", &sealed).unwrap(), b"secret");
        assert!(key.open(b"other", &sealed).is_err());
        assert!(MasterKey::new([8; 32]).open(b"signing", &sealed).is_err());
        assert_ne!(key.seal(b"signing", b"secret").unwrap(), sealed);
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(
                key.open(b"signing", &damaged),
                Err(VaultError::DoesNotOpen),
                "byte {at}"
            );
        }
        assert!(key.open(b"signing", &sealed[..20]).is_err());
        assert!(!format!("{key:?}").contains('7'));
    }
}

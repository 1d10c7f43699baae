//! The master key: what secrets that the database keeps are sealed under.
//!
//! XChaCha20-Poly1305: its nonces are long enough to be drawn at random, for as many secrets as
//! there will ever be. What a secret is for is bound to it, so that one cannot be put in another's
//! place. A sealed secret is a byte with the form's version, the nonce, then the ciphertext.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Cipher, KEY, NONCE, TAG, random};

/// The form of what is sealed.
const VERSION: u8 = 1;

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

/// Which master key something was sealed under.
pub type MasterId = [u8; 16];

/// The key that other keys are sealed under, never in the database; while it is being replaced,
/// another one that still or already opens what is there.
#[derive(Clone)]
pub struct MasterKey {
    current: Cipher,
    other: Option<Cipher>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// The key of these bytes.
    pub const fn new(bytes: [u8; KEY]) -> Self {
        Self {
            current: Cipher::new(&bytes),
            other: None,
        }
    }

    /// The same key, which also opens what is sealed under another one: the one before it, or the
    /// one to come.
    #[must_use]
    pub fn accepting(mut self, other: [u8; KEY]) -> Self {
        self.other = Some(Cipher::new(&other));
        self
    }

    /// Which key it is that seals: half of a digest, from which nothing can be found out.
    pub fn id(&self) -> MasterId {
        id_of(&self.current)
    }

    /// Whether it opens what was sealed under the key of that identity.
    pub fn opens(&self, id: &[u8]) -> bool {
        self.keys().any(|key| id_of(key) == id)
    }

    fn keys(&self) -> impl Iterator<Item = &Cipher> {
        std::iter::once(&self.current).chain(&self.other)
    }

    /// Seals a secret for a purpose.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal(&self, purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.seal_with(&random()?, (purpose, secret))
    }

    /// The same with a nonce that was drawn for it.
    ///
    /// # Errors
    /// When the secret is of 256 GiB.
    pub(crate) fn seal_with(
        &self,
        nonce: &[u8; NONCE],
        (purpose, secret): (&[u8], &[u8]),
    ) -> Result<Vec<u8>, VaultError> {
        let mut sealed = Vec::with_capacity(1 + NONCE + secret.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(secret);
        let done = self.current.seal(nonce, (&mut sealed, 1 + NONCE), purpose);
        done.ok_or(VaultError::DoesNotOpen)?;
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
        let opened = self
            .keys()
            .find_map(|key| key.open(nonce, ciphertext, purpose));
        opened
            .map(|mut it| std::mem::take(&mut *it))
            .ok_or(VaultError::DoesNotOpen)
    }
}

fn id_of(key: &Cipher) -> MasterId {
    let mut hash = Sha256::new();
    hash.update(b"daybook master key v1\0");
    hash.update(key.key());
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
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

    #[test]
    fn opens_what_two_keys_sealed_while_one_replaces_the_other() {
        let (old, new) = (MasterKey::new([7; 32]), MasterKey::new([8; 32]));
        let sealed = old.seal(b"it", b"secret").unwrap();
        let both = new.clone().accepting([7; 32]);
        assert_eq!(both.open(b"it", &sealed).unwrap(), b"secret");
        assert!(both.open(b"other", &sealed).is_err());
        assert_eq!(both.id(), new.id());
        assert_ne!(old.id(), new.id());
        assert!(both.opens(&old.id()) && both.opens(&new.id()) && !new.opens(&old.id()));
        assert!(!new.opens(&[]));
        let sealed = both.seal(b"it", b"secret").unwrap();
        assert_eq!(new.open(b"it", &sealed).unwrap(), b"secret");
        assert!(old.open(b"it", &sealed).is_err());
    }
}

//! The key of one data subject, and how it is kept under the master key.

use std::fmt;
use std::sync::Arc;

use daybook_domain::kernel::TenantId;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::vault::{Cipher, KEY, MasterKey, NONCE, VaultError, random};

/// What a data subject's key is kept for; whose it is and its name follow.
const PURPOSE: &[u8; 23] = b"daybook subject key v1\0";

/// Whose key it is: a tenant, and the stream of a person in it.
pub(crate) type Owner = (TenantId, Uuid);

/// A data subject's key. Its bytes are overwritten when it is dropped.
pub(crate) struct DataKey {
    /// Half of the key's digest, so that who names it has committed to it: the cipher alone would
    /// let a ciphertext be made that opens under two keys.
    id: Uuid,
    cipher: Cipher,
    /// What fingerprints of inputs are keyed with: derived, so that neither tells of the other.
    mark: Zeroizing<[u8; KEY]>,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A key that is nowhere kept yet, in the form in which it is.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) owner: Owner,
    pub(crate) id: Uuid,
    /// The key, under the master key.
    pub(crate) sealed: Arc<[u8]>,
}

impl DataKey {
    pub(super) fn of(bytes: &[u8; KEY]) -> Self {
        Self {
            id: id_of(bytes),
            cipher: Cipher::new(bytes),
            mark: Zeroizing::new(digest(b"daybook fingerprint key v1\0", bytes)),
        }
    }

    /// A new key, and the form in which it is kept.
    pub(super) fn draw(master: &MasterKey, owner: Owner) -> Result<(Self, NewKey), VaultError> {
        let drawn = Zeroizing::new(random::<{ KEY + NONCE }>()?);
        let split = drawn.split_first_chunk::<KEY>();
        let (bytes, rest) = split.ok_or(VaultError::NoRandomness)?;
        let nonce = rest.first_chunk().ok_or(VaultError::NoRandomness)?;
        let key = Self::of(bytes);
        let id = key.id;
        let sealed = master.seal_with(nonce, (&purpose(owner, id), bytes))?;
        let sealed = sealed.into();
        Ok((key, NewKey { owner, id, sealed }))
    }

    /// The key that was kept so.
    pub(super) fn unwrap(
        master: &MasterKey,
        owner: Owner,
        (id, sealed): (Uuid, &[u8]),
    ) -> Result<Self, VaultError> {
        let bytes = bytes_of(master, owner, (id, sealed))?;
        Ok(Self::of(&bytes))
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn mark(&self) -> &[u8; KEY] {
        &self.mark
    }

    /// Seals what a column has from there on, and adds the tag. `None`: there is more to seal than
    /// can be.
    pub(super) fn seal(
        &self,
        nonce: &[u8; NONCE],
        column: (&mut Vec<u8>, usize),
        aad: &[u8],
    ) -> Option<()> {
        self.cipher.seal(nonce, column, aad)
    }

    /// `None`: it was sealed under another key or for another place, or is damaged.
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE],
        sealed: &[u8],
        aad: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.cipher.open(nonce, sealed, aad)
    }
}

/// The same key, kept under the master key that seals now.
pub(super) fn rewrap(
    master: &MasterKey,
    owner: Owner,
    (id, sealed): (Uuid, &[u8]),
) -> Result<Vec<u8>, VaultError> {
    let bytes = bytes_of(master, owner, (id, sealed))?;
    master.seal(&purpose(owner, id), bytes.as_slice())
}

fn bytes_of(
    master: &MasterKey,
    owner: Owner,
    (id, sealed): (Uuid, &[u8]),
) -> Result<Zeroizing<[u8; KEY]>, VaultError> {
    let opened = Zeroizing::new(master.open(&purpose(owner, id), sealed)?);
    let bytes = opened.as_slice().try_into().map(Zeroizing::new);
    let bytes: Zeroizing<[u8; KEY]> = bytes.map_err(|_| VaultError::DoesNotOpen)?;
    if id_of(&bytes) == id {
        Ok(bytes)
    } else {
        Err(VaultError::DoesNotOpen)
    }
}

fn purpose((tenant, subject): Owner, id: Uuid) -> [u8; PURPOSE.len() + 3 * 16] {
    let parts = [tenant.0, subject, id];
    let parts = parts.iter().flat_map(|part| part.as_bytes());
    let mut purpose = [0; PURPOSE.len() + 3 * 16];
    for (byte, of_part) in purpose.iter_mut().zip(PURPOSE.iter().chain(parts)) {
        *byte = *of_part;
    }
    purpose
}

fn id_of(key: &[u8; KEY]) -> Uuid {
    let digest = digest(b"daybook subject key id v1\0", key);
    Uuid::from_bytes(digest.first_chunk().copied().unwrap_or_default())
}

fn digest(purpose: &[u8], key: &[u8; KEY]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(purpose);
    hash.update(key);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = (TenantId(Uuid::from_u128(1)), Uuid::from_u128(2));

    #[test]
    fn is_kept_for_its_owner_alone() {
        let master = MasterKey::new([1; KEY]);
        let (key, NewKey { sealed, .. }) = DataKey::draw(&master, OWNER).unwrap();
        let back = DataKey::unwrap(&master, OWNER, (key.id, &sealed)).unwrap();
        let nonce = [3; NONCE];
        let mut ciphertext = b"Ada".to_vec();
        key.seal(&nonce, (&mut ciphertext, 0), b"here").unwrap();
        assert_eq!(
            back.open(&nonce, &ciphertext, b"here").unwrap().as_slice(),
            b"Ada"
        );
        assert!(back.open(&nonce, &ciphertext, b"there").is_none());
        let others = [
            (TenantId(Uuid::from_u128(9)), OWNER.1),
            (OWNER.0, Uuid::from_u128(9)),
        ];
        for other in others {
            assert!(DataKey::unwrap(&master, other, (key.id, &sealed)).is_err());
        }
        let another_id = (Uuid::from_u128(9), &*sealed);
        assert!(DataKey::unwrap(&master, OWNER, another_id).is_err());
        let (another, _) = DataKey::draw(&master, OWNER).unwrap();
        assert!(another.id != key.id && another.open(&nonce, &ciphertext, b"here").is_none());
        assert!(!format!("{key:?}").contains("cipher"));
    }

    #[test]
    fn is_kept_anew_under_another_master_key() {
        let old = MasterKey::new([1; KEY]);
        let (key, NewKey { sealed, .. }) = DataKey::draw(&old, OWNER).unwrap();
        let new = MasterKey::new([2; KEY]);
        assert!(rewrap(&new, OWNER, (key.id, &sealed)).is_err());
        let both = new.clone().accepting([1; KEY]);
        let again = rewrap(&both, OWNER, (key.id, &sealed)).unwrap();
        assert_eq!(
            DataKey::unwrap(&new, OWNER, (key.id, &again)).unwrap().id,
            key.id
        );
        assert!(DataKey::unwrap(&old, OWNER, (key.id, &again)).is_err());
    }
}

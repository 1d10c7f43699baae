//! What is kept of a command's input, so that its repeat is known and its input cannot be guessed?
//!
//! A bare digest of a short input confirms a guess. So what is kept is keyed: with the tenant's own
//! key, and with the keys of all those whom the command's events are about. Who is erased takes the
//! way to compare with them; what then comes under that command's id is its repeat.
//!
//! The form: a byte with its version, then 24 bytes of an HMAC-SHA-256 under the tenant's key over
//! what the keys of the people give, in the order of their ids, and the digest. Empty: kept before
//! there was this form, and compared with nothing. 32 bytes: a bare digest, of a program from before.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_domain::kernel::TenantId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::form;
use super::key::{DataKey, Owner};
use super::keyring::{Found, NoKey, SubjectKeys};
use super::seal::HeldKeys;
use crate::error::StoreError;
use crate::log::Recorded;

/// The version of the form.
const FORM: u8 = 1;
/// Bytes kept of the code.
const KEPT: usize = 24;
/// Bytes of a digest, and of a code.
const DIGEST: usize = 32;
/// Bytes of a key of the code; shorter ones end in zeros.
const BLOCK: usize = 64;

/// Whose key a tenant's own is: that of the stream that the tenant is.
fn of_tenant(tenant: TenantId) -> Owner {
    (tenant, tenant.0)
}

impl SubjectKeys {
    /// The tenant's own key, to write with; none for a tenant whose own was destroyed.
    ///
    /// # Errors
    /// When it is not in memory and the database is away, or has another master key.
    pub(crate) async fn of_tenant(
        &self,
        tenant: TenantId,
    ) -> Result<Option<Arc<DataKey>>, StoreError> {
        let owner = of_tenant(tenant);
        if let Some(own) = self.held(&owner) {
            return Ok(Some(own));
        }
        match self.to_write(tenant, &[owner.1], &[]).await {
            Ok(own) => Ok(own.keys.first().map(|(_, own)| own.clone())),
            Err(NoKey::Erased) => Ok(None),
            Err(NoKey::Store(error)) => Err(error),
        }
    }

    /// Whether an input with this digest is the one that was kept so of the command that left these
    /// events; true as well when nobody can tell any more.
    ///
    /// # Errors
    /// When keys are needed and the database is away, or has another master key.
    pub(crate) async fn is_same(
        &self,
        (tenant, was): (TenantId, &[u8]),
        digest: &[u8; DIGEST],
        records: &[Arc<Recorded>],
    ) -> Result<bool, StoreError> {
        match was.first() {
            None => return Ok(true),
            Some(_) if was.len() == DIGEST => return Ok(was == digest),
            Some(&FORM) => {}
            Some(_) => {
                let text = "what was kept of a command's input is of a form of another program";
                return Err(StoreError::Broken(text.to_owned()));
            }
        }
        let own = of_tenant(tenant);
        let people = people_in(records);
        let people = people.into_iter().map(|subject| (tenant, subject));
        let people: Vec<Owner> = people.collect();
        let found = self.find(people.iter().copied().chain([own])).await?;
        let key = |owner: &Owner| match found.get(owner) {
            Some(Found::Key(key)) => Some(key),
            Some(Found::Destroyed | Found::Missing) | None => None,
        };
        let people: Option<Vec<&Arc<DataKey>>> = people.iter().map(key).collect();
        let (Some(own), Some(people)) = (key(&own), people) else {
            return Ok(true);
        };
        Ok(kept(own, people, digest) == was)
    }
}

/// Those that events say something about, in the order of their ids.
fn people_in(records: &[Arc<Recorded>]) -> BTreeSet<Uuid> {
    let personal = records.iter().filter_map(|it| it.personal.as_deref());
    let parcels = personal.filter_map(form::parcels).flatten();
    parcels.map(|parcel| parcel.subject).collect()
}

/// What to keep of an input with this digest, whose events are about those whose keys these are;
/// empty without the tenant's own.
pub(crate) fn fingerprint(
    own: Option<&DataKey>,
    people: &HeldKeys,
    digest: &[u8; DIGEST],
) -> Vec<u8> {
    let people = people.iter().map(|(_, key)| key);
    let kept = own.map(|own| kept(own, people, digest));
    kept.unwrap_or_default()
}

fn kept<'k>(
    own: &DataKey,
    people: impl IntoIterator<Item = &'k Arc<DataKey>>,
    digest: &[u8; DIGEST],
) -> Vec<u8> {
    let mut block = Zeroizing::new([0; BLOCK]);
    for (byte, of_mark) in block.iter_mut().zip(own.mark()) {
        *byte = *of_mark;
    }
    let mut code = Hmac::<Sha256>::new((&*block).into());
    for person in people {
        code.update(person.mark());
    }
    code.update(digest);
    let code = code.finalize().into_bytes();
    let mut kept = Vec::with_capacity(1 + KEPT);
    kept.push(FORM);
    kept.extend(code.iter().take(KEPT));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_the_input_and_on_every_key() {
        let [own, ada, bob] = [1, 2, 3].map(|n| Arc::new(DataKey::of(&[n; 32])));
        let (one, other) = ([4; 32], [5; 32]);
        let all = [
            kept(&own, [], &one),
            kept(&own, [], &other),
            kept(&ada, [], &one),
            kept(&own, [&ada], &one),
            kept(&own, [&bob], &one),
            kept(&own, [&ada, &bob], &one),
            kept(&own, [&bob, &ada], &one),
        ];
        let different: BTreeSet<&Vec<u8>> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|it| it.len() == 1 + KEPT && it[0] == FORM));
        assert_eq!(kept(&own, [&ada], &one), kept(&own, [&ada], &one));
    }
}

//! How are an event's personal values sealed?

use std::sync::Arc;

use daybook_domain::kernel::{Personal, Subject, TenantId, Withheld, WithheldValue, withhold};
use uuid::Uuid;

use super::form;
use super::key::DataKey;
use crate::vault::{NONCE, TAG, VaultError, random};

/// Bytes of what is bound besides head and payload.
const BOUND: usize = 20 + 16 + 16 + 8;

/// Where an event is in the log: what its sealed values are bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) stream_id: Uuid,
    pub(crate) version: i64,
}

/// The keys of those a command says something about.
pub(crate) type HeldKeys = Arc<[(Uuid, Arc<DataKey>)]>;

/// What an event with personal values is sealed with; kept while its payload may still change.
#[derive(Debug)]
pub(crate) struct Sealing {
    place: Place,
    keys: HeldKeys,
    nonce: [u8; NONCE],
}

impl Place {
    /// All that the values are bound to: the place, the parcel's head, and the payload they were
    /// taken out of, so that they open in that event, unchanged, and nowhere else.
    pub(super) fn bind(&self, head: &[u8], payload: &[u8], bound: &mut Vec<u8>) {
        bound.clear();
        bound.extend_from_slice(b"daybook personal v1\0");
        bound.extend_from_slice(self.tenant.0.as_bytes());
        bound.extend_from_slice(self.stream_id.as_bytes());
        bound.extend_from_slice(&self.version.to_be_bytes());
        bound.extend_from_slice(head);
        bound.extend_from_slice(payload);
    }
}

impl Sealing {
    /// For the event at that place.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn new(place: Place, keys: HeldKeys) -> Result<Self, VaultError> {
        Ok(Self {
            place,
            keys,
            nonce: random()?,
        })
    }

    /// Seals what was withheld of a payload in clear; the column `personal`.
    ///
    /// # Errors
    /// When a key is not held or there is more than can be sealed.
    pub(crate) fn seal(&self, clear: &[u8], withheld: &Withheld) -> Result<Vec<u8>, VaultError> {
        let column = self.column(&self.nonce, (clear, withheld));
        column.ok_or(VaultError::DoesNotOpen)
    }

    /// Takes the personal values out of a payload into which a number was drawn, and seals them
    /// anew. A number gives another nonce: the payload before may have been seen.
    ///
    /// # Errors
    /// See [`Self::seal`].
    pub(crate) fn seal_again(
        &self,
        (payload, fields): (&[u8], &[Personal]),
        number: u64,
    ) -> Result<(Withheld, Vec<u8>), VaultError> {
        let mut nonce = self.nonce;
        for (byte, of_number) in nonce.iter_mut().zip(number.to_be_bytes()) {
            *byte ^= of_number;
        }
        let withheld = withhold(payload, fields);
        let personal = self.column(&nonce, (payload, &withheld));
        Ok((withheld, personal.ok_or(VaultError::DoesNotOpen)?))
    }

    /// One nonce is enough for all: each parcel has another key. The values are sealed where they
    /// will lie; there is room for all of it, so that no copy stays behind in clear.
    fn column(
        &self,
        nonce: &[u8; NONCE],
        (clear, withheld): (&[u8], &Withheld),
    ) -> Option<Vec<u8>> {
        let bytes = withheld.values.iter().map(|it| it.value.len()).sum();
        let size = form::size(withheld.values.len(), bytes);
        let mut personal = form::begin(size * self.keys.len());
        let mut bound = Vec::with_capacity(BOUND + size + withheld.payload.len());
        let mut sealed = 0;
        for (subject, key) in self.keys.iter() {
            let about = |value: &&WithheldValue| self.subject_of(value) == *subject;
            let values = || withheld.values.iter().filter(about);
            let count = values().count();
            if count == 0 {
                continue;
            }
            let head = personal.len();
            let places = values().map(|it| it.place.clone());
            form::add_head(&mut personal, (*subject, key.id()), (count, places))?;
            let head = personal.get(head..)?;
            self.place.bind(head, &withheld.payload, &mut bound);
            let bytes = values().map(|it| it.value.len()).sum();
            form::add_opening(&mut personal, nonce, form::counted(count, bytes) + TAG)?;
            let from = personal.len();
            for value in values() {
                form::add_counted(&mut personal, clear.get(value.value.clone())?)?;
            }
            key.seal(nonce, (&mut personal, from), &bound)?;
            sealed += count;
        }
        // Each value has found the key of whom it is about.
        (sealed == withheld.values.len()).then_some(personal)
    }

    fn subject_of(&self, value: &WithheldValue) -> Uuid {
        match value.subject {
            Subject::Other(subject) => subject,
            Subject::Stream => self.place.stream_id,
        }
    }
}

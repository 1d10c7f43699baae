//! How are an event's personal values sealed?

use std::ops::Range;
use std::sync::Arc;

use daybook_domain::kernel::{Personal, Subject, TenantId, Withheld, WithheldValue, withhold};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::form::{self, NONCE};
use super::key::DataKey;
use crate::vault::{VaultError, random};

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

    /// Seals what was withheld; the column `personal`.
    ///
    /// # Errors
    /// When a key is not held or there is more than can be sealed.
    pub(crate) fn seal(&self, withheld: &Withheld) -> Result<Vec<u8>, VaultError> {
        self.seal_with(&self.nonce, withheld)
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
        let personal = self.seal_with(&nonce, &withheld)?;
        Ok((withheld, personal))
    }

    /// One nonce is enough for all: each parcel has another key.
    fn seal_with(&self, nonce: &[u8; NONCE], withheld: &Withheld) -> Result<Vec<u8>, VaultError> {
        let mut personal = form::begin();
        let mut bound = Vec::new();
        let about = |value: &WithheldValue, subject| self.subject_of(value) == subject;
        for (subject, key) in self.keys.iter() {
            let values = withheld.values.iter();
            let values: Vec<_> = values.filter(|value| about(value, *subject)).collect();
            if values.is_empty() {
                continue;
            }
            let places: Vec<Range<usize>> = values.iter().map(|it| it.place.clone()).collect();
            let head = form::head(*subject, key.id(), &places);
            let head = head.ok_or(VaultError::DoesNotOpen)?;
            let mut text = Zeroizing::new(Vec::new());
            for value in values {
                form::add_counted(&mut text, &value.value).ok_or(VaultError::DoesNotOpen)?;
            }
            self.place.bind(&head, &withheld.payload, &mut bound);
            let sealed = key.seal(nonce, &text, &bound);
            let added = sealed.and_then(|sealed| form::add(&mut personal, &head, nonce, &sealed));
            added.ok_or(VaultError::DoesNotOpen)?;
        }
        let held = |value: &WithheldValue| {
            let subject = self.subject_of(value);
            self.keys.iter().any(|(held, _)| *held == subject)
        };
        if withheld.values.iter().all(held) {
            Ok(personal)
        } else {
            Err(VaultError::DoesNotOpen)
        }
    }

    fn subject_of(&self, value: &WithheldValue) -> Uuid {
        match value.subject {
            Subject::Other(subject) => subject,
            Subject::Stream => self.place.stream_id,
        }
    }
}

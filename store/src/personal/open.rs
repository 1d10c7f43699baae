//! What did an event say, as far as the keys of those it is about still exist?

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use daybook_domain::kernel::{TenantId, restore};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::form::{self, Parcel};
use super::key::Owner;
use super::keyring::{Found, SubjectKeys};
use super::seal::Place;
use crate::error::StoreError;
use crate::log::{Clear, Recorded};
use crate::store::Store;

/// An event as the database has it.
#[derive(Debug, Clone, Copy)]
pub struct SealedEvent<'r> {
    /// Whose fact it is.
    pub tenant: TenantId,
    /// Which stream.
    pub stream_id: Uuid,
    /// Position within the stream.
    pub version: i64,
    /// The payload, with stand-ins for what is sealed.
    pub payload: &'r [u8],
    /// The column `personal`.
    pub personal: Option<&'r [u8]>,
}

impl Store {
    /// What each of these events says, in their order. One whose sealed fields do not open although
    /// nobody in it was erased is damaged.
    ///
    /// # Errors
    /// When keys are needed and the database is away, or they are under another master key.
    pub async fn open_events(&self, events: &[SealedEvent<'_>]) -> Result<Vec<Clear>, StoreError> {
        self.subject_keys().open(events).await
    }

    /// Opens records that were read past this store's own ways.
    ///
    /// # Errors
    /// See [`Store::open_events`].
    pub async fn open_records(&self, records: &mut [Recorded]) -> Result<(), StoreError> {
        self.subject_keys().open_records(records).await
    }
}

impl SubjectKeys {
    /// What each of these events says.
    pub(crate) async fn open(&self, events: &[SealedEvent<'_>]) -> Result<Vec<Clear>, StoreError> {
        let parcels: Vec<Option<Vec<Parcel<'_>>>> = events
            .iter()
            .map(|event| event.personal.map_or(Some(Vec::new()), form::parcels))
            .collect();
        let mut owners: HashSet<Owner> = HashSet::new();
        for (event, parcels) in events.iter().zip(&parcels) {
            let subjects = parcels.iter().flatten().map(|parcel| parcel.subject);
            owners.extend(subjects.map(|subject| (event.tenant, subject)));
        }
        let found = self.find(owners).await?;
        let mut bound = Vec::with_capacity(1_024);
        let clear = events.iter().zip(&parcels).map(|(event, parcels)| {
            let opened = parcels.as_ref();
            let opened = opened.and_then(|parcels| open(event, parcels, (&found, &mut bound)));
            opened.unwrap_or(Clear::Damaged)
        });
        Ok(clear.collect())
    }

    /// Opens those that are closed.
    pub(crate) async fn open_records(&self, records: &mut [Recorded]) -> Result<(), StoreError> {
        let closed = |record: &&mut Recorded| record.clear == Clear::Closed;
        let mut closed: Vec<&mut Recorded> = records.iter_mut().filter(closed).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let events: Vec<SealedEvent<'_>> = closed.iter().map(|record| record.sealed()).collect();
        let opened = self.open(&events).await?;
        for (record, clear) in closed.iter_mut().zip(opened) {
            record.clear = clear;
        }
        Ok(())
    }

    /// Opens those that are closed; what others share stays as it is.
    pub(crate) async fn open_shared(
        &self,
        records: &mut [Arc<Recorded>],
    ) -> Result<(), StoreError> {
        let closed = |record: &&mut Arc<Recorded>| record.clear == Clear::Closed;
        let mut closed: Vec<&mut Arc<Recorded>> = records.iter_mut().filter(closed).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let events: Vec<SealedEvent<'_>> = closed.iter().map(|record| record.sealed()).collect();
        let opened = self.open(&events).await?;
        for (record, clear) in closed.iter_mut().zip(opened) {
            Arc::make_mut(record).clear = clear;
        }
        Ok(())
    }
}

/// `None`: something does not open that should.
fn open(
    event: &SealedEvent<'_>,
    parcels: &[Parcel<'_>],
    (found, bound): (&HashMap<Owner, Found>, &mut Vec<u8>),
) -> Option<Clear> {
    let place = Place {
        tenant: event.tenant,
        stream_id: event.stream_id,
        version: event.version,
    };
    let mut opened: Vec<(&Parcel<'_>, Zeroizing<Vec<u8>>)> = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let key = match found.get(&(event.tenant, parcel.subject))? {
            Found::Destroyed => continue,
            Found::Missing => return None,
            Found::Key(key) => key,
        };
        if key.id() != parcel.key_id {
            return None;
        }
        place.bind(parcel.head, event.payload, bound);
        opened.push((parcel, key.open(parcel.nonce, parcel.sealed, bound)?));
    }
    if opened.is_empty() {
        return Some(Clear::Payload);
    }
    let mut values: Vec<(Range<usize>, &[u8])> = Vec::new();
    for (parcel, opened) in &opened {
        let texts = form::values(opened)?;
        let before = values.len();
        values.extend(parcel.places().zip(texts.iter().copied()));
        if values.len() - before != texts.len() || parcel.places().count() != texts.len() {
            return None;
        }
    }
    if opened.len() > 1 {
        values.sort_by_key(|(place, _)| place.start);
    }
    restore(event.payload, values).map(Clear::Opened)
}

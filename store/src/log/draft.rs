//! What can be made of an event before it has its place in the log.
//!
//! Callers are many and the writer is one: envelopes are filled, personal fields sealed and all of it
//! hashed by the callers, and the writer adds the positions and the time.

use std::sync::Arc;

use chrono::DateTime;
use daybook_domain::kernel::{Claim, Count, Encoded, Personal, TenantId, withhold};
use uuid::Uuid;

use super::append::{Append, Drawing, Meta, NewEvent, Write};
use super::leaf::LeafDraft;
use super::record::{Clear, Recorded};
use crate::outbox::Mail;
use crate::personal::{HeldKeys, Place, Sealing};
use crate::vault::VaultError;

/// Bytes of an event besides payload and request, roughly.
const ENVELOPE: usize = 300;

/// The events of one stream, ready but for their places.
#[derive(Debug)]
pub(crate) struct DraftWrite {
    pub(super) stream_id: Uuid,
    pub(super) expected: i64,
    pub(super) events: Vec<Draft>,
}

/// An event that lacks its positions, its time and its leaf hash.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) record: Arc<Recorded>,
    pub(super) leaf: LeafDraft,
    pub(super) claims: Vec<Claim>,
    pub(super) counts: Vec<Count>,
    pub(super) drawing: Option<Drawing>,
    /// What it is sealed with anew once a number was drawn; none when nothing of it is personal.
    resealing: Option<(Sealing, Vec<Personal>)>,
}

/// The command that events belong to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins<'m> {
    pub(crate) tenant: TenantId,
    pub(crate) command_id: Uuid,
    pub(crate) meta: &'m Meta,
    /// Of all those its events say something about.
    pub(crate) keys: &'m HeldKeys,
}

impl DraftWrite {
    /// Fills the envelopes and seals what is personal; each event gets an id of its own.
    ///
    /// # Errors
    /// When something cannot be sealed.
    pub(crate) fn of(write: Write, origins: Origins<'_>) -> Result<Self, VaultError> {
        let draft = |(version, event): (i64, NewEvent)| {
            let mut record = envelope(
                (write.stream_type, write.stream_id, version),
                event.encoded,
                origins,
            );
            let mut resealing = None;
            if let Some(withheld) = event.withheld {
                let place = Place {
                    tenant: origins.tenant,
                    stream_id: write.stream_id,
                    version,
                };
                let sealing = Sealing::new(place, origins.keys.clone())?;
                let personal = sealing.seal(&record.payload, &withheld)?;
                hide(&mut record, withheld.payload, Some(personal));
                resealing = Some((sealing, event.fields));
            }
            Ok(Draft {
                leaf: LeafDraft::of(&record),
                record: Arc::new(record),
                claims: event.claims,
                counts: event.counts,
                resealing: resealing.filter(|_| event.drawing.is_some()),
                drawing: event.drawing,
            })
        };
        let mut events = Vec::with_capacity(write.events.len());
        for event in (write.expected + 1..).zip(write.events) {
            events.push(draft(event)?);
        }
        Ok(Self {
            stream_id: write.stream_id,
            expected: write.expected,
            events,
        })
    }
}

impl Draft {
    /// Gives the event the number that was drawn for it.
    pub(super) fn draw(&mut self, number: u64) {
        if let Some(drawing) = &self.drawing {
            let encoded = (drawing.with)(number).0;
            let record = Arc::make_mut(&mut self.record);
            record.payload = encoded.payload;
            if let Some((sealing, fields)) = &self.resealing {
                match sealing.seal_again((&record.payload, fields), number) {
                    Ok((withheld, personal)) => hide(record, withheld.payload, Some(personal)),
                    Err(error) => {
                        // It was sealed before, with another number: this cannot be. Rather lose
                        // it than write it in clear.
                        tracing::error!(%error, "an event could not be sealed again");
                        let withheld = withhold(&record.payload, fields);
                        hide(record, withheld.payload, None);
                    }
                }
            }
            self.leaf = LeafDraft::of(record);
        }
    }
}

impl Append {
    /// About how many bytes it puts on the wire.
    pub(super) fn size(&self) -> usize {
        let events = self.writes.iter().flat_map(|write| &write.events);
        let size = |event: &Draft| {
            let personal = event.record.personal.as_ref().map_or(0, Vec::len);
            event.record.payload.len() + event.record.request.len() + personal
        };
        let mails = self.mails.iter().map(Mail::size).sum::<usize>();
        events.map(|event| size(event) + ENVELOPE).sum::<usize>() + ENVELOPE + mails
    }
}

/// Leaves in a record what is stored of its payload, and what was in clear beside it.
fn hide(record: &mut Recorded, payload: Vec<u8>, personal: Option<Vec<u8>>) {
    let clear = std::mem::replace(&mut record.payload, payload);
    record.clear = Clear::Opened(clear);
    record.personal = personal;
}

fn envelope(
    (stream_type, stream_id, version): (&str, Uuid, i64),
    encoded: Encoded,
    Origins {
        tenant,
        command_id,
        meta,
        keys: _,
    }: Origins<'_>,
) -> Recorded {
    Recorded {
        log_position: 0,
        tenant,
        position: 0,
        stream_type: stream_type.to_owned(),
        stream_id,
        version,
        event_type: encoded.name,
        event_version: i16::try_from(encoded.version).unwrap_or(i16::MAX),
        event_id: mint(),
        command_id,
        correlation_id: meta.correlation_id,
        causation_id: meta.causation_id,
        actor: meta.actor.clone(),
        request: meta.request.clone(),
        recorded_at: DateTime::UNIX_EPOCH,
        payload: encoded.payload,
        personal: None,
        leaf_hash: vec![0; 32],
        clear: Clear::Payload,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log is the edge at which event ids are minted"
)]
fn mint() -> Uuid {
    Uuid::now_v7()
}

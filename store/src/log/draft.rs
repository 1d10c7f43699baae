//! What can be made of an event before it has its place in the log.
//!
//! Callers are many and the writer is one: envelopes are filled and hashed by the callers, and the
//! writer adds the positions and the time.

use std::sync::Arc;

use chrono::DateTime;
use daybook_domain::kernel::{Claim, Count, Encoded, TenantId};
use uuid::Uuid;

use super::append::{Append, Drawing, Meta, NewEvent, Write};
use super::leaf::LeafDraft;
use super::record::Recorded;

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
}

/// The command that events belong to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins<'m> {
    pub(crate) tenant: TenantId,
    pub(crate) command_id: Uuid,
    pub(crate) meta: &'m Meta,
}

impl DraftWrite {
    /// Fills the envelopes; each event gets an id of its own.
    pub(crate) fn of(write: Write, origins: Origins<'_>) -> Self {
        let draft = |(version, event): (i64, NewEvent)| {
            let record = envelope(
                (write.stream_type, write.stream_id, version),
                event.encoded,
                origins,
            );
            Draft {
                leaf: LeafDraft::of(&record),
                record: Arc::new(record),
                claims: event.claims,
                counts: event.counts,
                drawing: event.drawing,
            }
        };
        let events = (write.expected + 1..).zip(write.events);
        Self {
            stream_id: write.stream_id,
            expected: write.expected,
            events: events.map(draft).collect(),
        }
    }
}

impl Draft {
    /// Gives the event the number that was drawn for it.
    pub(super) fn draw(&mut self, number: u64) {
        if let Some(drawing) = &self.drawing {
            let encoded = (drawing.with)(number).0;
            let record = Arc::make_mut(&mut self.record);
            record.payload = encoded.payload;
            self.leaf = LeafDraft::of(record);
        }
    }
}

impl Append {
    /// About how many bytes it puts on the wire.
    pub(super) fn size(&self) -> usize {
        let events = self.writes.iter().flat_map(|write| &write.events);
        let size = |event: &Draft| event.record.payload.len() + event.record.request.len();
        events.map(|event| size(event) + ENVELOPE).sum::<usize>() + ENVELOPE
    }
}

fn envelope(
    (stream_type, stream_id, version): (&str, Uuid, i64),
    encoded: Encoded,
    Origins {
        tenant,
        command_id,
        meta,
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
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log is the edge at which event ids are minted"
)]
fn mint() -> Uuid {
    Uuid::now_v7()
}

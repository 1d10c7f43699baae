//! Which streams does a generation leave alone, and from where on?

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_store::reader::{ParkedStream, ReaderKey};
use uuid::Uuid;

use super::stored::Stored;

/// An event at which its stream has to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Poison {
    pub(super) tenant: TenantId,
    pub(super) stream_id: Uuid,
    pub(super) position: i64,
    pub(super) event_type: String,
    pub(super) reason: String,
}

impl Poison {
    pub(super) fn new(stored: &Stored<'_>, reason: String) -> Self {
        Self {
            tenant: stored.envelope.tenant,
            stream_id: stored.envelope.stream_id,
            position: stored.envelope.position,
            event_type: stored.event_type.to_owned(),
            reason,
        }
    }

    /// The row that says so.
    pub(super) fn parked(&self, key: &ReaderKey, at: DateTime<Utc>) -> ParkedStream {
        ParkedStream {
            tenant_id: self.tenant.0,
            reader: key.name.clone(),
            generation: key.generation,
            stream_id: self.stream_id,
            position: self.position,
            event_type: self.event_type.clone(),
            reason: self.reason.clone(),
            parked_at: at,
        }
    }

    /// Says so once, loudly: from here on the stream is silent.
    pub(super) fn announce(&self, key: &ReaderKey) {
        tracing::error!(
            projection = key.name,
            generation = key.generation,
            tenant = %self.tenant,
            stream = %self.stream_id,
            position = self.position,
            event_type = self.event_type,
            reason = self.reason,
            "parked a stream at an event that cannot be applied"
        );
    }
}

/// Streams and the position from which on their events are left alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Parked {
    streams: HashMap<(TenantId, Uuid), i64>,
}

impl Parked {
    /// Streams all of whose further events are left alone.
    pub(super) fn all_of(streams: Vec<(TenantId, Uuid)>) -> Self {
        Self {
            streams: streams.into_iter().map(|stream| (stream, 0)).collect(),
        }
    }

    pub(super) fn add(&mut self, poison: &Poison) {
        let stream = (poison.tenant, poison.stream_id);
        self.streams.entry(stream).or_insert(poison.position);
    }

    pub(super) fn covers(&self, stored: &Stored<'_>) -> bool {
        if self.streams.is_empty() {
            return false;
        }
        let envelope = &stored.envelope;
        let from = self.streams.get(&(envelope.tenant, envelope.stream_id));
        from.is_some_and(|from| envelope.position >= *from)
    }
}

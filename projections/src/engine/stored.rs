//! An event as the engine hands it to a projection: not yet decoded.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Event, TenantId, decode};
use daybook_store::{Clear, Recorded, SealedEvent, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::fault::Fault;

/// Where and when an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// Whose fact it is.
    pub tenant: TenantId,
    /// The tenant's position, from 1.
    pub position: i64,
    /// The stream.
    pub stream_id: Uuid,
    /// The position within the stream, from 1.
    pub version: i64,
    /// When it was appended; never earlier than the event before it.
    pub recorded_at: DateTime<Utc>,
}

/// An event that nobody has decoded yet.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'r> {
    /// Where and when.
    pub envelope: Envelope,
    /// Its place in the database's order.
    pub(crate) log_position: i64,
    /// The aggregate, `context.aggregate`.
    pub stream_type: &'r str,
    /// The stored name, `context.aggregate.fact`.
    pub event_type: &'r str,
    /// The version of the payload's shape.
    pub event_version: i16,
    /// The payload to read: JSON, with stand-ins for what is erased; or why it cannot be read.
    payload: Result<&'r [u8], &'static str>,
}

impl<'r> Stored<'r> {
    /// The event, upcast to its current shape.
    ///
    /// # Errors
    /// When it is not an event of `E`, or its personal fields do not open.
    pub fn decode<E: Event>(&self) -> Result<E, Fault> {
        let version = self.event_version.unsigned_abs();
        let fault = |reason: &str| {
            Fault(format!(
                "event {} cannot be read: {reason}",
                self.event_type
            ))
        };
        Ok(decode(
            self.event_type,
            version,
            self.payload.map_err(fault)?,
        )?)
    }

    /// The event of a record.
    pub fn of(record: &'r Recorded) -> Self {
        Self {
            envelope: Envelope {
                tenant: record.tenant,
                position: record.position,
                stream_id: record.stream_id,
                version: record.version,
                recorded_at: record.recorded_at,
            },
            log_position: record.log_position,
            stream_type: &record.stream_type,
            event_type: &record.event_type,
            event_version: record.event_version,
            payload: record.clear().of(&record.payload),
        }
    }
}

/// A row of the log as it was fetched. Its numbers are read when it comes, its texts when it is its
/// turn.
#[derive(Debug)]
pub(crate) struct Fetched {
    envelope: Envelope,
    log_position: i64,
    event_version: i16,
    row: PgRow,
}

impl Fetched {
    /// The columns of such a row, in order.
    pub(crate) const COLUMNS: &'static str = "log_position, position, stream_id, version, \
        event_version, recorded_at, stream_type, event_type, payload, personal";

    /// Reads a row of a tenant.
    ///
    /// # Errors
    /// When it has other columns.
    pub(crate) fn of(tenant: TenantId, row: PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            envelope: Envelope {
                tenant,
                position: row.try_get(1)?,
                stream_id: row.try_get(2)?,
                version: row.try_get(3)?,
                recorded_at: row.try_get(5)?,
            },
            log_position: row.try_get(0)?,
            event_version: row.try_get(4)?,
            row,
        })
    }

    /// The tenant's position.
    pub(crate) fn position(&self) -> i64 {
        self.envelope.position
    }

    /// What is sealed in it.
    pub(crate) fn sealed(&self) -> Result<SealedEvent<'_>, StoreError> {
        Ok(SealedEvent {
            tenant: self.envelope.tenant,
            stream_id: self.envelope.stream_id,
            version: self.envelope.version,
            payload: self.row.try_get(8)?,
            personal: self.row.try_get(9)?,
        })
    }

    /// The event, of which `clear` can be read.
    pub(crate) fn stored<'r>(&'r self, clear: &'r Clear) -> Result<Stored<'r>, StoreError> {
        Ok(Stored {
            envelope: self.envelope,
            log_position: self.log_position,
            stream_type: self.row.try_get(6)?,
            event_type: self.row.try_get(7)?,
            event_version: self.event_version,
            payload: clear.of(self.row.try_get(8)?),
        })
    }
}

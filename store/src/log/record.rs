//! One recorded event: the envelope every reader of the log sees.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{CodecError, Event, TenantId, decode};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;

use crate::personal::SealedEvent;

/// A fact as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Gapless order in the database, from 1. Never leaves it.
    pub log_position: i64,
    /// Whose fact it is.
    pub tenant: TenantId,
    /// Gapless order within the tenant's log, from 1: what clients see.
    pub position: i64,
    /// The aggregate, `context.aggregate`.
    pub stream_type: String,
    /// Which one of them.
    pub stream_id: Uuid,
    /// Position within the stream, from 1.
    pub version: i64,
    /// The stored name, `context.aggregate.fact`.
    pub event_type: String,
    /// The version of the payload's shape.
    pub event_version: i16,
    /// The event's own identity.
    pub event_id: Uuid,
    /// The command it follows from.
    pub command_id: Uuid,
    /// What it belongs together with.
    pub correlation_id: Uuid,
    /// The event that caused the command, if one did.
    pub causation_id: Option<Uuid>,
    /// Who: `user:…`, `api_key:…`, `system:…` or `anonymous`.
    pub actor: String,
    /// Where from and why: canonical JSON (RFC 8785), exactly as hashed.
    pub request: Vec<u8>,
    /// When it was appended, in microseconds; never earlier than the event before it.
    pub recorded_at: DateTime<Utc>,
    /// The payload: JSON, exactly as hashed, with stand-ins for what is sealed.
    pub payload: Vec<u8>,
    /// Fields encrypted under keys of their data subjects, exactly as hashed.
    pub personal: Option<Vec<u8>>,
    /// RFC 6962 leaf hash of the envelope; see [`super::leaf_of`].
    pub leaf_hash: Vec<u8>,
    /// What can be read of it.
    pub(crate) clear: Clear,
}

/// What can be read of an event.
#[derive(Clone, PartialEq, Eq)]
pub enum Clear {
    /// The payload as it is stored: nothing is sealed, or all that was is erased.
    Payload,
    /// The payload with what was sealed; stand-ins for what is erased.
    Opened(Vec<u8>),
    /// Nothing yet: it came out of the database like this and has to be opened first.
    Closed,
    /// Nothing: what is sealed does not open, although its key was never destroyed.
    Damaged,
}

impl std::fmt::Debug for Clear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was sealed has no business in a log or a failed test.
        f.write_str(match self {
            Self::Payload => "Payload",
            Self::Opened(_) => "Opened",
            Self::Closed => "Closed",
            Self::Damaged => "Damaged",
        })
    }
}

impl Clear {
    /// The payload to read; `payload` is the stored one.
    ///
    /// # Errors
    /// Why there is nothing to read.
    pub fn of<'p>(&'p self, payload: &'p [u8]) -> Result<&'p [u8], &'static str> {
        match self {
            Self::Payload => Ok(payload),
            Self::Opened(clear) => Ok(clear),
            Self::Closed => Err("its personal fields were not opened"),
            Self::Damaged => {
                Err("its personal fields do not open: they are damaged, or their key is missing")
            }
        }
    }

    fn unopened(personal: Option<&Vec<u8>>) -> Self {
        match personal {
            None => Self::Payload,
            Some(_) => Self::Closed,
        }
    }
}

/// The columns of `events` in the order of the struct.
pub(crate) const COLUMNS: &str = "log_position, tenant_id, position, stream_type, stream_id, \
    version, event_type, event_version, event_id, command_id, correlation_id, causation_id, \
    actor, request, recorded_at, payload, personal, leaf_hash";

impl Recorded {
    /// The event, upcast to its current shape.
    ///
    /// # Errors
    /// When it is not an event of `E`, or its personal fields do not open.
    pub fn decode<E: Event>(&self) -> Result<E, CodecError> {
        let version = self.event_version.unsigned_abs();
        decode(&self.event_type, version, self.data()?)
    }

    /// The payload to read: JSON, with personal fields in clear, and stand-ins for what is erased.
    ///
    /// # Errors
    /// When its personal fields do not open although nobody was erased.
    pub fn data(&self) -> Result<&[u8], CodecError> {
        self.clear.of(&self.payload).map_err(|reason| CodecError {
            name: self.event_type.clone(),
            version: self.event_version.unsigned_abs(),
            reason: reason.to_owned(),
        })
    }

    /// What can be read of it.
    pub fn clear(&self) -> &Clear {
        &self.clear
    }

    /// As the database has it.
    pub fn sealed(&self) -> SealedEvent<'_> {
        SealedEvent {
            tenant: self.tenant,
            stream_id: self.stream_id,
            version: self.version,
            payload: &self.payload,
            personal: self.personal.as_deref(),
        }
    }
}

impl FromRow<'_, PgRow> for Recorded {
    // By index: a name look-up per column and row would double the cost of reading the log.
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let personal: Option<Vec<u8>> = row.try_get(16)?;
        Ok(Self {
            clear: Clear::unopened(personal.as_ref()),
            log_position: row.try_get(0)?,
            tenant: TenantId(row.try_get(1)?),
            position: row.try_get(2)?,
            stream_type: row.try_get(3)?,
            stream_id: row.try_get(4)?,
            version: row.try_get(5)?,
            event_type: row.try_get(6)?,
            event_version: row.try_get(7)?,
            event_id: row.try_get(8)?,
            command_id: row.try_get(9)?,
            correlation_id: row.try_get(10)?,
            causation_id: row.try_get(11)?,
            actor: row.try_get(12)?,
            request: row.try_get(13)?,
            recorded_at: row.try_get(14)?,
            payload: row.try_get(15)?,
            personal,
            leaf_hash: row.try_get(17)?,
        })
    }
}

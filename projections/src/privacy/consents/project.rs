//! How a consent's row follows from its events.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ClientId, ConsentId};
use daybook_domain::privacy::consent::{ConsentEvent, Purpose, Status};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, GONE, ReadModel, existing};

/// A client's consent for a purpose, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsentRow {
    /// Which consent.
    pub id: ConsentId,
    /// Whose.
    pub client_id: ClientId,
    /// For what.
    pub purpose: Purpose,
    /// Whether the client agrees.
    pub status: Status,
    /// The words that were agreed to last.
    pub wording: String,
    /// How they were agreed to.
    pub source: Option<String>,
    /// When the client agreed last.
    pub given_at: DateTime<Utc>,
    /// Since when it agrees no more; none while it does.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why it agrees no more.
    pub reason: Option<String>,
    /// The version of its stream.
    pub version: i64,
    /// The tenant's position at which it changed last.
    pub position: i64,
}

/// The read model of consents.
#[derive(Debug)]
pub enum Consents {}

impl ReadModel for Consents {
    type Event = ConsentEvent;
    type Row = ConsentRow;
    type Key = ConsentId;
    const TABLE: &'static str = "privacy_consents";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("client_id");

    fn key(row: &ConsentRow) -> ConsentId {
        row.id
    }

    fn subject(row: &ConsentRow) -> Option<Uuid> {
        Some(row.client_id.0)
    }

    /// That somebody agreed, and when, stays; the words and how they came about may name them.
    fn forget(row: &mut Option<ConsentRow>) {
        let Some(row) = row else { return };
        GONE.clone_into(&mut row.wording);
        row.source = None;
        row.reason = None;
    }

    fn keys(_: &ConsentEvent, envelope: &Envelope) -> Vec<ConsentId> {
        vec![ConsentId(envelope.stream_id)]
    }

    fn apply(
        row: &mut Option<ConsentRow>,
        id: &ConsentId,
        event: &ConsentEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            ConsentEvent::Given(given) => {
                *row = Some(ConsentRow {
                    id: *id,
                    client_id: given.client_id,
                    purpose: given.purpose.clone(),
                    status: Status::Given,
                    wording: given.wording.clone(),
                    source: given.source.clone(),
                    given_at: given.at,
                    withdrawn_at: None,
                    reason: None,
                    version: envelope.version,
                    position: envelope.position,
                });
            }
            ConsentEvent::Withdrawn(withdrawn) => {
                let row = existing(row)?;
                row.status = Status::Withdrawn;
                row.withdrawn_at = Some(withdrawn.at);
                row.reason.clone_from(&withdrawn.reason);
                row.version = envelope.version;
                row.position = envelope.position;
            }
        }
        Ok(())
    }
}

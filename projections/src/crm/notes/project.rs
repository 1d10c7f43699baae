//! How a note's row follows from the events that added and withdrew it.

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::ClientEvent;
use daybook_domain::kernel::{ClientId, MemberId, NoteId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, ReadModel};

/// A note on a client. It never changes, and is gone when it is withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteRow {
    /// On which client.
    pub client_id: ClientId,
    /// Which note.
    pub id: NoteId,
    /// What it says.
    pub text: String,
    /// The member who wrote it; none when a program did.
    pub author_id: Option<MemberId>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// The tenant's position at which it was written.
    pub position: i64,
}

/// The read model of notes.
#[derive(Debug)]
pub enum Notes {}

impl ReadModel for Notes {
    type Event = ClientEvent;
    type Row = NoteRow;
    type Key = (ClientId, NoteId);
    const TABLE: &'static str = "crm_client_notes";
    const KEY: &'static [&'static str] = &["client_id", "id"];

    const SUBJECT: Option<&'static str> = Some("client_id");

    fn key(row: &NoteRow) -> Self::Key {
        (row.client_id, row.id)
    }

    fn subject(row: &NoteRow) -> Option<Uuid> {
        Some(row.client_id.0)
    }

    fn forget(row: &mut Option<NoteRow>) {
        *row = None;
    }

    fn keys(event: &ClientEvent, envelope: &Envelope) -> Vec<Self::Key> {
        match event {
            ClientEvent::NoteAdded(added) => vec![(ClientId(envelope.stream_id), added.note_id)],
            ClientEvent::NoteWithdrawn(withdrawn) => {
                vec![(ClientId(envelope.stream_id), withdrawn.note_id)]
            }
            ClientEvent::Registered(_)
            | ClientEvent::DetailsChanged(_)
            | ClientEvent::CustomFieldsSet(_)
            | ClientEvent::BillingDetailsSet(_)
            | ClientEvent::Deactivated(_)
            | ClientEvent::Reactivated(_)
            | ClientEvent::Archived(_)
            | ClientEvent::Erased(_) => Vec::new(),
        }
    }

    fn creates(event: &ClientEvent) -> bool {
        matches!(event, ClientEvent::NoteAdded(_))
    }

    fn apply(
        row: &mut Option<NoteRow>,
        (client_id, id): &Self::Key,
        event: &ClientEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            ClientEvent::NoteAdded(added) => {
                *row = Some(NoteRow {
                    client_id: *client_id,
                    id: *id,
                    text: added.text.clone(),
                    author_id: added.author,
                    created_at: envelope.recorded_at,
                    position: envelope.position,
                });
            }
            ClientEvent::NoteWithdrawn(_) => *row = None,
            ClientEvent::Registered(_)
            | ClientEvent::DetailsChanged(_)
            | ClientEvent::CustomFieldsSet(_)
            | ClientEvent::BillingDetailsSet(_)
            | ClientEvent::Deactivated(_)
            | ClientEvent::Reactivated(_)
            | ClientEvent::Archived(_)
            | ClientEvent::Erased(_) => {}
        }
        Ok(())
    }
}

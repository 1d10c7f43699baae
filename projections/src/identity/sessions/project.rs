//! How a session's row follows from its events. No token, digest or salt gets in.

use chrono::{DateTime, Utc};
use daybook_domain::identity::session::{EndReason, SessionEvent, Started};
use daybook_domain::kernel::{MemberId, SessionId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// One sign-in of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Which session.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The tenant they act in; none before one is chosen.
    pub acting_in: Option<TenantId>,
    /// The member they are there.
    pub member_id: Option<MemberId>,
    /// What the device calls itself; none when it does not.
    pub user_agent: Option<String>,
    /// The address they came from; none when nobody knows.
    pub address: Option<String>,
    /// When the user last gave their password.
    pub authenticated_at: DateTime<Utc>,
    /// When they signed in.
    pub started_at: DateTime<Utc>,
    /// When its tokens were last exchanged; the sign-in when they never were.
    pub last_used_at: DateTime<Utc>,
    /// Until when it lives without a refresh.
    pub idle_expires_at: DateTime<Utc>,
    /// When it ends whatever is done.
    pub absolute_expires_at: DateTime<Utc>,
    /// When it was ended before its time; none otherwise.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why; none when it was not.
    pub end_reason: Option<EndReason>,
    /// The version of its stream.
    pub version: i64,
    /// The platform tenant's position of its last event.
    pub position: i64,
}

/// The read model of sessions.
#[derive(Debug)]
pub enum Sessions {}

impl ReadModel for Sessions {
    type Event = SessionEvent;
    type Row = SessionRow;
    type Key = SessionId;
    const TABLE: &'static str = "identity_sessions";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("user_id");

    fn key(row: &SessionRow) -> SessionId {
        row.id
    }

    fn subject(row: &SessionRow) -> Option<Uuid> {
        Some(row.user_id.0)
    }

    fn forget(row: &mut Option<SessionRow>) {
        if let Some(row) = row {
            row.user_agent = None;
            row.address = None;
        }
    }

    fn keys(_: &SessionEvent, envelope: &Envelope) -> Vec<SessionId> {
        vec![SessionId(envelope.stream_id)]
    }

    fn creates(event: &SessionEvent) -> bool {
        matches!(event, SessionEvent::Started(_))
    }

    fn apply(
        row: &mut Option<SessionRow>,
        id: &SessionId,
        event: &SessionEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            SessionEvent::Started(started) => *row = Some(started_row(*id, started)),
            SessionEvent::Refreshed(refreshed) => {
                let row = existing(row)?;
                row.last_used_at = refreshed.at;
                row.idle_expires_at = refreshed.idle_expires_at;
            }
            SessionEvent::ReuseDetected(reuse) => {
                existing(row)?.end(EndReason::TokenReused, reuse.at);
            }
            SessionEvent::Revoked(revoked) => existing(row)?.end(revoked.reason, revoked.at),
        }
        let row = existing(row)?;
        row.version = envelope.version;
        row.position = envelope.position;
        Ok(())
    }
}

fn started_row(id: SessionId, started: &Started) -> SessionRow {
    SessionRow {
        id,
        user_id: started.user_id,
        acting_in: started.place.map(|place| place.tenant_id),
        member_id: started.place.map(|place| place.member_id),
        user_agent: started.user_agent.clone(),
        address: started.address.map(|address| address.to_string()),
        authenticated_at: started.authenticated_at,
        started_at: started.at,
        last_used_at: started.at,
        idle_expires_at: started.idle_expires_at,
        absolute_expires_at: started.absolute_expires_at,
        ended_at: None,
        end_reason: None,
        version: 0,
        position: 0,
    }
}

impl SessionRow {
    /// Whether it was neither ended itself nor expired at an instant.
    pub(super) fn lives(&self, at: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.idle_expires_at > at && self.absolute_expires_at > at
    }

    fn end(&mut self, reason: EndReason, at: DateTime<Utc>) {
        self.ended_at = Some(at);
        self.end_reason = Some(reason);
    }
}

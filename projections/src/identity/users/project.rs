//! How an account's row follows from its events. No hash, token or digest gets in.

use chrono::{DateTime, Utc};
use daybook_domain::identity::user::{SignedUp, UserEvent};
use daybook_domain::kernel::{Email, Locale, SessionId, TimeZone, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, GONE, ReadModel, existing, nobody};

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserRow {
    /// Which user.
    pub id: UserId,
    /// The address mails go to.
    pub email: Email,
    /// Since when it is known that the user reads mail there; none when it is not.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// What to call the person.
    pub name: String,
    /// Their language; none follows the tenant.
    pub locale: Option<Locale>,
    /// Their clock; none follows the tenant.
    pub time_zone: Option<TimeZone>,
    /// When the password was last replaced; none when it is the first one.
    pub password_changed_at: Option<DateTime<Utc>>,
    /// Sessions that began no later than this have ended; none ended yet.
    pub sessions_ended_at: Option<DateTime<Utc>>,
    /// The one session that did not end with the others.
    pub kept_session_id: Option<SessionId>,
    /// Since when the user can no longer sign in; none while they can.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// The platform tenant's position of its last event.
    pub position: i64,
}

/// The read model of accounts.
#[derive(Debug)]
pub enum Users {}

impl ReadModel for Users {
    type Event = UserEvent;
    type Row = UserRow;
    type Key = UserId;
    const TABLE: &'static str = "identity_users";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("id");

    fn key(row: &UserRow) -> UserId {
        row.id
    }

    fn subject(row: &UserRow) -> Option<Uuid> {
        Some(row.id.0)
    }

    /// The row itself goes with the user's own last event.
    fn forget(row: &mut Option<UserRow>) {
        let Some(row) = row else { return };
        row.email = nobody(&row.email);
        GONE.clone_into(&mut row.name);
        row.locale = None;
        row.time_zone = None;
    }

    fn keys(_: &UserEvent, envelope: &Envelope) -> Vec<UserId> {
        vec![UserId(envelope.stream_id)]
    }

    fn creates(event: &UserEvent) -> bool {
        matches!(event, UserEvent::SignedUp(_))
    }

    fn apply(
        row: &mut Option<UserRow>,
        id: &UserId,
        event: &UserEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        if let UserEvent::SignedUp(signed_up) = event {
            *row = Some(signed_up_row(*id, signed_up, envelope));
            return Ok(());
        }
        if let UserEvent::Erased(_) = event {
            *row = None;
            return Ok(());
        }
        let row = existing(row)?;
        match event {
            UserEvent::EmailVerified(e) => row.email_verified_at = Some(e.at),
            UserEvent::PasswordReset(e) => row.replace_password(e.at, None),
            UserEvent::PasswordChanged(e) => row.replace_password(e.at, e.kept_session),
            UserEvent::ProfileUpdated(e) => {
                row.name.clone_from(&e.name);
                row.locale.clone_from(&e.locale);
                row.time_zone = e.time_zone;
            }
            UserEvent::Deactivated(e) => row.deactivated_at = Some(e.at),
            UserEvent::SignedUp(_)
            | UserEvent::EmailVerificationRequested(_)
            | UserEvent::PasswordResetRequested(_)
            | UserEvent::PasswordHashUpgraded(_)
            | UserEvent::Erased(_) => {}
        }
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn signed_up_row(id: UserId, signed_up: &SignedUp, envelope: &Envelope) -> UserRow {
    UserRow {
        id,
        email: signed_up.email.clone(),
        email_verified_at: None,
        name: signed_up.name.clone(),
        locale: None,
        time_zone: None,
        password_changed_at: None,
        sessions_ended_at: None,
        kept_session_id: None,
        deactivated_at: None,
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        position: envelope.position,
    }
}

impl UserRow {
    /// Whether a session that began then ended with the account or with a password.
    pub(in crate::identity) fn has_ended(
        &self,
        session: SessionId,
        started_at: DateTime<Utc>,
    ) -> bool {
        let with_password = self.sessions_ended_at.is_some_and(|at| at >= started_at);
        let is_kept = self.kept_session_id == Some(session);
        self.deactivated_at.is_some() || (with_password && !is_kept)
    }

    fn replace_password(&mut self, at: DateTime<Utc>, kept: Option<SessionId>) {
        self.password_changed_at = Some(at);
        self.sessions_ended_at = Some(at);
        self.kept_session_id = kept;
    }
}

//! How a member's row follows from its events. No token or digest gets in.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ClientId, Email, MemberId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::MemberEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, ReadModel, existing, nobody};

/// A user's place in the tenant, from the invitation on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Which member.
    pub id: MemberId,
    /// Who it is; none before the invitation is accepted.
    pub user_id: Option<UserId>,
    /// The address that was invited, or with which the user joined.
    pub email: Email,
    /// The address in lower case, by which lists are ordered and searched.
    pub email_key: String,
    /// What the member may do, was to do, or did.
    pub role: Role,
    /// The client record the member belongs to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// Where the membership stands. Whether an invitation has expired only the clock knows.
    pub status: Status,
    /// When the invitation was sent last; none for the founder.
    pub invited_at: Option<DateTime<Utc>>,
    /// Until when the invitation is good; none for the founder.
    pub invitation_expires_at: Option<DateTime<Utc>>,
    /// When the user joined; none before.
    pub joined_at: Option<DateTime<Utc>>,
    /// When the membership or the invitation ended; none before.
    pub ended_at: Option<DateTime<Utc>>,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When the member was invited, or founded the tenant.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// The tenant's position of its first event.
    pub created_position: i64,
    /// The tenant's position of its last event.
    pub position: i64,
}

/// Where a membership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Asked to join.
    Invited,
    /// May act.
    Active,
    /// The invitation was revoked.
    Revoked,
    /// Somebody ended the membership.
    Removed,
    /// The member ended it.
    Left,
}

/// The read model of members.
#[derive(Debug)]
pub enum Members {}

impl ReadModel for Members {
    type Event = MemberEvent;
    type Row = MemberRow;
    type Key = MemberId;
    const TABLE: &'static str = "tenancy_members";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("id");

    fn key(row: &MemberRow) -> MemberId {
        row.id
    }

    fn subject(row: &MemberRow) -> Option<Uuid> {
        Some(row.id.0)
    }

    /// The row itself goes with the member's own last event.
    fn forget(row: &mut Option<MemberRow>) {
        let Some(row) = row else { return };
        row.email = nobody(&row.email);
        row.email_key = row.email.compared();
    }

    fn keys(_: &MemberEvent, envelope: &Envelope) -> Vec<MemberId> {
        vec![MemberId(envelope.stream_id)]
    }

    fn creates(event: &MemberEvent) -> bool {
        matches!(event, MemberEvent::Invited(_))
    }

    fn apply(
        row: &mut Option<MemberRow>,
        id: &MemberId,
        event: &MemberEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            MemberEvent::Invited(e) => {
                let mut invited = new_row(*id, (&e.email, e.role, e.client_id), envelope);
                invited.invited_at = Some(e.at);
                invited.invitation_expires_at = Some(e.expires_at);
                *row = Some(invited);
            }
            MemberEvent::InvitationRenewed(e) => {
                let row = existing(row)?;
                row.invited_at = Some(e.at);
                row.invitation_expires_at = Some(e.expires_at);
            }
            MemberEvent::Joined(e) => {
                let who = (&e.email, e.role, e.client_id);
                let joined = row.get_or_insert_with(|| new_row(*id, who, envelope));
                joined.email = e.email.clone();
                joined.email_key = e.email.compared();
                joined.take_over(e.role, e.client_id);
                joined.user_id = Some(e.user_id);
                joined.joined_at = Some(e.at);
                joined.status = Status::Active;
            }
            MemberEvent::RoleChanged(e) => existing(row)?.take_over(e.role, e.client_id),
            MemberEvent::OwnershipReceived(_) => existing(row)?.take_over(Role::Owner, None),
            MemberEvent::OwnershipHandedOver(_) => existing(row)?.take_over(Role::Admin, None),
            MemberEvent::InvitationRevoked(e) => existing(row)?.end(Status::Revoked, e.at),
            MemberEvent::Removed(e) => existing(row)?.end(Status::Removed, e.at),
            MemberEvent::Left(e) => existing(row)?.end(Status::Left, e.at),
            MemberEvent::Erased(_) => {
                *row = None;
                return Ok(());
            }
        }
        let row = existing(row)?;
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn new_row(
    id: MemberId,
    (email, role, client_id): (&Email, Role, Option<ClientId>),
    envelope: &Envelope,
) -> MemberRow {
    MemberRow {
        id,
        user_id: None,
        email: email.clone(),
        email_key: email.compared(),
        role,
        client_id,
        status: Status::Invited,
        invited_at: None,
        invitation_expires_at: None,
        joined_at: None,
        ended_at: None,
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        created_position: envelope.position,
        position: envelope.position,
    }
}

impl MemberRow {
    fn take_over(&mut self, role: Role, client_id: Option<ClientId>) {
        self.role = role;
        self.client_id = client_id;
    }

    fn end(&mut self, status: Status, at: DateTime<Utc>) {
        self.status = status;
        self.ended_at = Some(at);
    }
}

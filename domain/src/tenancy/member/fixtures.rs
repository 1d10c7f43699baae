//! Bob, whose place at Acme the tests of this aggregate are about.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::events::{
    Erased, InvitationRenewed, InvitationRevoked, Invited, Joined, Left, MemberEvent,
    OwnershipHandedOver, OwnershipReceived, Removed, RoleChanged,
};
use crate::kernel::{ClientId, Digest, Email, MemberId, UserId};
use crate::tenancy::access::Role;

/// Minutes after the invitation.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let new_year: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    new_year + TimeDelta::minutes(minutes)
}

/// When an invitation of that minute expires.
pub(super) fn week_after(minutes: i64) -> DateTime<Utc> {
    at(minutes) + TimeDelta::days(7)
}

pub(super) const fn digest(n: u8) -> Digest {
    Digest::new([n; 32])
}

pub(super) fn email() -> Email {
    Email::parse("email", "Bob@Example.com").unwrap()
}

pub(super) const fn member() -> MemberId {
    MemberId(Uuid::from_u128(10))
}

pub(super) const fn user() -> UserId {
    UserId(Uuid::from_u128(11))
}

pub(super) const fn client() -> ClientId {
    ClientId(Uuid::from_u128(12))
}

pub(super) const fn other_member() -> MemberId {
    MemberId(Uuid::from_u128(13))
}

/// Belongs to a client record exactly when the role needs one.
fn client_of(role: Role) -> Option<ClientId> {
    (role == Role::Client).then(client)
}

/// With token 1, as a member.
pub(super) fn invited() -> MemberEvent {
    invited_as(Role::Member)
}

pub(super) fn invited_as(role: Role) -> MemberEvent {
    MemberEvent::Invited(Invited {
        member_id: member(),
        email: email(),
        role,
        client_id: client_of(role),
        token: digest(1),
        expires_at: week_after(0),
        member_limit: 25,
        at: at(0),
    })
}

/// With token 2.
pub(super) fn renewed() -> MemberEvent {
    MemberEvent::InvitationRenewed(InvitationRenewed {
        token: digest(2),
        replaced_token: digest(1),
        expires_at: week_after(1),
        at: at(1),
    })
}

pub(super) fn revoked() -> MemberEvent {
    MemberEvent::InvitationRevoked(InvitationRevoked {
        email: email(),
        token: digest(1),
        at: at(2),
    })
}

/// By token 1.
pub(super) fn joined(role: Role) -> MemberEvent {
    MemberEvent::Joined(Joined {
        member_id: member(),
        user_id: user(),
        email: email(),
        role,
        client_id: client_of(role),
        invitation: Some(digest(1)),
        at: at(3),
    })
}

pub(super) fn founder() -> MemberEvent {
    MemberEvent::Joined(Joined {
        member_id: member(),
        user_id: user(),
        email: email(),
        role: Role::Owner,
        client_id: None,
        invitation: None,
        at: at(3),
    })
}

pub(super) fn role_changed(previous_role: Role, role: Role) -> MemberEvent {
    MemberEvent::RoleChanged(RoleChanged {
        previous_role,
        role,
        client_id: client_of(role),
        at: at(4),
    })
}

pub(super) fn received(previous_role: Role) -> MemberEvent {
    MemberEvent::OwnershipReceived(OwnershipReceived {
        from: other_member(),
        previous_role,
        at: at(5),
    })
}

pub(super) fn handed_over() -> MemberEvent {
    MemberEvent::OwnershipHandedOver(OwnershipHandedOver {
        to: other_member(),
        at: at(6),
    })
}

pub(super) fn removed(role: Role) -> MemberEvent {
    MemberEvent::Removed(Removed {
        user_id: user(),
        email: email(),
        role,
        at: at(7),
    })
}

pub(super) fn left(role: Role) -> MemberEvent {
    MemberEvent::Left(Left {
        user_id: user(),
        email: email(),
        role,
        at: at(8),
    })
}

pub(super) fn erased() -> MemberEvent {
    MemberEvent::Erased(Erased { at: at(9) })
}

/// Every kind of event once; no life has them all.
pub(super) fn every_event() -> Vec<MemberEvent> {
    vec![
        invited(),
        renewed(),
        revoked(),
        joined(Role::Member),
        role_changed(Role::Member, Role::Client),
        received(Role::Member),
        handed_over(),
        removed(Role::Member),
        left(Role::Member),
        erased(),
    ]
}

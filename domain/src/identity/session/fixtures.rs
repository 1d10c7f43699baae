//! A session of Ada's: idle after an hour, over after twelve. Refresh token 1 comes with access
//! token 101, refresh token 2 with 102, and so on.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::events::{EndReason, Refreshed, ReuseDetected, Revoked, SessionEvent, Started};
use super::salt::Salt;
use super::state::Place;
use crate::kernel::{Digest, MemberId, SessionId, TenantId, UserId};

/// Seconds after the sign-in.
pub(super) fn seconds(seconds: i64) -> DateTime<Utc> {
    let new_year: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    new_year + TimeDelta::seconds(seconds)
}

/// Minutes after the sign-in.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    seconds(minutes * 60)
}

pub(super) const fn digest(n: u8) -> Digest {
    Digest::new([n; 32])
}

pub(super) const fn salt(n: u8) -> Salt {
    Salt::new([n; 16])
}

pub(super) fn place() -> Place {
    Place {
        tenant_id: TenantId(Uuid::from_u128(12)),
        member_id: MemberId(Uuid::from_u128(13)),
    }
}

pub(super) fn started() -> SessionEvent {
    SessionEvent::Started(Started {
        session_id: SessionId(Uuid::from_u128(11)),
        user_id: UserId(Uuid::from_u128(10)),
        place: Some(place()),
        refresh_token: digest(1),
        access_token: digest(101),
        access_expires_at: at(10),
        idle_minutes: 60,
        idle_expires_at: at(60),
        absolute_expires_at: at(720),
        authenticated_at: at(0),
        user_agent: Some("Firefox".to_owned()),
        address: Some([192, 0, 2, 7].into()),
        at: at(0),
    })
}

/// Token `n - 1` became token `n`.
pub(super) fn refreshed(n: u8, minutes: i64) -> SessionEvent {
    SessionEvent::Refreshed(Refreshed {
        parent_token: digest(n - 1),
        refresh_token: digest(n),
        salt: salt(n),
        access_token: digest(100 + n),
        access_expires_at: at(minutes + 10),
        idle_expires_at: at(minutes + 60),
        at: at(minutes),
    })
}

/// Token `n` came again.
pub(super) fn reused(n: u8, minutes: i64) -> SessionEvent {
    SessionEvent::ReuseDetected(ReuseDetected {
        token: digest(n),
        at: at(minutes),
    })
}

pub(super) fn revoked(minutes: i64) -> SessionEvent {
    SessionEvent::Revoked(Revoked {
        reason: EndReason::SignedOut,
        at: at(minutes),
    })
}

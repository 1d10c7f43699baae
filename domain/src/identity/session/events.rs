//! What happens to a session, as it is stored.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::salt::Salt;
use super::state::Place;
use crate::kernel::{Digest, Event, Personal, SessionId, UserId};

/// The facts of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEvent {
    /// Somebody signed in.
    #[serde(rename = "identity.session.started")]
    Started(Started),
    /// A refresh token bought the next pair.
    #[serde(rename = "identity.session.refreshed")]
    Refreshed(Refreshed),
    /// A refresh token came twice: it was stolen, or its successor was. The session ended.
    #[serde(rename = "identity.session.reuse_detected")]
    ReuseDetected(ReuseDetected),
    /// The session was ended on purpose.
    #[serde(rename = "identity.session.revoked")]
    Revoked(Revoked),
}

/// Payload of `identity.session.started`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The new session, also the stream.
    pub session_id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// Where they act; none before a tenant is chosen.
    pub place: Option<Place>,
    /// The first refresh token.
    pub refresh_token: Digest,
    /// The first access token.
    pub access_token: Digest,
    /// Until when that opens anything.
    pub access_expires_at: DateTime<Utc>,
    /// How long the session lives without a refresh, in minutes.
    pub idle_minutes: u32,
    /// Until when it may be refreshed first.
    pub idle_expires_at: DateTime<Utc>,
    /// When it ends whatever is done.
    pub absolute_expires_at: DateTime<Utc>,
    /// When the user last gave their password; a change of tenant does not ask for it again.
    pub authenticated_at: DateTime<Utc>,
    /// What the device calls itself; none when it does not.
    pub user_agent: Option<String>,
    /// From where they came, as far as our own proxies tell; none in events from before it was kept.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.session.refreshed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refreshed {
    /// The token that was presented, now the parent.
    pub parent_token: Digest,
    /// The refresh token that it became.
    pub refresh_token: Digest,
    /// With which the parent becomes its successor.
    pub salt: Salt,
    /// The access token of the new pair.
    pub access_token: Digest,
    /// Until when that opens anything.
    pub access_expires_at: DateTime<Utc>,
    /// Until when it may be refreshed next.
    pub idle_expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.session.reuse_detected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReuseDetected {
    /// The token that came again.
    pub token: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.session.revoked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The user signed out.
    SignedOut,
    /// The user ended it from another session.
    EndedByUser,
    /// An administrator ended it.
    EndedByAdmin,
    /// The user has a new password.
    PasswordChanged,
    /// The user went on in another tenant, with a new session.
    TenantSwitched,
    /// The user lost their place in the tenant.
    MembershipEnded,
    /// The account was deactivated.
    UserDeactivated,
    /// A refresh token came twice.
    TokenReused,
}

impl Event for SessionEvent {
    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::Started(e) => {
                let of_user = |path| Personal::optional(path).of(e.user_id);
                vec![of_user("/userAgent"), of_user("/address")]
            }
            Self::Refreshed(_) | Self::ReuseDetected(_) | Self::Revoked(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{digest, refreshed, reused, revoked, started};
    use super::Started;
    use crate::kernel::testing::{about, erased_as, stored_as};
    use crate::kernel::{Subject, encode};

    #[test]
    fn is_stored_as_it_always_was() {
        let d = |n: u8| digest(n).to_string();
        stored_as(
            &started(),
            "identity.session.started",
            &r#"{"sessionId":"00000000-0000-0000-0000-00000000000b","userId":"00000000-0000-0000-0000-00000000000a","place":{"tenantId":"00000000-0000-0000-0000-00000000000c","memberId":"00000000-0000-0000-0000-00000000000d"},"refreshToken":"<1>","accessToken":"<101>","accessExpiresAt":"2026-01-01T00:10:00Z","idleMinutes":60,"idleExpiresAt":"2026-01-01T01:00:00Z","absoluteExpiresAt":"2026-01-01T12:00:00Z","authenticatedAt":"2026-01-01T00:00:00Z","userAgent":"Firefox","address":"192.0.2.7","at":"2026-01-01T00:00:00Z"}"#
                .replace("<1>", &d(1))
                .replace("<101>", &d(101)),
        );
        stored_as(
            &refreshed(2, 1),
            "identity.session.refreshed",
            &r#"{"parentToken":"<1>","refreshToken":"<2>","salt":"02020202020202020202020202020202","accessToken":"<102>","accessExpiresAt":"2026-01-01T00:11:00Z","idleExpiresAt":"2026-01-01T01:01:00Z","at":"2026-01-01T00:01:00Z"}"#
                .replace("<1>", &d(1))
                .replace("<2>", &d(2))
                .replace("<102>", &d(102)),
        );
        stored_as(
            &reused(1, 2),
            "identity.session.reuse_detected",
            &r#"{"token":"<1>","at":"2026-01-01T00:02:00Z"}"#.replace("<1>", &d(1)),
        );
        stored_as(
            &revoked(3),
            "identity.session.revoked",
            r#"{"reason":"signed_out","at":"2026-01-01T00:03:00Z"}"#,
        );
    }
    #[test]
    fn is_read_as_it_was_before_addresses_were_kept() {
        let text = String::from_utf8(encode(&started()).payload).unwrap();
        let text = text.replace(r#""address":"192.0.2.7","#, "");
        let read: Started = serde_json::from_str(&text).unwrap();
        assert_eq!(read.address, None);
        assert_eq!(read.user_agent.as_deref(), Some("Firefox"));
    }

    #[test]
    fn the_device_and_where_it_was_are_erased_with_the_user() {
        let payload = String::from_utf8(encode(&started()).payload).unwrap();
        let erased = payload
            .replace(r#""userAgent":"Firefox""#, r#""userAgent":null"#)
            .replace(r#""address":"192.0.2.7""#, r#""address":null"#);
        assert_ne!(erased, payload);
        erased_as(&started(), &erased);
        let user = uuid::Uuid::from_u128(0xa);
        assert_eq!(about(&started()), [Subject::Other(user); 2]);
    }
}

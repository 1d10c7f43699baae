//! Accounts for tests.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::identity::password::PasswordHash;
use daybook_domain::identity::user::{Deactivated, PasswordChanged, SignedUp, UserEvent};
use daybook_domain::kernel::{Digest, Email, SessionId, UserId};

pub(in crate::identity) fn at(minutes: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-02-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minutes)
}

pub(super) const TOKEN: Digest = Digest::new([7; 32]);

pub(super) fn hash() -> PasswordHash {
    PasswordHash::new("$argon2id$secret")
}

pub(in crate::identity) fn signed_up(user_id: UserId) -> UserEvent {
    UserEvent::SignedUp(SignedUp {
        user_id,
        email: Email::parse("email", "Ada@Example.com").unwrap(),
        name: "Ada Lovelace".to_owned(),
        password_hash: hash(),
        verification_token: TOKEN,
        verification_expires_at: at(60),
        at: at(0),
    })
}

pub(in crate::identity) fn password_changed(
    minutes: i64,
    kept_session: Option<SessionId>,
) -> UserEvent {
    UserEvent::PasswordChanged(PasswordChanged {
        password_hash: hash(),
        kept_session,
        discarded_reset_token: None,
        at: at(minutes),
    })
}

pub(in crate::identity) fn deactivated(minutes: i64) -> UserEvent {
    UserEvent::Deactivated(Deactivated {
        discarded_verification_token: None,
        discarded_reset_token: None,
        at: at(minutes),
    })
}

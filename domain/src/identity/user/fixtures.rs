//! Ada, whose account the tests of this aggregate are about.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::events::{
    Deactivated, EmailVerificationRequested, EmailVerified, Erased, PasswordChanged,
    PasswordHashUpgraded, PasswordReset, PasswordResetRequested, ProfileUpdated, SignedUp,
    UserEvent,
};
use super::state::Account;
use crate::identity::password::PasswordHash;
use crate::kernel::{Digest, Email, Locale, SessionId, TimeZone, UserId};

/// Minutes after the sign-up.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let new_year: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    new_year + TimeDelta::minutes(minutes)
}

pub(super) const fn digest(n: u8) -> Digest {
    Digest::new([n; 32])
}

pub(super) fn hash(name: &str) -> PasswordHash {
    PasswordHash::new(format!("$argon2id${name}"))
}

pub(super) fn session() -> SessionId {
    SessionId(Uuid::from_u128(11))
}

/// Token 1 verifies until two days later.
pub(super) fn signed_up() -> UserEvent {
    UserEvent::SignedUp(SignedUp {
        user_id: UserId(Uuid::from_u128(10)),
        email: Email::parse("email", "Ada@Example.com").unwrap(),
        name: "Ada Lovelace".to_owned(),
        password_hash: hash("one"),
        verification_token: digest(1),
        verification_expires_at: at(2_880),
        at: at(0),
    })
}

/// Token 2 verifies until two days later, token 1 does no longer.
pub(super) fn verification_requested() -> UserEvent {
    UserEvent::EmailVerificationRequested(EmailVerificationRequested {
        token: digest(2),
        expires_at: at(2_881),
        replaced_token: Some(digest(1)),
        at: at(1),
    })
}

pub(super) fn verified(token: u8) -> UserEvent {
    UserEvent::EmailVerified(EmailVerified {
        token: digest(token),
        at: at(2),
    })
}

/// Token 3 resets until minute 33.
pub(super) fn reset_requested() -> UserEvent {
    UserEvent::PasswordResetRequested(PasswordResetRequested {
        token: digest(3),
        expires_at: at(33),
        replaced_token: None,
        at: at(3),
    })
}

pub(super) fn reset() -> UserEvent {
    UserEvent::PasswordReset(PasswordReset {
        token: digest(3),
        password_hash: hash("two"),
        at: at(4),
    })
}

pub(super) fn changed() -> UserEvent {
    UserEvent::PasswordChanged(PasswordChanged {
        password_hash: hash("three"),
        kept_session: Some(session()),
        discarded_reset_token: None,
        at: at(5),
    })
}

pub(super) fn deactivated() -> UserEvent {
    UserEvent::Deactivated(Deactivated {
        discarded_verification_token: None,
        discarded_reset_token: None,
        at: at(8),
    })
}

pub(super) fn erased() -> UserEvent {
    UserEvent::Erased(Erased { at: at(9) })
}

/// A life with every event in it once, in an order that could be.
pub(super) fn every_event() -> Vec<UserEvent> {
    vec![
        signed_up(),
        verification_requested(),
        verified(2),
        reset_requested(),
        reset(),
        changed(),
        UserEvent::PasswordHashUpgraded(PasswordHashUpgraded {
            password_hash: hash("four"),
            at: at(6),
        }),
        UserEvent::ProfileUpdated(ProfileUpdated {
            name: "Ada King".to_owned(),
            locale: Some(Locale::parse("locale", "en-GB").unwrap()),
            time_zone: Some(TimeZone::parse("timeZone", "Europe/London").unwrap()),
            at: at(7),
        }),
        deactivated(),
        erased(),
    ]
}

/// The account of a state that has one.
pub(super) fn account(user: &super::User) -> Account {
    user.account().expect("the user signed up").clone()
}

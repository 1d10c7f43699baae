//! What an account's rules need to know of its past.

use std::mem;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::events::{SignedUp, UserEvent};
use super::refusal::Refusal;
use crate::identity::password::PasswordHash;
use crate::kernel::{Aggregate, Digest, Email, Locale, SessionId, TimeZone, UserId};

/// A person's account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum User {
    /// Nobody signed up.
    #[default]
    Unknown,
    /// Can sign in.
    Active(Box<Account>),
    /// Can no longer sign in; the address stays taken.
    Deactivated(Box<Account>),
    /// Nobody knows who it was.
    Erased,
}

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user.
    pub user_id: UserId,
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
    /// The current password.
    pub password_hash: PasswordHash,
    /// The verification token of the last mail, until it is used or replaced.
    pub verification: Option<PendingToken>,
    /// The reset token of the last mail, until it is used, replaced or made void.
    pub reset: Option<PendingToken>,
    /// Sessions that began no later than this have ended; none ended yet.
    pub sessions_ended_at: Option<DateTime<Utc>>,
    /// The one session that did not end with the others.
    pub kept_session: Option<SessionId>,
}

/// A token that was mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingToken {
    /// Its digest.
    pub token: Digest,
    /// From when on it is good no longer.
    pub expires_at: DateTime<Utc>,
}

impl PendingToken {
    /// Whether `presented` is this token and comes in time.
    pub(super) fn redeem(
        pending: Option<Self>,
        presented: &Digest,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        match pending {
            Some(kept) if !kept.token.matches(presented) => Err(Refusal::TokenInvalid),
            Some(kept) if kept.expires_at <= at => Err(Refusal::TokenExpired),
            Some(_) => Ok(()),
            None => Err(Refusal::TokenInvalid),
        }
    }
}

impl User {
    /// What is known of the user, deactivated or not; none when nobody signed up.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Unknown | Self::Erased => None,
            Self::Active(account) | Self::Deactivated(account) => Some(account),
        }
    }

    /// Whether a session that began at `started_at` still opens anything: the user is active and
    /// no new password has ended it.
    pub fn admits(&self, session: SessionId, started_at: DateTime<Utc>) -> bool {
        match self {
            Self::Unknown | Self::Deactivated(_) | Self::Erased => false,
            Self::Active(account) => {
                account.kept_session == Some(session)
                    || account
                        .sessions_ended_at
                        .is_none_or(|ended| ended < started_at)
            }
        }
    }

    /// The account of somebody who may act.
    ///
    /// # Errors
    /// When there is none or it is deactivated.
    pub fn active(&self) -> Result<&Account, Refusal> {
        match self {
            Self::Unknown | Self::Erased => Err(Refusal::Unknown),
            Self::Active(account) => Ok(account),
            Self::Deactivated(_) => Err(Refusal::Deactivated),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Account)) {
        match self {
            Self::Unknown | Self::Erased => {}
            Self::Active(account) | Self::Deactivated(account) => change(account),
        }
    }

    fn deactivate(&mut self) {
        *self = match mem::take(self) {
            Self::Active(mut account) => {
                account.verification = None;
                account.reset = None;
                Self::Deactivated(account)
            }
            other @ (Self::Unknown | Self::Deactivated(_) | Self::Erased) => other,
        };
    }
}

impl Account {
    fn new(event: SignedUp) -> Self {
        Self {
            user_id: event.user_id,
            email: event.email,
            email_verified_at: None,
            name: event.name,
            locale: None,
            time_zone: None,
            password_hash: event.password_hash,
            verification: Some(PendingToken {
                token: event.verification_token,
                expires_at: event.verification_expires_at,
            }),
            reset: None,
            sessions_ended_at: None,
            kept_session: None,
        }
    }

    fn replace_password(&mut self, hash: PasswordHash, at: DateTime<Utc>) {
        self.password_hash = hash;
        self.reset = None;
        self.sessions_ended_at = Some(at);
        self.kept_session = None;
    }
}

impl Aggregate for User {
    const NAME: &'static str = "identity.user";
    type Event = UserEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: UserEvent) {
        match event {
            UserEvent::SignedUp(e) => *self = Self::Active(Box::new(Account::new(e))),
            UserEvent::EmailVerificationRequested(e) => self.change(|account| {
                account.verification = Some(PendingToken {
                    token: e.token,
                    expires_at: e.expires_at,
                });
            }),
            UserEvent::EmailVerified(e) => self.change(|account| {
                account.verification = None;
                account.email_verified_at = Some(e.at);
            }),
            UserEvent::PasswordResetRequested(e) => self.change(|account| {
                account.reset = Some(PendingToken {
                    token: e.token,
                    expires_at: e.expires_at,
                });
            }),
            UserEvent::PasswordReset(e) => {
                self.change(|account| account.replace_password(e.password_hash, e.at));
            }
            UserEvent::PasswordChanged(e) => self.change(|account| {
                account.replace_password(e.password_hash, e.at);
                account.kept_session = e.kept_session;
            }),
            UserEvent::PasswordHashUpgraded(e) => {
                self.change(|account| account.password_hash = e.password_hash);
            }
            UserEvent::ProfileUpdated(e) => self.change(|account| {
                account.name = e.name;
                account.locale = e.locale;
                account.time_zone = e.time_zone;
            }),
            UserEvent::Deactivated(_) => self.deactivate(),
            UserEvent::Erased(_) => *self = Self::Erased,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        account, at, changed, deactivated, every_event, hash, reset, session, signed_up,
    };
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn follows_a_whole_life() {
        let mut life = every_event();
        let end = life.pop().unwrap();
        let mut user = given::<User>(&life).state();
        assert!(matches!(user, User::Deactivated(_)));
        let account = account(&user);
        assert_eq!(account.name, "Ada King");
        assert_eq!(account.email_verified_at, Some(at(2)));
        assert_eq!(account.password_hash, hash("four"));
        assert_eq!((account.verification, account.reset), (None, None));
        let snapshot = serde_json::to_string(&user).unwrap();
        assert_eq!(serde_json::from_str::<User>(&snapshot).unwrap(), user);
        user.evolve(end);
        assert_eq!(user, User::Erased);
        assert!(!user.admits(session(), at(10)));
    }

    #[test]
    fn ends_the_sessions_from_before_a_reset() {
        let user = given::<User>(&[signed_up(), reset()]).state();
        assert!(!user.admits(session(), at(3)));
        assert!(!user.admits(session(), at(4)));
        assert!(user.admits(session(), at(5)));
    }

    #[test]
    fn keeps_the_session_the_password_was_changed_in() {
        let other = SessionId(uuid::Uuid::from_u128(99));
        let user = given::<User>(&[signed_up(), changed()]).state();
        assert!(user.admits(session(), at(1)));
        assert!(!user.admits(other, at(1)));
        assert!(user.admits(other, at(6)));
    }

    #[test]
    fn admits_nobody_without_an_active_account() {
        assert!(!User::Unknown.admits(session(), at(1)));
        let user = given::<User>(&[signed_up(), deactivated()]).state();
        assert!(!user.admits(session(), at(9)));
    }
}

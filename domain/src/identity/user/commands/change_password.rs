//! Replaces a password by somebody who knows it.

use chrono::{DateTime, Utc};

use super::super::events::{PasswordChanged, UserEvent};
use super::super::{Refusal, User};
use crate::identity::password::PasswordHash;
use crate::kernel::{Command, Decision, SessionId};

/// Replaces the password. Every session from before ends, but the one it is done in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePassword {
    /// The stored hash that the given current password was found to match; none when it matched
    /// none. Naming the hash keeps a check from counting for a password set meanwhile.
    pub current_verified: Option<PasswordHash>,
    /// Of a password that passed [`check`](crate::identity::password::check).
    pub password_hash: PasswordHash,
    /// The session to keep; none ends them all.
    pub session: Option<SessionId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ChangePassword {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        if self.password_hash == account.password_hash {
            return Ok(Vec::new());
        }
        if self.current_verified.as_ref() != Some(&account.password_hash) {
            return Err(Refusal::CurrentPasswordWrong);
        }
        Ok(vec![UserEvent::PasswordChanged(PasswordChanged {
            password_hash: self.password_hash.clone(),
            kept_session: self.session,
            discarded_reset_token: account.reset.map(|pending| pending.token),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, changed, deactivated, digest, hash, reset_requested, session, signed_up,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> ChangePassword {
        ChangePassword {
            current_verified: Some(hash("one")),
            password_hash: hash("three"),
            session: Some(session()),
            at: at(5),
        }
    }

    #[test]
    fn replaces_the_password() {
        given(&[signed_up()]).when(&command()).then(&[changed()]);
    }

    #[test]
    fn discards_a_pending_reset() {
        let event = UserEvent::PasswordChanged(PasswordChanged {
            password_hash: hash("three"),
            kept_session: Some(session()),
            discarded_reset_token: Some(digest(3)),
            at: at(5),
        });
        given(&[signed_up(), reset_requested()])
            .when(&command())
            .then(&[event]);
    }

    #[test]
    fn changes_nothing_when_it_is_the_password() {
        given(&[signed_up(), changed()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_without_the_current_password() {
        let command = ChangePassword {
            current_verified: None,
            ..command()
        };
        given(&[signed_up()])
            .when(&command)
            .refuses(&Refusal::CurrentPasswordWrong);
    }

    #[test]
    fn refuses_a_check_against_an_earlier_password() {
        let command = ChangePassword {
            password_hash: hash("five"),
            ..command()
        };
        let past = [signed_up(), changed()];
        given(&past)
            .when(&command)
            .refuses(&Refusal::CurrentPasswordWrong);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        given(&[signed_up(), deactivated()])
            .when(&command())
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

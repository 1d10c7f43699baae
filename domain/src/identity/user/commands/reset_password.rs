//! Replaces a forgotten password by means of a mail.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{PasswordReset, UserEvent};
use super::super::state::PendingToken;
use crate::identity::password::PasswordHash;
use crate::kernel::{Command, Decision, Digest};

/// Redeems a reset token. Every session from before ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetPassword {
    /// Of the token that was presented.
    pub token: Digest,
    /// Of a password that passed [`check`](crate::identity::password::check).
    pub password_hash: PasswordHash,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ResetPassword {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        PendingToken::redeem(account.reset, &self.token, self.at)?;
        Ok(vec![UserEvent::PasswordReset(PasswordReset {
            token: self.token,
            password_hash: self.password_hash.clone(),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{
        account, at, changed, deactivated, digest, hash, reset, reset_requested, signed_up,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(token: u8) -> ResetPassword {
        ResetPassword {
            token: digest(token),
            password_hash: hash("two"),
            at: at(4),
        }
    }

    #[test]
    fn replaces_the_password() {
        let past = [signed_up(), reset_requested()];
        let user = given(&past).when(&command(3)).then(&[reset()]);
        assert_eq!(account(&user).password_hash, hash("two"));
    }

    #[test]
    fn refuses_a_token_the_second_time() {
        let past = [signed_up(), reset_requested(), reset()];
        given(&past)
            .when(&command(3))
            .refuses(&Refusal::TokenInvalid);
    }

    #[test]
    fn refuses_another_token() {
        let past = [signed_up(), reset_requested()];
        given(&past)
            .when(&command(1))
            .refuses(&Refusal::TokenInvalid);
        given(&[signed_up()])
            .when(&command(3))
            .refuses(&Refusal::TokenInvalid);
    }

    #[test]
    fn refuses_a_token_from_the_moment_it_expires() {
        let late = ResetPassword {
            at: at(33),
            ..command(3)
        };
        let past = [signed_up(), reset_requested()];
        given(&past).when(&late).refuses(&Refusal::TokenExpired);
    }

    #[test]
    fn refuses_a_token_from_before_a_change_of_password() {
        let past = [signed_up(), reset_requested(), changed()];
        given(&past)
            .when(&command(3))
            .refuses(&Refusal::TokenInvalid);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        let past = [signed_up(), reset_requested(), deactivated()];
        given(&past)
            .when(&command(3))
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command(3)).refuses(&Refusal::Unknown);
    }
}

//! Proves that the user reads mail at their address.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{EmailVerified, UserEvent};
use super::super::state::PendingToken;
use crate::kernel::{Command, Decision, Digest};

/// Redeems the token of a verification mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyEmail {
    /// Of the token that was presented.
    pub token: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for VerifyEmail {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        if account.email_verified_at.is_some() {
            return Ok(Vec::new());
        }
        PendingToken::redeem(account.verification, &self.token, self.at)?;
        Ok(vec![UserEvent::EmailVerified(EmailVerified {
            token: self.token,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{
        at, deactivated, digest, signed_up, verification_requested, verified,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(token: u8) -> VerifyEmail {
        VerifyEmail {
            token: digest(token),
            at: at(2),
        }
    }

    #[test]
    fn verifies_with_the_token_of_the_first_mail() {
        given(&[signed_up()]).when(&command(1)).then(&[verified(1)]);
    }

    #[test]
    fn changes_nothing_when_verified() {
        given(&[signed_up(), verified(1)])
            .when(&command(1))
            .then(&[]);
    }

    #[test]
    fn refuses_a_token_that_was_replaced() {
        let past = [signed_up(), verification_requested()];
        given(&past)
            .when(&command(1))
            .refuses(&Refusal::TokenInvalid);
        given(&past).when(&command(2)).then(&[verified(2)]);
    }

    #[test]
    fn refuses_a_token_from_the_moment_it_expires() {
        let late = VerifyEmail {
            token: digest(1),
            at: at(2_880),
        };
        given(&[signed_up()])
            .when(&late)
            .refuses(&Refusal::TokenExpired);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        let past = [signed_up(), deactivated()];
        given(&past)
            .when(&command(1))
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command(1)).refuses(&Refusal::Unknown);
    }
}

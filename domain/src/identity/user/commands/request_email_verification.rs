//! Asks for another verification mail.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{EmailVerificationRequested, UserEvent};
use crate::kernel::{Command, Decision, Digest};

/// Makes a new verification token good and the one before it void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestEmailVerification {
    /// Of the token in the new mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for RequestEmailVerification {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        if account.email_verified_at.is_some() {
            return Ok(Vec::new());
        }
        let requested = EmailVerificationRequested {
            token: self.token,
            expires_at: self.expires_at,
            replaced_token: account.verification.map(|pending| pending.token),
            at: self.at,
        };
        Ok(vec![UserEvent::EmailVerificationRequested(requested)])
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

    fn command() -> RequestEmailVerification {
        RequestEmailVerification {
            token: digest(2),
            expires_at: at(2_881),
            at: at(1),
        }
    }

    #[test]
    fn replaces_the_token_of_the_mail_before() {
        given(&[signed_up()])
            .when(&command())
            .then(&[verification_requested()]);
    }

    #[test]
    fn changes_nothing_when_verified() {
        given(&[signed_up(), verified(1)])
            .when(&command())
            .then(&[]);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        let past = [signed_up(), deactivated()];
        given(&past).when(&command()).refuses(&Refusal::Deactivated);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

//! Asks for a mail with which to choose a new password.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{PasswordResetRequested, UserEvent};
use crate::kernel::{Command, Decision, Digest};

/// Makes a new reset token good and the one before it void.
///
/// An address that is not verified yet may ask too: whoever reads its mail owns the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPasswordReset {
    /// Of the token in the mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for RequestPasswordReset {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        Ok(vec![UserEvent::PasswordResetRequested(
            PasswordResetRequested {
                token: self.token,
                expires_at: self.expires_at,
                replaced_token: account.reset.map(|pending| pending.token),
                at: self.at,
            },
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{
        at, deactivated, digest, reset, reset_requested, signed_up,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(token: u8, replaced: Option<u8>) -> (RequestPasswordReset, UserEvent) {
        let (token, expires_at, at) = (digest(token), at(33), at(3));
        let event = UserEvent::PasswordResetRequested(PasswordResetRequested {
            token,
            expires_at,
            replaced_token: replaced.map(digest),
            at,
        });
        (
            RequestPasswordReset {
                token,
                expires_at,
                at,
            },
            event,
        )
    }

    #[test]
    fn makes_a_token_good() {
        let (command, event) = command(3, None);
        given(&[signed_up()]).when(&command).then(&[event]);
    }

    #[test]
    fn replaces_the_token_of_the_mail_before() {
        let (command, event) = command(4, Some(3));
        given(&[signed_up(), reset_requested()])
            .when(&command)
            .then(&[event]);
    }

    #[test]
    fn replaces_nothing_after_the_token_was_used() {
        let (command, event) = command(4, None);
        given(&[signed_up(), reset_requested(), reset()])
            .when(&command)
            .then(&[event]);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        let (command, _) = command(3, None);
        given(&[signed_up(), deactivated()])
            .when(&command)
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command).refuses(&Refusal::Unknown);
    }
}

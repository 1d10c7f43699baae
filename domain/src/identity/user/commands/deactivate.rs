//! Closes an account.

use chrono::{DateTime, Utc};

use super::super::events::{Deactivated, UserEvent};
use super::super::{Refusal, User};
use crate::kernel::{Command, Decision};

/// Ends every session and lets nobody sign in again. The address stays taken, so that nobody
/// else can take the user's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deactivate {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Deactivate {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = match user {
            User::Unknown => return Err(Refusal::Unknown),
            User::Active(account) => account,
            User::Deactivated(_) | User::Erased => return Ok(Vec::new()),
        };
        Ok(vec![UserEvent::Deactivated(Deactivated {
            discarded_verification_token: account.verification.map(|pending| pending.token),
            discarded_reset_token: account.reset.map(|pending| pending.token),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, deactivated, digest, reset_requested, signed_up, verified,
    };
    use super::*;
    use crate::kernel::testing::given;

    const fn command(at: DateTime<Utc>) -> Deactivate {
        Deactivate { at }
    }

    #[test]
    fn deactivates() {
        given(&[signed_up(), verified(1)])
            .when(&command(at(8)))
            .then(&[deactivated()]);
    }

    #[test]
    fn discards_pending_tokens() {
        let event = UserEvent::Deactivated(Deactivated {
            discarded_verification_token: Some(digest(1)),
            discarded_reset_token: Some(digest(3)),
            at: at(8),
        });
        given(&[signed_up(), reset_requested()])
            .when(&command(at(8)))
            .then(&[event]);
    }

    #[test]
    fn changes_nothing_when_deactivated() {
        given(&[signed_up(), deactivated()])
            .when(&command(at(9)))
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_user() {
        given::<User>(&[])
            .when(&command(at(8)))
            .refuses(&Refusal::Unknown);
    }
}

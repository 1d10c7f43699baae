//! Erases an account.

use chrono::{DateTime, Utc};

use super::super::events::{Erased, UserEvent};
use super::super::{Refusal, User};
use super::Deactivate;
use crate::kernel::{Command, Decision};

/// Closes the account where it is open, and ends what is known of the person. The address is free
/// again afterwards. Goes through together with the erasure of the data subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Erase {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        match user {
            User::Unknown => return Err(Refusal::Unknown),
            User::Erased => return Ok(Vec::new()),
            User::Active(_) | User::Deactivated(_) => {}
        }
        let mut events = Deactivate { at: self.at }.decide(user)?;
        events.push(UserEvent::Erased(Erased { at: self.at }));
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, deactivated, erased, signed_up, verified};
    use super::*;
    use crate::identity::user::Deactivated;
    use crate::kernel::testing::given;

    fn command() -> Erase {
        Erase { at: at(9) }
    }

    #[test]
    fn closes_and_erases() {
        let closed = UserEvent::Deactivated(Deactivated {
            discarded_verification_token: None,
            discarded_reset_token: None,
            at: at(9),
        });
        given(&[signed_up(), verified(1)])
            .when(&command())
            .then(&[closed, erased()]);
    }

    #[test]
    fn erases_a_closed_account_once() {
        let past = [signed_up(), deactivated()];
        given(&past).when(&command()).then(&[erased()]);
        let past = [signed_up(), deactivated(), erased()];
        given(&past).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_an_unknown_user() {
        given::<User>(&[])
            .when(&command())
            .refuses(&Refusal::Unknown);
    }
}

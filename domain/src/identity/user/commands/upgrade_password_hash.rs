//! Keeps the same password under the parameters of today.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{PasswordHashUpgraded, UserEvent};
use crate::identity::password::PasswordHash;
use crate::kernel::{Command, Decision};

/// Replaces a hash after a sign-in whose password matched it. No session ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradePasswordHash {
    /// The stored hash that the password matched.
    pub verified: PasswordHash,
    /// Of the same password, with stronger parameters.
    pub password_hash: PasswordHash,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for UpgradePasswordHash {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        // Replaced meanwhile, by this very upgrade or by another password: nothing is left to do.
        if account.password_hash != self.verified {
            return Ok(Vec::new());
        }
        Ok(vec![UserEvent::PasswordHashUpgraded(
            PasswordHashUpgraded {
                password_hash: self.password_hash.clone(),
                at: self.at,
            },
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{
        at, changed, deactivated, hash, reset_requested, session, signed_up,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> UpgradePasswordHash {
        UpgradePasswordHash {
            verified: hash("one"),
            password_hash: hash("four"),
            at: at(6),
        }
    }

    fn upgraded() -> UserEvent {
        UserEvent::PasswordHashUpgraded(PasswordHashUpgraded {
            password_hash: hash("four"),
            at: at(6),
        })
    }

    #[test]
    fn replaces_the_hash_and_ends_nothing() {
        let past = [signed_up(), reset_requested()];
        let user = given(&past).when(&command()).then(&[upgraded()]);
        assert!(user.admits(session(), at(1)));
        assert!(user.account().unwrap().reset.is_some());
    }

    #[test]
    fn changes_nothing_when_the_hash_is_another_by_now() {
        given(&[signed_up(), upgraded()]).when(&command()).then(&[]);
        given(&[signed_up(), changed()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        given(&[signed_up(), deactivated()])
            .when(&command())
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

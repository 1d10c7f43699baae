//! Ends somebody's membership.

use chrono::{DateTime, Utc};

use super::super::events::{MemberEvent, Removed};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision};
use crate::tenancy::access::Role;

/// Ends a membership from the next request on. The last owner stays, which the append settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remove {
    /// What whoever removes is.
    pub by: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Remove {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        if let Member::Gone(_) = member {
            return Ok(Vec::new());
        }
        let now = member.active()?;
        if !self.by.may_grant(now.role) {
            return Err(Refusal::RoleAboveYours);
        }
        Ok(vec![MemberEvent::Removed(Removed {
            user_id: now.user_id,
            email: now.email.clone(),
            role: now.role,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, founder, invited, joined, left, removed};
    use super::*;
    use crate::kernel::testing::given;

    fn command(by: Role) -> Remove {
        Remove { by, at: at(7) }
    }

    #[test]
    fn removes() {
        let past = [invited(), joined(Role::Member)];
        given(&past)
            .when(&command(Role::Admin))
            .then(&[removed(Role::Member)]);
        given(&[founder()])
            .when(&command(Role::Owner))
            .then(&[removed(Role::Owner)]);
    }

    #[test]
    fn changes_nothing_when_gone() {
        let past = [invited(), joined(Role::Member), left(Role::Member)];
        given(&past).when(&command(Role::Admin)).then(&[]);
    }

    #[test]
    fn refuses_to_remove_somebody_above_oneself() {
        given(&[founder()])
            .when(&command(Role::Admin))
            .refuses(&Refusal::RoleAboveYours);
        let past = [invited(), joined(Role::Guest)];
        given(&past)
            .when(&command(Role::Manager))
            .refuses(&Refusal::RoleAboveYours);
    }

    #[test]
    fn refuses_who_is_no_member() {
        given(&[])
            .when(&command(Role::Admin))
            .refuses(&Refusal::Unknown);
        given(&[invited()])
            .when(&command(Role::Admin))
            .refuses(&Refusal::NotJoined);
    }
}

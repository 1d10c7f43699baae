//! Ends one's own membership.

use chrono::{DateTime, Utc};

use super::super::Member;
use super::super::events::{Left, MemberEvent};
use crate::kernel::{Command, Decision};

/// Leaves the tenant. The last owner cannot, which the append settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Leave {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        if let Member::Gone(_) = member {
            return Ok(Vec::new());
        }
        let now = member.active()?;
        Ok(vec![MemberEvent::Left(Left {
            user_id: now.user_id,
            email: now.email.clone(),
            role: now.role,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{at, founder, invited, joined, left, removed};
    use super::*;
    use crate::kernel::testing::given;
    use crate::tenancy::access::Role;

    fn command() -> Leave {
        Leave { at: at(8) }
    }

    #[test]
    fn leaves() {
        let past = [invited(), joined(Role::Member)];
        given(&past).when(&command()).then(&[left(Role::Member)]);
        given(&[founder()])
            .when(&command())
            .then(&[left(Role::Owner)]);
    }

    #[test]
    fn changes_nothing_when_gone() {
        let past = [invited(), joined(Role::Member), removed(Role::Member)];
        given(&past).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_who_is_no_member() {
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
        given(&[invited()])
            .when(&command())
            .refuses(&Refusal::NotJoined);
    }
}

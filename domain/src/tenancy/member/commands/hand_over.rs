//! Gives one's ownership away.

use chrono::{DateTime, Utc};

use super::super::events::{MemberEvent, OwnershipHandedOver};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision, MemberId};
use crate::tenancy::access::Role;

/// The second half of a transfer: the old owner becomes an administrator. Sent before the other
/// received it, it is refused when no other owner is left, which the append settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Who received it.
    pub to: MemberId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for HandOver {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let now = member.active()?;
        if now.role != Role::Owner {
            return Err(Refusal::NotAnOwner);
        }
        if now.member_id == self.to {
            return Err(Refusal::SameMember);
        }
        let handed_over = OwnershipHandedOver {
            to: self.to,
            at: self.at,
        };
        Ok(vec![MemberEvent::OwnershipHandedOver(handed_over)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, founder, handed_over, invited, joined, left, member, other_member,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(to: MemberId) -> HandOver {
        HandOver { to, at: at(6) }
    }

    #[test]
    fn becomes_an_administrator() {
        let member = given(&[founder()])
            .when(&command(other_member()))
            .then(&[handed_over()]);
        assert_eq!(member.active().unwrap().role, Role::Admin);
    }

    #[test]
    fn refuses_what_one_has_not() {
        let past = [invited(), joined(Role::Admin)];
        given(&past)
            .when(&command(other_member()))
            .refuses(&Refusal::NotAnOwner);
        let past = [founder(), handed_over()];
        given(&past)
            .when(&command(other_member()))
            .refuses(&Refusal::NotAnOwner);
    }

    #[test]
    fn refuses_to_hand_over_to_oneself() {
        given(&[founder()])
            .when(&command(member()))
            .refuses(&Refusal::SameMember);
    }

    #[test]
    fn refuses_who_is_no_member() {
        let command = command(other_member());
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[invited()])
            .when(&command)
            .refuses(&Refusal::NotJoined);
        given(&[founder(), left(Role::Owner)])
            .when(&command)
            .refuses(&Refusal::Ended);
    }
}

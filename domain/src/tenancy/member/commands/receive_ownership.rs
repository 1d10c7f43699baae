//! Becomes an owner by the hand of one.

use chrono::{DateTime, Utc};

use super::super::events::{MemberEvent, OwnershipReceived};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision, MemberId};
use crate::tenancy::access::Role;

/// The first half of a transfer: the new owner receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveOwnership {
    /// Who is to hand it over.
    pub from: MemberId,
    /// What that member is.
    pub from_role: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ReceiveOwnership {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let now = member.active()?;
        if now.role == Role::Owner {
            return Ok(Vec::new());
        }
        if self.from_role != Role::Owner {
            return Err(Refusal::NotAnOwner);
        }
        Ok(vec![MemberEvent::OwnershipReceived(OwnershipReceived {
            from: self.from,
            previous_role: now.role,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, client, founder, invited, joined, left, other_member, received,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(from_role: Role) -> ReceiveOwnership {
        ReceiveOwnership {
            from: other_member(),
            from_role,
            at: at(5),
        }
    }

    #[test]
    fn receives() {
        let past = [invited(), joined(Role::Member)];
        given(&past)
            .when(&command(Role::Owner))
            .then(&[received(Role::Member)]);
    }

    #[test]
    fn belongs_to_no_client_any_more() {
        let past = [joined(Role::Client)];
        assert_eq!(
            given::<Member>(&past).state().active().unwrap().client_id,
            Some(client())
        );
        let member = given(&past)
            .when(&command(Role::Owner))
            .then(&[received(Role::Client)]);
        assert_eq!(member.active().unwrap().client_id, None);
    }

    #[test]
    fn changes_nothing_when_an_owner() {
        given(&[founder()]).when(&command(Role::Owner)).then(&[]);
    }

    #[test]
    fn refuses_it_from_anybody_else() {
        let past = [invited(), joined(Role::Member)];
        given(&past)
            .when(&command(Role::Admin))
            .refuses(&Refusal::NotAnOwner);
    }

    #[test]
    fn refuses_who_is_no_member() {
        let command = command(Role::Owner);
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[invited()])
            .when(&command)
            .refuses(&Refusal::NotJoined);
        let gone = [invited(), joined(Role::Member), left(Role::Member)];
        given(&gone).when(&command).refuses(&Refusal::Ended);
    }
}

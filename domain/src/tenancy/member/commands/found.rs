//! Makes the founder of a tenant its first owner.

use chrono::{DateTime, Utc};

use super::super::events::{Joined, MemberEvent};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision, Email, MemberId, UserId};
use crate::tenancy::access::Role;

/// Joins the founder, without an invitation. Only what founds a tenant may send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The new member, also the stream.
    pub member_id: MemberId,
    /// Who founded the tenant.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Found {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        match member {
            Member::Active(now) if now.user_id == self.user_id && now.role == Role::Owner => {
                Ok(Vec::new())
            }
            Member::Invited(_) | Member::Active(_) | Member::Gone(_) => Err(Refusal::Exists),
            Member::Unknown => Ok(vec![MemberEvent::Joined(Joined {
                member_id: self.member_id,
                user_id: self.user_id,
                email: self.email.clone(),
                role: Role::Owner,
                client_id: None,
                invitation: None,
                at: self.at,
            })]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, email, founder, handed_over, invited, left, member, user,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Found {
        Found {
            member_id: member(),
            user_id: user(),
            email: email(),
            at: at(3),
        }
    }

    #[test]
    fn joins_as_the_owner() {
        given(&[]).when(&command()).then(&[founder()]);
    }

    #[test]
    fn changes_nothing_when_it_is_the_owner() {
        given(&[founder()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given(&[invited()])
            .when(&command())
            .refuses(&Refusal::Exists);
        given(&[founder(), handed_over()])
            .when(&command())
            .refuses(&Refusal::Exists);
        given(&[founder(), left(Role::Owner)])
            .when(&command())
            .refuses(&Refusal::Exists);
    }
}

//! Changes what a member may do.

use chrono::{DateTime, Utc};

use super::super::events::{MemberEvent, RoleChanged};
use super::super::state::check_client;
use super::super::{Member, Refusal};
use crate::kernel::{ClientId, Command, Decision};
use crate::tenancy::access::Role;

/// Gives a member another role. The last owner keeps theirs, which the append settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRole {
    /// What the member is to be.
    pub role: Role,
    /// The client record they will belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// What whoever changes it is.
    pub by: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ChangeRole {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let now = member.active()?;
        // Neither lift anybody above oneself, nor touch who is there already.
        if !self.by.may_grant(self.role) || !self.by.may_grant(now.role) {
            return Err(Refusal::RoleAboveYours);
        }
        check_client(self.role, self.client_id)?;
        if (self.role, self.client_id) == (now.role, now.client_id) {
            return Ok(Vec::new());
        }
        Ok(vec![MemberEvent::RoleChanged(RoleChanged {
            previous_role: now.role,
            role: self.role,
            client_id: self.client_id,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, client, founder, invited, joined, left, role_changed};
    use super::*;
    use crate::kernel::testing::given;

    fn command(role: Role, by: Role) -> ChangeRole {
        ChangeRole {
            role,
            client_id: None,
            by,
            at: at(4),
        }
    }

    fn past() -> [MemberEvent; 2] {
        [invited(), joined(Role::Member)]
    }

    #[test]
    fn changes_the_role() {
        let event = role_changed(Role::Member, Role::Manager);
        given(&past())
            .when(&command(Role::Manager, Role::Admin))
            .then(&[event]);
        let event = role_changed(Role::Member, Role::Owner);
        given(&past())
            .when(&command(Role::Owner, Role::Owner))
            .then(&[event]);
        let event = role_changed(Role::Owner, Role::Guest);
        given(&[founder()])
            .when(&command(Role::Guest, Role::Owner))
            .then(&[event]);
    }

    #[test]
    fn makes_a_member_a_client_of_its_own_record() {
        let command = ChangeRole {
            client_id: Some(client()),
            ..command(Role::Client, Role::Admin)
        };
        let event = role_changed(Role::Member, Role::Client);
        given(&past()).when(&command).then(&[event]);
    }

    #[test]
    fn changes_nothing_when_it_is_the_role() {
        given(&past())
            .when(&command(Role::Member, Role::Admin))
            .then(&[]);
    }

    #[test]
    fn refuses_to_lift_anybody_above_oneself() {
        let refusal = Refusal::RoleAboveYours;
        given(&past())
            .when(&command(Role::Owner, Role::Admin))
            .refuses(&refusal);
        given(&past())
            .when(&command(Role::Guest, Role::Manager))
            .refuses(&refusal);
    }

    #[test]
    fn refuses_to_demote_somebody_above_oneself() {
        let command = command(Role::Guest, Role::Admin);
        given(&[founder()])
            .when(&command)
            .refuses(&Refusal::RoleAboveYours);
    }

    #[test]
    fn refuses_a_client_without_a_record_and_a_record_without_a_client() {
        let without = command(Role::Client, Role::Admin);
        given(&past())
            .when(&without)
            .refuses(&Refusal::ClientRequired);
        let with = ChangeRole {
            client_id: Some(client()),
            ..command(Role::Guest, Role::Admin)
        };
        given(&past())
            .when(&with)
            .refuses(&Refusal::ClientNotAllowed);
    }

    #[test]
    fn refuses_who_is_no_member() {
        let command = command(Role::Guest, Role::Admin);
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[invited()])
            .when(&command)
            .refuses(&Refusal::NotJoined);
        let gone = [invited(), joined(Role::Member), left(Role::Member)];
        given(&gone).when(&command).refuses(&Refusal::Ended);
    }
}

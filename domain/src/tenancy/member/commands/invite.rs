//! Asks somebody to join.

use chrono::{DateTime, Utc};

use super::super::events::{Invited, MemberEvent};
use super::super::state::check_client;
use super::super::{Member, Refusal};
use crate::kernel::{ClientId, Command, Decision, Digest, Email, MemberId};
use crate::tenancy::access::Role;

/// Invites an address to a role. Counts against the plan from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// The new member, also the stream.
    pub member_id: MemberId,
    /// Who may accept.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The client record they will belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// Of the token in the mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// What whoever invites is.
    pub by: Role,
    /// How many members the plan allows.
    pub member_limit: u32,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Invite {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        if *member != Member::Unknown {
            return Err(Refusal::Exists);
        }
        if !self.by.may_grant(self.role) {
            return Err(Refusal::RoleAboveYours);
        }
        check_client(self.role, self.client_id)?;
        Ok(vec![MemberEvent::Invited(Invited {
            member_id: self.member_id,
            email: Email::parse("email", &self.email)?,
            role: self.role,
            client_id: self.client_id,
            token: self.token,
            expires_at: self.expires_at,
            member_limit: self.member_limit,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, client, digest, invited, invited_as, member, revoked, week_after,
    };
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command(role: Role, by: Role) -> Invite {
        Invite {
            member_id: member(),
            email: "Bob@Example.com".to_owned(),
            role,
            client_id: None,
            token: digest(1),
            expires_at: week_after(0),
            by,
            member_limit: 25,
            at: at(0),
        }
    }

    #[test]
    fn invites() {
        given(&[])
            .when(&command(Role::Member, Role::Admin))
            .then(&[invited()]);
        let owner = command(Role::Owner, Role::Owner);
        given(&[]).when(&owner).then(&[invited_as(Role::Owner)]);
    }

    #[test]
    fn invites_a_client_to_its_own_record() {
        let command = Invite {
            client_id: Some(client()),
            ..command(Role::Client, Role::Admin)
        };
        given(&[]).when(&command).then(&[invited_as(Role::Client)]);
    }

    #[test]
    fn refuses_a_client_without_a_record_and_a_record_without_a_client() {
        let without = command(Role::Client, Role::Admin);
        given(&[]).when(&without).refuses(&Refusal::ClientRequired);
        let with = Invite {
            client_id: Some(client()),
            ..command(Role::Guest, Role::Admin)
        };
        given(&[]).when(&with).refuses(&Refusal::ClientNotAllowed);
    }

    #[test]
    fn refuses_a_role_above_ones_own() {
        let command_of = |by| command(Role::Owner, by);
        given(&[])
            .when(&command_of(Role::Admin))
            .refuses(&Refusal::RoleAboveYours);
        for by in [Role::Manager, Role::Member, Role::Guest, Role::Client] {
            given(&[])
                .when(&command(Role::Guest, by))
                .refuses(&Refusal::RoleAboveYours);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let command = Invite {
            email: "bob".to_owned(),
            ..command(Role::Member, Role::Admin)
        };
        assert_eq!(
            command.decide(&Member::Unknown).unwrap_err().field(),
            "email"
        );
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        let command = command(Role::Member, Role::Admin);
        given(&[invited()]).when(&command).refuses(&Refusal::Exists);
        given(&[invited(), revoked()])
            .when(&command)
            .refuses(&Refusal::Exists);
    }
}

//! Sends an invitation again.

use chrono::{DateTime, Utc};

use super::super::events::{InvitationRenewed, MemberEvent};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision, Digest};
use crate::tenancy::access::Role;

/// Makes a new token good and the one before it void, expired or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reinvite {
    /// Of the token in the new mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// What whoever invites is.
    pub by: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Reinvite {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let invitation = match member {
            Member::Unknown => return Err(Refusal::Unknown),
            Member::Active(_) => return Err(Refusal::Joined),
            Member::Gone(_) => return Err(Refusal::Ended),
            Member::Invited(invitation) => invitation,
        };
        if !self.by.may_grant(invitation.role) {
            return Err(Refusal::RoleAboveYours);
        }
        if invitation.token == self.token {
            return Ok(Vec::new());
        }
        Ok(vec![MemberEvent::InvitationRenewed(InvitationRenewed {
            token: self.token,
            replaced_token: invitation.token,
            expires_at: self.expires_at,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, digest, invited, invited_as, joined, renewed, revoked, week_after,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(by: Role) -> Reinvite {
        Reinvite {
            token: digest(2),
            expires_at: week_after(1),
            by,
            at: at(1),
        }
    }

    #[test]
    fn replaces_the_token() {
        given(&[invited()])
            .when(&command(Role::Admin))
            .then(&[renewed()]);
    }

    #[test]
    fn changes_nothing_when_it_is_the_token() {
        given(&[invited(), renewed()])
            .when(&command(Role::Admin))
            .then(&[]);
    }

    #[test]
    fn refuses_a_role_above_ones_own() {
        let past = [invited_as(Role::Owner)];
        given(&past)
            .when(&command(Role::Admin))
            .refuses(&Refusal::RoleAboveYours);
    }

    #[test]
    fn refuses_without_an_open_invitation() {
        let command = command(Role::Admin);
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[invited(), revoked()])
            .when(&command)
            .refuses(&Refusal::Ended);
        given(&[invited(), joined(Role::Member)])
            .when(&command)
            .refuses(&Refusal::Joined);
    }
}

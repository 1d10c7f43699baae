//! Takes an invitation back.

use chrono::{DateTime, Utc};

use super::super::events::{InvitationRevoked, MemberEvent};
use super::super::{Invitation, Member, Refusal};
use crate::kernel::{Command, Decision};
use crate::tenancy::access::Role;

/// Makes an invitation void and its place in the plan free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeInvitation {
    /// What whoever revokes is.
    pub by: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for RevokeInvitation {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let invitation = match member {
            Member::Unknown => return Err(Refusal::Unknown),
            Member::Active(_) => return Err(Refusal::Joined),
            Member::Gone(_) => return Ok(Vec::new()),
            Member::Invited(invitation) => invitation,
        };
        if !self.by.may_grant(invitation.role) {
            return Err(Refusal::RoleAboveYours);
        }
        Ok(vec![ending(invitation, self.at)])
    }
}

/// The end of an invitation, whoever ends it.
pub(super) fn ending(invitation: &Invitation, at: DateTime<Utc>) -> MemberEvent {
    MemberEvent::InvitationRevoked(InvitationRevoked {
        email: invitation.email.clone(),
        token: invitation.token,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, digest, email, invited, invited_as, joined, renewed, revoked,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(by: Role) -> RevokeInvitation {
        RevokeInvitation { by, at: at(2) }
    }

    #[test]
    fn revokes() {
        given(&[invited()])
            .when(&command(Role::Admin))
            .then(&[revoked()]);
    }

    #[test]
    fn makes_the_newest_token_void() {
        let event = MemberEvent::InvitationRevoked(InvitationRevoked {
            email: email(),
            token: digest(2),
            at: at(2),
        });
        given(&[invited(), renewed()])
            .when(&command(Role::Admin))
            .then(&[event]);
    }

    #[test]
    fn changes_nothing_when_revoked() {
        given(&[invited(), revoked()])
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
    fn refuses_an_accepted_or_unknown_invitation() {
        let past = [invited(), joined(Role::Member)];
        given(&past)
            .when(&command(Role::Admin))
            .refuses(&Refusal::Joined);
        given(&[])
            .when(&command(Role::Admin))
            .refuses(&Refusal::Unknown);
    }
}

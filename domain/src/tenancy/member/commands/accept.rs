//! Joins by invitation.

use chrono::{DateTime, Utc};

use super::super::events::{Joined, MemberEvent};
use super::super::{Member, Refusal};
use crate::kernel::{Command, Decision, Digest, Email, UserId};

/// Redeems an invitation. Address, role and client are those it is bound to: nothing the user
/// sends can change them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// Who accepts.
    pub user_id: UserId,
    /// The address the user was verified to read mail at; none when it was not.
    pub verified_email: Option<Email>,
    /// Of the token that was presented.
    pub token: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Accept {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let invitation = match member {
            Member::Active(now) if now.user_id == self.user_id => return Ok(Vec::new()),
            Member::Unknown => return Err(Refusal::Unknown),
            Member::Active(_) | Member::Gone(_) => return Err(Refusal::InvitationInvalid),
            Member::Invited(invitation) => invitation,
        };
        if !invitation.token.matches(&self.token) {
            return Err(Refusal::InvitationInvalid);
        }
        if invitation.expires_at <= self.at {
            return Err(Refusal::InvitationExpired);
        }
        let address = self.verified_email.as_ref().map(Email::compared);
        if address != Some(invitation.email.compared()) {
            return Err(Refusal::AnotherAddress);
        }
        Ok(vec![MemberEvent::Joined(Joined {
            member_id: invitation.member_id,
            user_id: self.user_id,
            email: invitation.email.clone(),
            role: invitation.role,
            client_id: invitation.client_id,
            invitation: Some(invitation.token),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::super::fixtures::{
        at, digest, invited, invited_as, joined, removed, renewed, revoked, user, week_after,
    };
    use super::*;
    use crate::kernel::testing::given;
    use crate::tenancy::access::Role;

    fn command(token: u8) -> Accept {
        Accept {
            user_id: user(),
            verified_email: Some(Email::parse("email", "bob@example.COM").unwrap()),
            token: digest(token),
            at: at(3),
        }
    }

    #[test]
    fn joins_in_the_role_of_the_invitation() {
        for role in Role::ALL {
            given(&[invited_as(role)])
                .when(&command(1))
                .then(&[joined(role)]);
        }
    }

    #[test]
    fn changes_nothing_when_the_user_has_joined() {
        given(&[invited(), joined(Role::Member)])
            .when(&command(1))
            .then(&[]);
    }

    #[test]
    fn refuses_an_invitation_that_somebody_else_used() {
        let other = Accept {
            user_id: UserId(Uuid::from_u128(99)),
            ..command(1)
        };
        let past = [invited(), joined(Role::Member)];
        given(&past)
            .when(&other)
            .refuses(&Refusal::InvitationInvalid);
    }

    #[test]
    fn refuses_an_invitation_that_was_replaced_revoked_or_used_by_a_removed_member() {
        let invalid = Refusal::InvitationInvalid;
        given(&[invited(), renewed()])
            .when(&command(1))
            .refuses(&invalid);
        given(&[invited(), revoked()])
            .when(&command(1))
            .refuses(&invalid);
        let past = [invited(), joined(Role::Member), removed(Role::Member)];
        given(&past).when(&command(1)).refuses(&invalid);
        given(&[]).when(&command(1)).refuses(&Refusal::Unknown);
    }

    #[test]
    fn refuses_an_invitation_from_the_moment_it_expires() {
        let late = Accept {
            at: week_after(0),
            ..command(1)
        };
        given(&[invited()])
            .when(&late)
            .refuses(&Refusal::InvitationExpired);
    }

    #[test]
    fn refuses_another_or_an_unverified_address() {
        let mallory = Email::parse("email", "mallory@example.com").unwrap();
        let other = Accept {
            verified_email: Some(mallory),
            ..command(1)
        };
        given(&[invited()])
            .when(&other)
            .refuses(&Refusal::AnotherAddress);
        let unverified = Accept {
            verified_email: None,
            ..command(1)
        };
        given(&[invited()])
            .when(&unverified)
            .refuses(&Refusal::AnotherAddress);
    }
}

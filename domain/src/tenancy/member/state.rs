//! What a member's rules, and whoever lets the member in, need to know of the past.

use std::mem;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::events::{Invited, Joined, MemberEvent};
use super::refusal::Refusal;
use crate::kernel::{Aggregate, ClientId, Digest, Email, MemberId, UserId};
use crate::tenancy::access::Role;

/// A user's place in a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Member {
    /// Nobody was invited.
    #[default]
    Unknown,
    /// Was asked to join.
    Invited(Invitation),
    /// May act in the tenant.
    Active(Membership),
    /// May do so no longer, or never did.
    Gone(Gone),
}

/// What an invitation is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The member to be.
    pub member_id: MemberId,
    /// Who may accept.
    pub email: Email,
    /// What they will be.
    pub role: Role,
    /// The client record they will belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
    /// The token of the last mail.
    pub token: Digest,
    /// From when on it is good no longer.
    pub expires_at: DateTime<Utc>,
}

/// What is known of a joined member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The member.
    pub member_id: MemberId,
    /// Who it is.
    pub user_id: UserId,
    /// Their address when they joined.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// The client record they belong to; none but for the role Client.
    pub client_id: Option<ClientId>,
}

/// What is left of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Whether nobody knows who it was.
    #[serde(default)]
    pub is_erased: bool,
}

impl Member {
    /// The membership of somebody who may act.
    ///
    /// # Errors
    /// When nobody was invited, the invitation is not accepted yet or the membership has ended.
    pub fn active(&self) -> Result<&Membership, Refusal> {
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Invited(_) => Err(Refusal::NotJoined),
            Self::Active(membership) => Ok(membership),
            Self::Gone(_) => Err(Refusal::Ended),
        }
    }

    fn take_over(&mut self, role: Role, client_id: Option<ClientId>) {
        if let Self::Active(membership) = self {
            membership.role = role;
            membership.client_id = client_id;
        }
    }

    fn end(&mut self, at: DateTime<Utc>) {
        *self = match mem::take(self) {
            Self::Unknown => Self::Unknown,
            Self::Invited(_) | Self::Active(_) => Self::Gone(Gone {
                at,
                is_erased: false,
            }),
            Self::Gone(gone) => Self::Gone(gone),
        };
    }
}

/// A client record belongs to the role Client, and to no other.
pub(super) fn check_client(role: Role, client_id: Option<ClientId>) -> Result<(), Refusal> {
    match (role == Role::Client, client_id) {
        (true, None) => Err(Refusal::ClientRequired),
        (false, Some(_)) => Err(Refusal::ClientNotAllowed),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

impl Invitation {
    fn new(event: Invited) -> Self {
        Self {
            member_id: event.member_id,
            email: event.email,
            role: event.role,
            client_id: event.client_id,
            token: event.token,
            expires_at: event.expires_at,
        }
    }
}

impl Membership {
    fn new(event: Joined) -> Self {
        Self {
            member_id: event.member_id,
            user_id: event.user_id,
            email: event.email,
            role: event.role,
            client_id: event.client_id,
        }
    }
}

impl Aggregate for Member {
    const NAME: &'static str = "tenancy.member";
    type Event = MemberEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: MemberEvent) {
        match event {
            MemberEvent::Invited(e) => *self = Self::Invited(Invitation::new(e)),
            MemberEvent::InvitationRenewed(e) => {
                if let Self::Invited(invitation) = self {
                    invitation.token = e.token;
                    invitation.expires_at = e.expires_at;
                }
            }
            MemberEvent::InvitationRevoked(e) => self.end(e.at),
            MemberEvent::Joined(e) => *self = Self::Active(Membership::new(e)),
            MemberEvent::RoleChanged(e) => self.take_over(e.role, e.client_id),
            MemberEvent::OwnershipReceived(_) => self.take_over(Role::Owner, None),
            MemberEvent::OwnershipHandedOver(_) => self.take_over(Role::Admin, None),
            MemberEvent::Removed(e) => self.end(e.at),
            MemberEvent::Left(e) => self.end(e.at),
            MemberEvent::Erased(e) => {
                self.end(e.at);
                if let Self::Gone(gone) = self {
                    gone.is_erased = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        at, client, handed_over, invited, joined, left, received, removed, revoked, role_changed,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn role(events: &[MemberEvent]) -> (Role, Option<ClientId>) {
        let member = given::<Member>(events).state();
        let membership = member.active().unwrap();
        (membership.role, membership.client_id)
    }

    #[test]
    fn follows_the_role() {
        let mut events = vec![invited(), joined(Role::Member)];
        assert_eq!(role(&events), (Role::Member, None));
        events.push(role_changed(Role::Member, Role::Client));
        assert_eq!(role(&events), (Role::Client, Some(client())));
        events.push(received(Role::Client));
        assert_eq!(role(&events), (Role::Owner, None));
        events.push(handed_over());
        assert_eq!(role(&events), (Role::Admin, None));
    }

    #[test]
    fn is_gone_whichever_way_it_ended() {
        let ends = [
            (vec![invited(), revoked()], at(2)),
            (
                vec![invited(), joined(Role::Member), removed(Role::Member)],
                at(7),
            ),
            (
                vec![invited(), joined(Role::Member), left(Role::Member)],
                at(8),
            ),
        ];
        for (events, at) in ends {
            let member = given::<Member>(&events).state();
            let gone = Gone {
                at,
                is_erased: false,
            };
            assert_eq!(member, Member::Gone(gone));
            assert_eq!(member.active(), Err(Refusal::Ended));
            let snapshot = serde_json::to_string(&member).unwrap();
            assert_eq!(serde_json::from_str::<Member>(&snapshot).unwrap(), member);
        }
    }
}

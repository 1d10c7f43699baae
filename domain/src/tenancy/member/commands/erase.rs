//! Erases a member.

use chrono::{DateTime, Utc};

use super::super::events::{Erased, MemberEvent};
use super::super::{Member, Refusal};
use super::revoke_invitation::ending;
use super::{Leave, Remove, RevokeInvitation};
use crate::kernel::{Command, Decision};
use crate::tenancy::access::Role;

/// On whose decision a member is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasedBy {
    /// A member with this role.
    Member(Role),
    /// The person: the member itself, or who is invited under an address that is proven to be theirs.
    Person,
    /// The end of a term. It erases nobody who is a member, or can still become one.
    Term,
}

/// Ends the membership or the invitation, and what is known of the person. The last owner stays,
/// which the append settles. Goes through together with the erasure of the data subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// On whose decision.
    pub by: ErasedBy,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Erase {
    type Aggregate = Member;

    fn decide(&self, member: &Member) -> Decision<Member> {
        let at = self.at;
        let mut events = match (member, self.by) {
            (Member::Unknown, _) => return Err(Refusal::Unknown),
            (Member::Gone(gone), _) if gone.is_erased => return Ok(Vec::new()),
            (Member::Gone(_), _) => Vec::new(),
            (Member::Active(_), ErasedBy::Member(by)) => Remove { by, at }.decide(member)?,
            (Member::Active(_), ErasedBy::Person) => Leave { at }.decide(member)?,
            (Member::Active(_), ErasedBy::Term) => return Err(Refusal::Joined),
            (Member::Invited(_), ErasedBy::Member(by)) => {
                RevokeInvitation { by, at }.decide(member)?
            }
            (Member::Invited(invitation), ErasedBy::Term) if invitation.expires_at > at => {
                return Err(Refusal::NotJoined);
            }
            (Member::Invited(invitation), ErasedBy::Person | ErasedBy::Term) => {
                vec![ending(invitation, at)]
            }
        };
        events.push(MemberEvent::Erased(Erased { at }));
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::super::fixtures::{
        at, digest, email, erased, founder, invited, joined, left, removed, renewed, revoked,
        week_after,
    };
    use super::super::super::{InvitationRevoked, Left, Removed};
    use super::*;
    use crate::kernel::testing::given;

    fn command(by: ErasedBy) -> Erase {
        Erase { by, at: at(9) }
    }

    /// The event, happening with the erasure.
    fn now(event: MemberEvent) -> MemberEvent {
        match event {
            MemberEvent::InvitationRevoked(e) => {
                MemberEvent::InvitationRevoked(InvitationRevoked { at: at(9), ..e })
            }
            MemberEvent::Removed(e) => MemberEvent::Removed(Removed { at: at(9), ..e }),
            MemberEvent::Left(e) => MemberEvent::Left(Left { at: at(9), ..e }),
            other @ (MemberEvent::Invited(_)
            | MemberEvent::InvitationRenewed(_)
            | MemberEvent::Joined(_)
            | MemberEvent::RoleChanged(_)
            | MemberEvent::OwnershipReceived(_)
            | MemberEvent::OwnershipHandedOver(_)
            | MemberEvent::Erased(_)) => other,
        }
    }

    #[test]
    fn ends_and_erases_whatever_there_is() {
        let member = [invited(), joined(Role::Member)];
        given(&member)
            .when(&command(ErasedBy::Member(Role::Admin)))
            .then(&[now(removed(Role::Member)), erased()]);
        given(&member)
            .when(&command(ErasedBy::Person))
            .then(&[now(left(Role::Member)), erased()]);
        for by in [ErasedBy::Member(Role::Admin), ErasedBy::Person] {
            given(&[invited()])
                .when(&command(by))
                .then(&[now(revoked()), erased()]);
        }
    }

    #[test]
    fn erases_who_is_gone_once() {
        let mut past = vec![invited(), joined(Role::Member), removed(Role::Member)];
        for by in [ErasedBy::Person, ErasedBy::Term] {
            given(&past).when(&command(by)).then(&[erased()]);
        }
        past.push(erased());
        let owner = ErasedBy::Member(Role::Owner);
        given(&past).when(&command(owner)).then(&[]);
    }

    #[test]
    fn a_term_erases_who_was_invited_until_then() {
        let late = |at| Erase {
            by: ErasedBy::Term,
            at,
        };
        let past = [invited(), renewed()];
        let (before, then) = (week_after(1) - TimeDelta::microseconds(1), week_after(1));
        given(&past)
            .when(&late(before))
            .refuses(&Refusal::NotJoined);
        let ended = MemberEvent::InvitationRevoked(InvitationRevoked {
            email: email(),
            token: digest(2),
            at: then,
        });
        let erased = MemberEvent::Erased(Erased { at: then });
        given(&past).when(&late(then)).then(&[ended, erased]);
    }

    #[test]
    fn refuses_strangers_and_who_is_above_oneself() {
        given(&[])
            .when(&command(ErasedBy::Member(Role::Owner)))
            .refuses(&Refusal::Unknown);
        given(&[founder()])
            .when(&command(ErasedBy::Member(Role::Admin)))
            .refuses(&Refusal::RoleAboveYours);
        given(&[founder()])
            .when(&command(ErasedBy::Term))
            .refuses(&Refusal::Joined);
    }
}

//! Erases a member.

use chrono::{DateTime, Utc};

use super::super::events::{Erased, MemberEvent};
use super::super::{Member, Refusal};
use super::revoke_invitation::ending;
use super::{Leave, Remove, RevokeInvitation};
use crate::kernel::{Command, Decision};
use crate::tenancy::access::Role;

/// Ends the membership or the invitation, and what is known of the person. The last owner stays,
/// which the append settles. Goes through together with the erasure of the data subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// What whoever erases is; none for the members themselves, and where nobody is one any more or
    /// can become one by an invitation that has expired.
    pub by: Option<Role>,
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
            (Member::Active(_), Some(by)) => Remove { by, at }.decide(member)?,
            (Member::Active(_), None) => Leave { at }.decide(member)?,
            (Member::Invited(_), Some(by)) => RevokeInvitation { by, at }.decide(member)?,
            (Member::Invited(invitation), None) if invitation.expires_at <= at => {
                vec![ending(invitation, at)]
            }
            (Member::Invited(_), None) => return Err(Refusal::NotJoined),
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

    fn command(by: Option<Role>) -> Erase {
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
            .when(&command(Some(Role::Admin)))
            .then(&[now(removed(Role::Member)), erased()]);
        given(&member)
            .when(&command(None))
            .then(&[now(left(Role::Member)), erased()]);
        given(&[invited()])
            .when(&command(Some(Role::Admin)))
            .then(&[now(revoked()), erased()]);
    }

    #[test]
    fn erases_who_is_gone_once() {
        let mut past = vec![invited(), joined(Role::Member), removed(Role::Member)];
        given(&past).when(&command(None)).then(&[erased()]);
        past.push(erased());
        given(&past).when(&command(Some(Role::Owner))).then(&[]);
    }

    #[test]
    fn erases_by_itself_who_was_invited_until_then() {
        let late = |at| Erase { by: None, at };
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
            .when(&command(Some(Role::Owner)))
            .refuses(&Refusal::Unknown);
        given(&[founder()])
            .when(&command(Some(Role::Admin)))
            .refuses(&Refusal::RoleAboveYours);
        given(&[invited()])
            .when(&command(None))
            .refuses(&Refusal::NotJoined);
    }
}

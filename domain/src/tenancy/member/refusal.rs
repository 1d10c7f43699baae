//! Why a command on a member is turned down.

use thiserror::Error;

use super::events::{EMAIL_SCOPE, INVITATION_SCOPE, MEMBERS_COUNT, OWNERS_COUNT, USER_SCOPE};
use crate::kernel::{self, FieldError, Settlement};

/// A rule of members said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody was invited under this id.
    #[error("there is no such member")]
    Unknown,
    /// Somebody was invited under this id before.
    #[error("the member exists already: choose another id")]
    Exists,
    /// Another member of the tenant has the address, invited or joined.
    #[error("somebody with this e-mail address is a member or invited already")]
    EmailTaken,
    /// The user is a member of the tenant already.
    #[error("the user is a member already")]
    UserTaken,
    /// As many members as the plan allows, invited ones included.
    #[error("there are {members} members, which is all the plan allows: choose a larger plan")]
    MemberLimitReached {
        /// How many there are.
        members: i64,
    },
    /// The tenant would have no owner.
    #[error("the last owner must stay one: transfer the ownership first")]
    LastOwner,
    /// A role above one's own, or a member above oneself.
    #[error("the role is above your own: ask somebody of that role")]
    RoleAboveYours,
    /// Only an owner hands over ownership.
    #[error("only an owner can hand over the ownership")]
    NotAnOwner,
    /// Ownership goes to somebody else.
    #[error("the ownership must go to another member")]
    SameMember,
    /// A client's member without the client.
    #[error("the role client needs the client that it is for")]
    ClientRequired,
    /// The client of somebody who is none's.
    #[error("only the role client belongs to a client: leave the client out")]
    ClientNotAllowed,
    /// The invitation was not accepted yet.
    #[error("the invitation is not accepted yet: revoke it, or wait")]
    NotJoined,
    /// The invitation was accepted.
    #[error("the invitation is accepted already")]
    Joined,
    /// The member is one no longer, or the invitation was revoked.
    #[error("the membership has ended: invite again under another id")]
    Ended,
    /// Not the token of the last invitation.
    #[error("the invitation is not valid: ask for a new one")]
    InvitationInvalid,
    /// The token of the last invitation, too late.
    #[error("the invitation has expired: ask for a new one")]
    InvitationExpired,
    /// The invitation was for somebody else, as far as is known.
    #[error("the invitation is for another verified e-mail address: sign in with that one")]
    AnotherAddress,
    /// A field is not what it must be.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "MEMBER_NOT_FOUND",
            Self::Exists => "MEMBER_EXISTS",
            Self::EmailTaken => "MEMBER_EMAIL_TAKEN",
            Self::UserTaken => "ALREADY_A_MEMBER",
            Self::MemberLimitReached { .. } => "MEMBER_LIMIT_REACHED",
            Self::LastOwner => "LAST_OWNER",
            Self::RoleAboveYours => "ROLE_ABOVE_YOURS",
            Self::NotAnOwner => "NOT_AN_OWNER",
            Self::SameMember => "SAME_MEMBER",
            Self::ClientRequired => "CLIENT_REQUIRED",
            Self::ClientNotAllowed => "CLIENT_NOT_ALLOWED",
            Self::NotJoined => "INVITATION_PENDING",
            Self::Joined => "INVITATION_ACCEPTED",
            Self::Ended => "MEMBERSHIP_ENDED",
            Self::InvitationInvalid => "INVITATION_INVALID",
            Self::InvitationExpired => "INVITATION_EXPIRED",
            Self::AnotherAddress => "INVITATION_FOR_ANOTHER_ADDRESS",
            Self::Field(error) => error.code(),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email",
            Self::RoleAboveYours => "role",
            Self::ClientRequired | Self::ClientNotAllowed => "clientId",
            Self::InvitationInvalid | Self::InvitationExpired => "token",
            Self::SameMember => "to",
            Self::Field(error) => error.field(),
            Self::Unknown
            | Self::Exists
            | Self::UserTaken
            | Self::MemberLimitReached { .. }
            | Self::LastOwner
            | Self::NotAnOwner
            | Self::NotJoined
            | Self::Joined
            | Self::Ended
            | Self::AnotherAddress => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed {
                scope: EMAIL_SCOPE, ..
            } => Some(Self::EmailTaken),
            Settlement::Claimed {
                scope: USER_SCOPE, ..
            } => Some(Self::UserTaken),
            Settlement::Claimed {
                scope: INVITATION_SCOPE,
                ..
            } => Some(Self::InvitationInvalid),
            Settlement::Limited {
                name: OWNERS_COUNT, ..
            } => Some(Self::LastOwner),
            Settlement::Limited {
                name: MEMBERS_COUNT,
                value,
            } => Some(Self::MemberLimitReached { members: *value }),
            Settlement::Claimed { .. } | Settlement::Limited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn tells_what_could_not_be_settled() {
        let claimed = |scope| {
            Refusal::unsettled(&Settlement::Claimed {
                scope,
                value: String::new(),
            })
        };
        assert_eq!(claimed(EMAIL_SCOPE), Some(Refusal::EmailTaken));
        assert_eq!(claimed(USER_SCOPE), Some(Refusal::UserTaken));
        assert_eq!(claimed(INVITATION_SCOPE), Some(Refusal::InvitationInvalid));
        assert_eq!(claimed("identity.email"), None);
        let limited = |name, value| Refusal::unsettled(&Settlement::Limited { name, value });
        assert_eq!(limited(OWNERS_COUNT, 1), Some(Refusal::LastOwner));
        let full = Refusal::MemberLimitReached { members: 25 };
        assert_eq!(limited(MEMBERS_COUNT, 25), Some(full));
        assert_eq!(limited("invoicing.invoices", 1), None);
    }
}

//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on the tenant, its members or its API keys was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TenancyErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// A number is not within its bounds.
    FieldOutOfBounds,
    /// There is no such tenant.
    TenantNotFound,
    /// The id belongs to a tenant already.
    TenantExists,
    /// Another tenant has the subdomain.
    SubdomainTaken,
    /// The tenant is suspended.
    TenantSuspended,
    /// The tenant is closed.
    TenantClosed,
    /// The domain was not claimed.
    DomainNotFound,
    /// The DNS does not say what it has to.
    DomainNotProven,
    /// Another tenant has verified the domain.
    DomainTaken,
    /// The tenant has as many domains as it may have.
    DomainLimitReached,
    /// The list names more networks than it may.
    NetworkLimitReached,
    /// The list names more addresses than get checkpoints by mail.
    RecipientLimitReached,
    /// The caller's own address is not in the list.
    LocksYouOut,
    /// There is no such member.
    MemberNotFound,
    /// The id belongs to a member already.
    MemberExists,
    /// Somebody with the address is a member or invited already.
    MemberEmailTaken,
    /// The user is a member already.
    AlreadyAMember,
    /// The tenant has as many members as its plan allows, invited ones included.
    MemberLimitReached,
    /// The tenant would have no owner.
    LastOwner,
    /// The role is above the caller's own.
    RoleAboveYours,
    /// Only an owner hands over the ownership.
    NotAnOwner,
    /// The ownership must go to somebody else.
    SameMember,
    /// The role CLIENT needs a client.
    ClientRequired,
    /// Only the role CLIENT belongs to a client.
    ClientNotAllowed,
    /// There is no such client.
    ClientNotFound,
    /// The invitation is not accepted yet.
    InvitationPending,
    /// The invitation is accepted already.
    InvitationAccepted,
    /// The membership has ended, or the invitation was revoked.
    MembershipEnded,
    /// The invitation is not valid.
    InvitationInvalid,
    /// The invitation has expired.
    InvitationExpired,
    /// The invitation is for another verified address.
    InvitationForAnotherAddress,
    /// There is no such API key.
    ApiKeyNotFound,
    /// The id belongs to an API key already.
    ApiKeyExists,
    /// The API key is revoked.
    ApiKeyRevoked,
    /// The API key has expired.
    ApiKeyExpired,
    /// The tenant has as many API keys as it may have.
    ApiKeyLimitReached,
    /// The tenant's security policy does not allow API keys.
    ApiKeysNotAllowed,
    /// The caller's role may not have API keys.
    ApiKeyRoleTooLow,
    /// An API key needs a scope.
    ScopesMissing,
    /// The scope is more than the caller may do.
    ScopeAboveYours,
    /// The expiry is in the past.
    ApiKeyExpiresTooSoon,
    /// The old secret would stay valid for too long, or not at all.
    OverlapOutOfBounds,
}

/// A refusal in this context's words.
pub type TenancyUserError = UserError<TenancyErrorCode>;

#[cfg(test)]
mod tests {
    use daybook_domain::kernel::{FieldError, Refusal};
    use daybook_domain::tenancy::access::Permission;
    use daybook_domain::tenancy::settings::OutOfBounds;
    use daybook_domain::tenancy::{api_key, member, tenant};
    use daybook_store::Refused;

    use super::*;

    fn codes<R: Refusal>(refusals: &[R]) -> Vec<&'static str> {
        refusals.iter().map(Refusal::code).collect()
    }

    fn fields() -> [FieldError; 4] {
        let (field, expected) = ("name", "so");
        [
            FieldError::Empty { field },
            FieldError::TooLong { field, max: 1 },
            FieldError::Control { field },
            FieldError::Malformed { field, expected },
        ]
    }

    fn tenants() -> Vec<&'static str> {
        use tenant::Refusal as R;
        let bounds = OutOfBounds {
            field: "passwordMinLength",
            min: 8,
            max: 128,
        };
        let all = [
            R::Unknown,
            R::Exists,
            R::SubdomainTaken,
            R::Suspended,
            R::Closed,
            R::DomainUnknown,
            R::DomainNotProven,
            R::DomainTaken,
            R::TooManyDomains,
            R::TooManyNetworks,
            R::TooManyRecipients,
            R::LocksYouOut,
            R::OutOfBounds(bounds),
        ];
        codes(&[all.to_vec(), fields().map(R::Field).to_vec()].concat())
    }

    fn members() -> Vec<&'static str> {
        use member::Refusal as R;
        let all = [
            R::Unknown,
            R::Exists,
            R::EmailTaken,
            R::UserTaken,
            R::MemberLimitReached { members: 1 },
            R::LastOwner,
            R::RoleAboveYours,
            R::NotAnOwner,
            R::SameMember,
            R::ClientRequired,
            R::ClientNotAllowed,
            R::NotJoined,
            R::Joined,
            R::Ended,
            R::InvitationInvalid,
            R::InvitationExpired,
            R::AnotherAddress,
        ];
        codes(&[all.to_vec(), fields().map(R::Field).to_vec()].concat())
    }

    fn keys() -> Vec<&'static str> {
        use api_key::Refusal as R;
        codes(&[
            R::Unknown,
            R::Exists,
            R::Revoked,
            R::Expired,
            R::LimitReached,
            R::NotAllowed,
            R::RoleTooLow,
            R::ScopesMissing,
            R::ScopeAboveYours(Permission::AuditRead),
            R::ExpiresTooSoon,
            R::OverlapOutOfBounds,
            R::TooManyNetworks,
        ])
    }

    #[test]
    fn every_refusal_has_a_code_in_the_enum() {
        for code in [tenants(), members(), keys()].concat() {
            let refused = Refused {
                code,
                message: String::new(),
                field: "",
            };
            assert!(TenancyUserError::of(refused).is_ok(), "{code}");
        }
    }
}

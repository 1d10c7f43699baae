//! Why a command on a key is turned down.

use thiserror::Error;

use super::events::{API_KEYS_COUNT, KID_SCOPE};
use super::limits::{MAX_API_KEYS, MAX_OVERLAP_DAYS};
use crate::kernel::{self, FieldError, Settlement};
use crate::tenancy::access::Permission;
use crate::tenancy::network::{MAX_NETWORKS, NetworksError};

/// A rule of keys said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody created a key under this id.
    #[error("there is no such API key")]
    Unknown,
    /// A key was created under this id, or with this kid, before.
    #[error("the API key exists already: choose another id")]
    Exists,
    /// The key was revoked.
    #[error("the API key is revoked: create another one")]
    Revoked,
    /// The key has expired.
    #[error("the API key has expired: create another one")]
    Expired,
    /// As many keys as a tenant may have.
    #[error("there are {MAX_API_KEYS} API keys already: revoke one first")]
    LimitReached,
    /// The tenant's policy does not allow keys.
    #[error("the tenant's security policy does not allow API keys")]
    NotAllowed,
    /// The role may not have keys.
    #[error("your role may not create or rotate API keys")]
    RoleTooLow,
    /// A key that may do nothing.
    #[error("an API key needs at least one scope")]
    ScopesMissing,
    /// A key that may do more than the person.
    #[error("your own role does not allow the scope {0}: leave it out")]
    ScopeAboveYours(Permission),
    /// It would have expired before it is used.
    #[error("the expiry is in the past")]
    ExpiresTooSoon,
    /// The old secret would be good for too long, or no longer already.
    #[error("the old secret can stay valid for 0 to {MAX_OVERLAP_DAYS} days from now")]
    OverlapOutOfBounds,
    /// More networks than are looked through at every request.
    #[error("there are more than {MAX_NETWORKS} networks: join some of them")]
    TooManyNetworks,
    /// A field is not what it must be.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "API_KEY_NOT_FOUND",
            Self::Exists => "API_KEY_EXISTS",
            Self::Revoked => "API_KEY_REVOKED",
            Self::Expired => "API_KEY_EXPIRED",
            Self::LimitReached => "API_KEY_LIMIT_REACHED",
            Self::NotAllowed => "API_KEYS_NOT_ALLOWED",
            Self::RoleTooLow => "API_KEY_ROLE_TOO_LOW",
            Self::ScopesMissing => "SCOPES_MISSING",
            Self::ScopeAboveYours(_) => "SCOPE_ABOVE_YOURS",
            Self::ExpiresTooSoon => "API_KEY_EXPIRES_TOO_SOON",
            Self::OverlapOutOfBounds => "OVERLAP_OUT_OF_BOUNDS",
            Self::TooManyNetworks => "NETWORK_LIMIT_REACHED",
            Self::Field(error) => error.code(),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::ScopesMissing | Self::ScopeAboveYours(_) => "scopes",
            Self::ExpiresTooSoon => "expiresAt",
            Self::OverlapOutOfBounds => "previousExpiresAt",
            Self::TooManyNetworks => "networks",
            Self::Field(error) => error.field(),
            Self::Unknown
            | Self::Exists
            | Self::Revoked
            | Self::Expired
            | Self::LimitReached
            | Self::NotAllowed
            | Self::RoleTooLow => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed {
                scope: KID_SCOPE, ..
            } => Some(Self::Exists),
            Settlement::Limited {
                name: API_KEYS_COUNT,
                ..
            } => Some(Self::LimitReached),
            Settlement::Claimed { .. } | Settlement::Limited { .. } => None,
        }
    }
}

impl From<NetworksError> for Refusal {
    fn from(error: NetworksError) -> Self {
        match error {
            NetworksError::Field(error) => Self::Field(error),
            NetworksError::TooMany => Self::TooManyNetworks,
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
        assert_eq!(claimed(KID_SCOPE), Some(Refusal::Exists));
        assert_eq!(claimed("identity.email"), None);
        let limited = |name| Refusal::unsettled(&Settlement::Limited { name, value: 100 });
        assert_eq!(limited(API_KEYS_COUNT), Some(Refusal::LimitReached));
        assert_eq!(limited("tenancy.members"), None);
    }

    #[test]
    fn names_the_scope() {
        let refusal = Refusal::ScopeAboveYours(Permission::TenantClose);
        assert!(refusal.to_string().contains("the scope tenant.close"));
        assert_eq!(refusal.field(), "scopes");
    }
}

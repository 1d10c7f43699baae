//! Why a command on a tenant is turned down.

use thiserror::Error;

use super::events::{DOMAIN_SCOPE, SUBDOMAIN_SCOPE};
use super::{MAX_DOMAINS, MAX_RECIPIENTS};
use crate::kernel::{self, FieldError, Settlement};
use crate::tenancy::network::{MAX_NETWORKS, NetworksError};
use crate::tenancy::settings::OutOfBounds;

/// A rule of tenants said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody founded a tenant under this id.
    #[error("there is no such tenant")]
    Unknown,
    /// A tenant was founded under this id before.
    #[error("the tenant exists already: choose another id")]
    Exists,
    /// Another tenant has the subdomain.
    #[error("the subdomain is taken: choose another one")]
    SubdomainTaken,
    /// The tenant is suspended.
    #[error("the tenant is suspended: only reactivation is possible")]
    Suspended,
    /// The tenant stopped using Daybook.
    #[error("the tenant is closed: only reactivation is possible")]
    Closed,
    /// The domain was not claimed.
    #[error("the domain was not claimed: claim it first")]
    DomainUnknown,
    /// The DNS does not say what it has to.
    #[error("no TXT record with the verification token was found: set it, then try again")]
    DomainNotProven,
    /// Another tenant proved that the domain is its own.
    #[error("another tenant has verified the domain: release it there first")]
    DomainTaken,
    /// As many domains as a tenant may have.
    #[error("there are {MAX_DOMAINS} domains already: release one first")]
    TooManyDomains,
    /// More networks than are looked through at every request.
    #[error("there are more than {MAX_NETWORKS} networks: join some of them")]
    TooManyNetworks,
    /// More addresses than get checkpoints by mail.
    #[error("there are more than {MAX_RECIPIENTS} addresses: name one that passes them on")]
    TooManyRecipients,
    /// Whoever sets the list would be refused from now on.
    #[error("your own address is not in the list: add it, or you lock yourself out")]
    LocksYouOut,
    /// A number is not within its bounds.
    #[error("{} is not between {} and {}", .0.field, .0.min, .0.max)]
    OutOfBounds(OutOfBounds),
    /// A field is not what it must be.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "TENANT_NOT_FOUND",
            Self::Exists => "TENANT_EXISTS",
            Self::SubdomainTaken => "SUBDOMAIN_TAKEN",
            Self::Suspended => "TENANT_SUSPENDED",
            Self::Closed => "TENANT_CLOSED",
            Self::DomainUnknown => "DOMAIN_NOT_FOUND",
            Self::DomainNotProven => "DOMAIN_NOT_PROVEN",
            Self::DomainTaken => "DOMAIN_TAKEN",
            Self::TooManyDomains => "DOMAIN_LIMIT_REACHED",
            Self::TooManyNetworks => "NETWORK_LIMIT_REACHED",
            Self::TooManyRecipients => "RECIPIENT_LIMIT_REACHED",
            Self::LocksYouOut => "LOCKS_YOU_OUT",
            Self::OutOfBounds(_) => "FIELD_OUT_OF_BOUNDS",
            Self::Field(error) => error.code(),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::SubdomainTaken => "subdomain",
            Self::DomainUnknown
            | Self::DomainNotProven
            | Self::DomainTaken
            | Self::TooManyDomains => "domain",
            Self::TooManyNetworks | Self::LocksYouOut => "networks",
            Self::TooManyRecipients => "recipients",
            Self::OutOfBounds(fault) => fault.field,
            Self::Field(error) => error.field(),
            Self::Unknown | Self::Exists | Self::Suspended | Self::Closed => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed {
                scope: SUBDOMAIN_SCOPE,
                ..
            } => Some(Self::SubdomainTaken),
            Settlement::Claimed {
                scope: DOMAIN_SCOPE,
                ..
            } => Some(Self::DomainTaken),
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

impl From<OutOfBounds> for Refusal {
    fn from(fault: OutOfBounds) -> Self {
        Self::OutOfBounds(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn tells_what_is_taken() {
        let taken = |scope| {
            Refusal::unsettled(&Settlement::Claimed {
                scope,
                value: "acme".to_owned(),
            })
        };
        assert_eq!(taken(SUBDOMAIN_SCOPE), Some(Refusal::SubdomainTaken));
        assert_eq!(taken(DOMAIN_SCOPE), Some(Refusal::DomainTaken));
        assert_eq!(taken("identity.email"), None);
    }

    #[test]
    fn names_the_bounds() {
        let fault = OutOfBounds {
            field: "passwordMinLength",
            min: 8,
            max: 128,
        };
        let refusal = Refusal::from(fault);
        assert_eq!(
            refusal.to_string(),
            "passwordMinLength is not between 8 and 128"
        );
        assert_eq!(refusal.field(), "passwordMinLength");
    }
}

//! Brings a business onto the platform.

use chrono::{DateTime, Utc};

use super::super::events::{Founded, TenantEvent};
use super::super::limits::NAME;
use super::super::subdomain::Subdomain;
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision, TenantId, UserId};
use crate::tenancy::plan::Plan;

/// Founds a tenant with default settings. Its first owner joins by a command of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The new tenant, also the stream.
    pub tenant_id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses, for good.
    pub subdomain: String,
    /// Its first plan.
    pub plan: Plan,
    /// Who founds it.
    pub owner: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Found {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        if tenant.profile().is_some() {
            return Err(Refusal::Exists);
        }
        Ok(vec![TenantEvent::Founded(Founded {
            tenant_id: self.tenant_id,
            name: NAME.line(&self.name)?,
            subdomain: Subdomain::parse("subdomain", &self.subdomain)?,
            plan: self.plan,
            owner: self.owner,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::super::fixtures::{at, closed, founded};
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command() -> Found {
        Found {
            tenant_id: TenantId(Uuid::from_u128(10)),
            name: " Acme ".to_owned(),
            subdomain: "ACME".to_owned(),
            plan: Plan::Starter,
            owner: UserId(Uuid::from_u128(11)),
            at: at(0),
        }
    }

    #[test]
    fn founds() {
        given(&[]).when(&command()).then(&[founded()]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given(&[founded()])
            .when(&command())
            .refuses(&Refusal::Exists);
        given(&[founded(), closed()])
            .when(&command())
            .refuses(&Refusal::Exists);
    }

    #[test]
    fn refuses_an_empty_name_and_a_reserved_subdomain() {
        let nameless = Found {
            name: String::new(),
            ..command()
        };
        assert_eq!(
            nameless.decide(&Tenant::Unknown).unwrap_err().field(),
            "name"
        );
        let reserved = Found {
            subdomain: "www".to_owned(),
            ..command()
        };
        assert_eq!(
            reserved.decide(&Tenant::Unknown).unwrap_err().field(),
            "subdomain"
        );
    }
}

//! Gives a domain up.

use chrono::{DateTime, Utc};

use super::super::Tenant;
use super::super::domain_name::DomainName;
use super::super::events::{DomainReleased, TenantEvent};
use crate::kernel::{Command, Decision};

/// Gives a domain up, verified or only claimed, so that another tenant may have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseDomain {
    /// The domain.
    pub domain: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ReleaseDomain {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let domain = DomainName::parse("domain", &self.domain)?;
        if !profile.domains.contains_key(&domain) {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::DomainReleased(DomainReleased {
            domain,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, domain_claimed, domain_released, domain_verified, founded, refuses_unless_active,
    };
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command(domain: &str) -> ReleaseDomain {
        ReleaseDomain {
            domain: domain.to_owned(),
            at: at(5),
        }
    }

    #[test]
    fn releases_a_verified_or_claimed_domain() {
        let command = command("books.acme.example");
        let past = [founded(), domain_claimed(), domain_verified()];
        given(&past).when(&command).then(&[domain_released()]);
        given(&[founded(), domain_claimed()])
            .when(&command)
            .then(&[domain_released()]);
    }

    #[test]
    fn changes_nothing_when_it_is_not_the_tenants() {
        given(&[founded()])
            .when(&command("books.acme.example"))
            .then(&[]);
    }

    #[test]
    fn refuses_what_is_no_domain() {
        let tenant = given::<Tenant>(&[founded()]).state();
        assert_eq!(
            command("localhost").decide(&tenant).unwrap_err().field(),
            "domain"
        );
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(
            &command("books.acme.example"),
            &[founded(), domain_claimed()],
        );
    }
}

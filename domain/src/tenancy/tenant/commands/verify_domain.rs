//! Proves that a domain is the tenant's own.

use chrono::{DateTime, Utc};

use super::super::domain_name::DomainName;
use super::super::events::{DomainVerified, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision};

/// Compares what the DNS says with what it has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyDomain {
    /// The domain.
    pub domain: String,
    /// The TXT records found at [`DomainName::record_name`], each with its strings joined; empty
    /// when there are none.
    pub txt_records: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for VerifyDomain {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let domain = DomainName::parse("domain", &self.domain)?;
        let Some(claim) = profile.domains.get(&domain) else {
            return Err(Refusal::DomainUnknown);
        };
        if claim.verified_at.is_some() {
            return Ok(Vec::new());
        }
        let wanted = DomainName::record_value(&claim.verification_token);
        if !self
            .txt_records
            .iter()
            .any(|record| record.trim() == wanted)
        {
            return Err(Refusal::DomainNotProven);
        }
        Ok(vec![TenantEvent::DomainVerified(DomainVerified {
            domain,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        TOKEN, at, domain_claimed, domain_released, domain_verified, founded, refuses_unless_active,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(records: &[&str]) -> VerifyDomain {
        VerifyDomain {
            domain: "books.acme.example.".to_owned(),
            txt_records: records.iter().map(|&record| record.to_owned()).collect(),
            at: at(4),
        }
    }

    fn proof() -> VerifyDomain {
        command(&["v=spf1 -all", &DomainName::record_value(TOKEN)])
    }

    #[test]
    fn verifies_by_the_record() {
        given(&[founded(), domain_claimed()])
            .when(&proof())
            .then(&[domain_verified()]);
    }

    #[test]
    fn changes_nothing_when_verified() {
        let past = [founded(), domain_claimed(), domain_verified()];
        given(&past).when(&command(&[])).then(&[]);
    }

    #[test]
    fn refuses_any_other_record() {
        let past = [founded(), domain_claimed()];
        for records in [vec![], vec![TOKEN], vec!["daybook-verification="]] {
            given(&past)
                .when(&command(&records))
                .refuses(&Refusal::DomainNotProven);
        }
    }

    #[test]
    fn refuses_a_domain_that_is_not_claimed() {
        given(&[founded()])
            .when(&proof())
            .refuses(&Refusal::DomainUnknown);
        let past = [founded(), domain_claimed(), domain_released()];
        given(&past).when(&proof()).refuses(&Refusal::DomainUnknown);
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&proof(), &[founded(), domain_claimed()]);
    }
}

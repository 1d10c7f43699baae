//! Says that a domain is the tenant's own.

use chrono::{DateTime, Utc};

use super::super::domain_name::DomainName;
use super::super::events::{DomainClaimed, TenantEvent};
use super::super::{MAX_DOMAINS, Refusal, Tenant};
use crate::kernel::{Command, Decision, Text};

/// Claims a domain, which a DNS record then proves. Several tenants may claim one; the first to
/// prove it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimDomain {
    /// The domain.
    pub domain: String,
    /// What its DNS record will have to hold: at least 80 random bits, as text.
    pub verification_token: String,
    /// When.
    pub at: DateTime<Utc>,
}

const TOKEN: Text = Text {
    field: "verificationToken",
    max: 100,
};

impl Command for ClaimDomain {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let domain = DomainName::parse("domain", &self.domain)?;
        // The first token stays, because its record may be on its way already.
        if profile.domains.contains_key(&domain) {
            return Ok(Vec::new());
        }
        if profile.domains.len() >= MAX_DOMAINS {
            return Err(Refusal::TooManyDomains);
        }
        Ok(vec![TenantEvent::DomainClaimed(DomainClaimed {
            domain,
            verification_token: TOKEN.line(&self.verification_token)?,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        self, at, domain_claimed, domain_verified, founded, refuses_unless_active,
    };
    use super::*;
    use crate::kernel::testing::given;
    use crate::kernel::{FieldError, Refusal as _};

    fn command(domain: &str) -> ClaimDomain {
        ClaimDomain {
            domain: domain.to_owned(),
            verification_token: fixtures::TOKEN.to_owned(),
            at: at(3),
        }
    }

    #[test]
    fn claims() {
        given(&[founded()])
            .when(&command("Books.Acme.Example"))
            .then(&[domain_claimed()]);
    }

    #[test]
    fn changes_nothing_when_claimed_or_verified() {
        let command = ClaimDomain {
            verification_token: "another".to_owned(),
            ..command("books.acme.example")
        };
        given(&[founded(), domain_claimed()])
            .when(&command)
            .then(&[]);
        given(&[founded(), domain_claimed(), domain_verified()])
            .when(&command)
            .then(&[]);
    }

    #[test]
    fn refuses_more_domains_than_a_tenant_may_have() {
        let claimed = |n: usize| {
            TenantEvent::DomainClaimed(DomainClaimed {
                domain: DomainName::parse("domain", &format!("d{n}.example")).unwrap(),
                verification_token: fixtures::TOKEN.to_owned(),
                at: at(3),
            })
        };
        let mut past = vec![founded()];
        past.extend((0..MAX_DOMAINS).map(claimed));
        given(&past)
            .when(&command("one.more.example"))
            .refuses(&Refusal::TooManyDomains);
        given(&past).when(&command("d0.example")).then(&[]);
    }

    #[test]
    fn refuses_what_is_no_domain_and_a_missing_token() {
        let tenant = given::<Tenant>(&[founded()]).state();
        assert_eq!(
            command("localhost").decide(&tenant).unwrap_err().field(),
            "domain"
        );
        let tokenless = ClaimDomain {
            verification_token: String::new(),
            ..command("a.example")
        };
        let error = FieldError::Empty {
            field: "verificationToken",
        };
        assert_eq!(tokenless.decide(&tenant), Err(Refusal::Field(error)));
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command("books.acme.example"), &[founded()]);
    }
}

//! Lets a tenant do everything again.

use chrono::{DateTime, Utc};

use super::super::events::{Reactivated, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision};

/// Ends a suspension, or opens a closed tenant again as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactivate {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Reactivate {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        match tenant {
            Tenant::Unknown => Err(Refusal::Unknown),
            Tenant::Active(_) => Ok(Vec::new()),
            Tenant::Suspended(_) | Tenant::Closed(_) => {
                Ok(vec![TenantEvent::Reactivated(Reactivated { at: self.at })])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, closed, founded, reactivated, renamed, suspended};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Reactivate {
        Reactivate { at: at(11) }
    }

    #[test]
    fn reactivates_a_suspended_or_closed_tenant_as_it_was_left() {
        for end in [suspended(), closed()] {
            let past = [founded(), renamed(), end];
            let tenant = given(&past).when(&command()).then(&[reactivated()]);
            assert_eq!(tenant.writable().unwrap().name, "Acme Trading");
        }
    }

    #[test]
    fn changes_nothing_when_active() {
        given(&[founded()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_an_unknown_tenant() {
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

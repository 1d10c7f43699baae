//! Ends a tenant's use of Daybook.

use chrono::{DateTime, Utc};

use super::super::events::{Closed, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision};

/// Closes a tenant. Nothing is lost: it can be reactivated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Close {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        match tenant {
            Tenant::Unknown => Err(Refusal::Unknown),
            Tenant::Suspended(_) => Err(Refusal::Suspended),
            Tenant::Closed(_) => Ok(Vec::new()),
            Tenant::Active(_) => Ok(vec![TenantEvent::Closed(Closed { at: self.at })]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, closed, founded, suspended};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Close {
        Close { at: at(12) }
    }

    #[test]
    fn closes() {
        given(&[founded()]).when(&command()).then(&[closed()]);
    }

    #[test]
    fn changes_nothing_when_closed() {
        given(&[founded(), closed()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_a_suspended_or_unknown_tenant() {
        given(&[founded(), suspended()])
            .when(&command())
            .refuses(&Refusal::Suspended);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

//! Changes what a tenant pays and may use.

use chrono::{DateTime, Utc};

use super::super::Tenant;
use super::super::events::{PlanChanged, TenantEvent};
use crate::kernel::{Command, Decision};
use crate::tenancy::plan::Plan;

/// Puts the tenant on a plan. What it has beyond smaller limits it keeps; it only gets no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePlan {
    /// The plan from now on.
    pub plan: Plan,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ChangePlan {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        if tenant.writable()?.plan == self.plan {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::PlanChanged(PlanChanged {
            plan: self.plan,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, founded, plan_changed, refuses_unless_active};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> ChangePlan {
        ChangePlan {
            plan: Plan::Professional,
            at: at(9),
        }
    }

    #[test]
    fn changes_the_plan() {
        given(&[founded()]).when(&command()).then(&[plan_changed()]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        given(&[founded(), plan_changed()])
            .when(&command())
            .then(&[]);
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(), &[founded()]);
    }
}

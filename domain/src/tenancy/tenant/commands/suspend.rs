//! Lets a tenant's business stand still, for a while.

use chrono::{DateTime, Utc};

use super::super::events::{Suspended, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision, Text};

/// Suspends a tenant: it refuses every change until it is reactivated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspend {
    /// Why, for its members to read.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

const REASON: Text = Text {
    field: "reason",
    max: 500,
};

impl Command for Suspend {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        match tenant {
            Tenant::Unknown => Err(Refusal::Unknown),
            Tenant::Closed(_) => Err(Refusal::Closed),
            Tenant::Suspended(_) => Ok(Vec::new()),
            Tenant::Active(_) => {
                let reason = REASON.line(&self.reason)?;
                Ok(vec![TenantEvent::Suspended(Suspended {
                    reason,
                    at: self.at,
                })])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, closed, founded, reactivated, suspended};
    use super::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn command(reason: &str) -> Suspend {
        Suspend {
            reason: reason.to_owned(),
            at: at(10),
        }
    }

    #[test]
    fn suspends() {
        let command = command("unpaid since May");
        given(&[founded()]).when(&command).then(&[suspended()]);
        let past = [founded(), suspended(), reactivated()];
        given(&past).when(&command).then(&[suspended()]);
    }

    #[test]
    fn changes_nothing_when_suspended() {
        given(&[founded(), suspended()])
            .when(&command("fraud"))
            .then(&[]);
    }

    #[test]
    fn refuses_to_suspend_without_a_reason() {
        let error = FieldError::Empty { field: "reason" };
        given(&[founded()])
            .when(&command(" "))
            .refuses(&Refusal::Field(error));
    }

    #[test]
    fn refuses_a_closed_or_unknown_tenant() {
        given(&[founded(), closed()])
            .when(&command("fraud"))
            .refuses(&Refusal::Closed);
        given(&[])
            .when(&command("fraud"))
            .refuses(&Refusal::Unknown);
    }
}

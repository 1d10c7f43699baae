//! Says how carefully members are let in.

use chrono::{DateTime, Utc};

use super::super::Tenant;
use super::super::events::{SecurityPolicySet, TenantEvent};
use crate::kernel::{Command, Decision};
use crate::tenancy::settings::SecurityPolicy;

/// Replaces the policy. Sessions that live keep the times they began with; keys stop at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSecurityPolicy {
    /// The whole policy.
    pub policy: SecurityPolicy,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for SetSecurityPolicy {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        self.policy.check()?;
        if self.policy == profile.security {
            return Ok(Vec::new());
        }
        let set = SecurityPolicySet {
            policy: self.policy,
            at: self.at,
        };
        Ok(vec![TenantEvent::SecurityPolicySet(set)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{
        at, founded, policy, refuses_unless_active, security_policy_set,
    };
    use super::*;
    use crate::kernel::testing::given;
    use crate::tenancy::settings::OutOfBounds;

    fn command() -> SetSecurityPolicy {
        SetSecurityPolicy {
            policy: policy(),
            at: at(8),
        }
    }

    #[test]
    fn sets_the_policy() {
        given(&[founded()])
            .when(&command())
            .then(&[security_policy_set()]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        given(&[founded(), security_policy_set()])
            .when(&command())
            .then(&[]);
    }

    #[test]
    fn refuses_a_number_out_of_bounds() {
        let policy = SecurityPolicy {
            password_min_length: 7,
            ..policy()
        };
        let fault = OutOfBounds {
            field: "passwordMinLength",
            min: 8,
            max: 128,
        };
        let command = SetSecurityPolicy {
            policy,
            ..command()
        };
        given(&[founded()])
            .when(&command)
            .refuses(&Refusal::OutOfBounds(fault));
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(), &[founded()]);
    }
}

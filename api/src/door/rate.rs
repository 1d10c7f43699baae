//! Rate limits: so many requests a minute for each user or key of a tenant, by its plan; for those
//! without valid credentials, by network.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::Plan;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::access::{Caller, Who, network};
use crate::gateway::{Budget, Throttled};

/// Whose bucket it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Payer {
    Principal(Option<TenantId>, Uuid),
    Address(Option<IpAddr>),
}

type Limiter =
    RateLimiter<Payer, DefaultKeyedStateStore<Payer>, DefaultClock, StateInformationMiddleware>;

/// The buckets of this process.
#[derive(Debug)]
pub struct RateLimits {
    plans: [(Plan, Bucket); 4],
    without_tenant: Bucket,
}

#[derive(Debug)]
struct Bucket {
    limiter: Limiter,
    per_minute: NonZeroU32,
}

impl RateLimits {
    /// By plan; `instead` replaces all of them.
    pub fn new(instead: Option<NonZeroU32>) -> Self {
        let of = |per_minute: u32| {
            Bucket::new(
                instead
                    .or(NonZeroU32::new(per_minute))
                    .unwrap_or(NonZeroU32::MIN),
            )
        };
        Self {
            plans: Plan::ALL.map(|plan| (plan, of(plan.limits().api_requests_per_minute))),
            without_tenant: of(Plan::Free.limits().api_requests_per_minute),
        }
    }

    /// Takes one request from the caller's bucket.
    ///
    /// # Errors
    /// When it is empty; then nothing is taken.
    pub(crate) fn take(&self, caller: &Caller, peer: Option<IpAddr>) -> Result<Budget, Throttled> {
        let tenant = caller.scope.as_ref().map(|scope| scope.tenant);
        let payer = match caller.who {
            Who::Nobody => Payer::Address(peer.map(network)),
            Who::User(user) => Payer::Principal(tenant, user.user_id.0),
            Who::ApiKey(key) => Payer::Principal(tenant, key.0),
        };
        let plan = caller.scope.as_ref().map(|scope| scope.plan);
        let by_plan = self.plans.iter().find(|(of, _)| Some(*of) == plan);
        by_plan
            .map_or(&self.without_tenant, |(_, bucket)| bucket)
            .take(&payer)
    }

    /// Forgets buckets that are full again.
    pub fn forget_idle(&self) {
        let all = self.plans.iter().map(|(_, bucket)| bucket);
        for bucket in all.chain([&self.without_tenant]) {
            bucket.limiter.retain_recent();
        }
    }
}

impl Bucket {
    fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute))
            .with_middleware::<StateInformationMiddleware>();
        Self {
            limiter,
            per_minute,
        }
    }

    fn take(&self, payer: &Payer) -> Result<Budget, Throttled> {
        let limit = self.per_minute.get();
        let refill = |missing: u32| Duration::from_secs(60) * missing / limit;
        match self.limiter.check_key(payer) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let reset = refill(limit.saturating_sub(remaining));
                Ok(Budget {
                    limit: limit.into(),
                    remaining: remaining.into(),
                    reset,
                })
            }
            Err(full) => {
                let retry_after = full.wait_time_from(DefaultClock::default().now());
                let budget = Budget {
                    limit: limit.into(),
                    remaining: 0,
                    reset: refill(limit),
                };
                Err(Throttled {
                    budget,
                    retry_after,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_says_when_to_come_back_and_others_are_not_touched() {
        let limits = RateLimits::new(NonZeroU32::new(3));
        let nobody = Caller::nobody();
        let here = Some(IpAddr::from([127, 0, 0, 1]));
        for remaining in [2, 1, 0] {
            assert_eq!(limits.take(&nobody, here).unwrap().remaining, remaining);
        }
        let throttled = limits.take(&nobody, here).unwrap_err();
        assert!(throttled.retry_after <= Duration::from_secs(20));
        assert!(throttled.retry_after > Duration::from_secs(10));
        let elsewhere = Some(IpAddr::from([127, 0, 0, 2]));
        assert!(limits.take(&nobody, elsewhere).is_ok());
    }

    #[test]
    fn neighbours_in_ipv6_share_a_bucket() {
        let limits = RateLimits::new(NonZeroU32::new(3));
        let nobody = Caller::nobody();
        let neighbour = |n| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]));
        let through = (0..9).filter(|n| limits.take(&nobody, neighbour(*n)).is_ok());
        assert_eq!(through.count(), 3);
    }
}

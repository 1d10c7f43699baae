//! What a tenant pays, what it may use and what it uses.

use async_graphql::SimpleObject;
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::api_key::{API_KEYS_COUNT, MAX_API_KEYS};
use daybook_domain::tenancy::member::MEMBERS_COUNT;
use daybook_domain::tenancy::plan;
use daybook_store::{Store, StoreError};

use super::kinds::Plan;

const MIB: u64 = 1 << 20;

/// A plan with its price and limits.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantPlan {
    /// Which plan.
    name: Plan,
    /// The price of a month in United States cents; 0 is free.
    monthly_price_cents: u32,
    /// The price of a year paid at once in United States cents; 0 is free.
    yearly_price_cents: u32,
    /// How much of everything it allows.
    limits: PlanLimits,
}

/// How much of everything a tenant may use.
#[derive(Debug, Clone, SimpleObject)]
pub struct PlanLimits {
    /// Members, invited ones included.
    members: u32,
    /// API keys that are not revoked, on every plan.
    api_keys: i64,
    /// Workflows that are active at once.
    active_workflows: u32,
    /// Workflow executions started in a month.
    executions_per_month: u32,
    /// Stored files, in mebibytes.
    storage_mebibytes: u64,
    /// API requests of one user or key in a minute.
    api_requests_per_minute: u32,
    /// Tokens of language models in a month.
    ai_tokens_per_month: u64,
    /// Installed plugins.
    plugins: u32,
}

/// How much of it the tenant uses now.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantUsage {
    /// Members, invited ones included.
    members: i64,
    /// API keys that are not revoked.
    api_keys: i64,
}

impl TenantUsage {
    /// What the counters say, which also hold the limits.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn of(store: &Store, tenant: TenantId) -> Result<Self, StoreError> {
        Ok(Self {
            members: store.counter(tenant, MEMBERS_COUNT).await?,
            api_keys: store.counter(tenant, API_KEYS_COUNT).await?,
        })
    }
}

impl From<plan::Plan> for TenantPlan {
    fn from(plan: plan::Plan) -> Self {
        let (price, limits) = (plan.price(), plan.limits());
        Self {
            name: plan.into(),
            monthly_price_cents: price.monthly_cents,
            yearly_price_cents: price.yearly_cents,
            limits: PlanLimits {
                members: limits.members,
                api_keys: MAX_API_KEYS,
                active_workflows: limits.active_workflows,
                executions_per_month: limits.executions_per_month,
                storage_mebibytes: limits.storage_bytes / MIB,
                api_requests_per_minute: limits.api_requests_per_minute,
                ai_tokens_per_month: limits.ai_tokens_per_month,
                plugins: limits.plugins,
            },
        }
    }
}

//! Put the tenant on another plan.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::ChangePlan;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};
use crate::tenancy::kinds::Plan;

/// Changes the plan.
#[derive(Debug, Default)]
pub(super) struct TenantChangePlan;

/// Which plan.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantChangePlanInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The plan.
    plan: Plan,
}

impl CommandInput for TenantChangePlanInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantChangePlan {
    /// Puts the tenant on a plan. What it has beyond smaller limits it keeps; it only gets no more. Needs
    /// `tenant.manage`.
    async fn tenant_change_plan(
        &self,
        ctx: &Context<'_>,
        input: TenantChangePlanInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantChangePlan", Permission::TenantManage, &input)?;
        let command = ChangePlan {
            plan: input.plan.into(),
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

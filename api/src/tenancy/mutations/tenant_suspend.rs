//! Suspend the tenant.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Suspend;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Suspends the tenant.
#[derive(Debug, Default)]
pub(super) struct TenantSuspend;

/// Why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantSuspendInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Why, for its members to read, at most 500 characters.
    reason: String,
}

impl CommandInput for TenantSuspendInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantSuspend {
    /// Closes the tenant for business until it is reactivated: nobody reads or writes, and keys
    /// open nothing. Needs `tenant.close`.
    async fn tenant_suspend(
        &self,
        ctx: &Context<'_>,
        input: TenantSuspendInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantSuspend", Permission::TenantClose, &input)?;
        let command = Suspend {
            reason: input.reason,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

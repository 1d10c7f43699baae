//! Close the tenant.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Close;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput, step_up};

/// Closes the tenant.
#[derive(Debug, Default)]
pub(super) struct TenantClose;

/// Nothing but the command itself.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantCloseInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
}

impl CommandInput for TenantCloseInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantClose {
    /// Closes the tenant. Nothing is lost: an owner can reactivate it. Needs `tenant.close` and a password
    /// given in the last 15 minutes.
    async fn tenant_close(
        &self,
        ctx: &Context<'_>,
        input: TenantCloseInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantClose", Permission::TenantClose, &input)?;
        step_up(call.asking)?;
        let command = Close { at: call.at() };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

//! Let the tenant do everything again.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Reactivate;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Reactivates the tenant.
#[derive(Debug, Default)]
pub(super) struct TenantReactivate;

/// Nothing but the command itself.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantReactivateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
}

impl CommandInput for TenantReactivateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantReactivate {
    /// Ends a suspension, or opens a closed tenant again as it was left. Needs `tenant.close`.
    async fn tenant_reactivate(
        &self,
        ctx: &Context<'_>,
        input: TenantReactivateInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantReactivate", Permission::TenantClose, &input)?;
        let command = Reactivate { at: call.at() };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

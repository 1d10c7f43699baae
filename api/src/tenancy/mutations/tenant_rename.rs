//! Rename the tenant.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Rename;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Renames the tenant.
#[derive(Debug, Default)]
pub(super) struct TenantRename;

/// What it is to be called.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantRenameInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The name, at most 100 characters.
    name: String,
}

impl CommandInput for TenantRenameInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantRename {
    /// Gives the tenant another name; the subdomain stays. Needs `tenant.manage`.
    async fn tenant_rename(
        &self,
        ctx: &Context<'_>,
        input: TenantRenameInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantRename", Permission::TenantManage, &input)?;
        let command = Rename {
            name: input.name,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

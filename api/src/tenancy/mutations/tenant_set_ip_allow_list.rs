//! Say from which networks members may come.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::SetIpAllowList;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Sets the IP allow-list.
#[derive(Debug, Default)]
pub(super) struct TenantSetIpAllowList;

/// The whole list.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantSetIpAllowListInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Networks such as `10.0.0.0/8` and single addresses, at most 100; empty is everywhere.
    networks: Vec<String>,
}

impl CommandInput for TenantSetIpAllowListInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantSetIpAllowList {
    /// Replaces the networks from which members and keys may come; it must hold the caller's own address.
    /// Needs `tenant.secure`.
    async fn tenant_set_ip_allow_list(
        &self,
        ctx: &Context<'_>,
        input: TenantSetIpAllowListInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(
            ctx,
            "tenantSetIpAllowList",
            Permission::TenantSecure,
            &input,
        )?;
        let command = SetIpAllowList {
            networks: input.networks,
            caller: call.asking.peer,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

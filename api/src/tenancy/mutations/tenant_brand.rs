//! Change how the tenant looks.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Brand;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput, patch};

/// Brands the tenant.
#[derive(Debug, Default)]
pub(super) struct TenantBrand;

/// What is left out stays; null goes back to Daybook's own.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantBrandInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Where the logo lies, an `https` address on a named host.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    logo_url: MaybeUndefined<String>,
    /// The colour of headings and buttons, as `#rrggbb`.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    primary_colour: MaybeUndefined<String>,
    /// The colour that sets things off, as `#rrggbb`.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    accent_colour: MaybeUndefined<String>,
}

impl CommandInput for TenantBrandInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object(name = "TenantBrandMutation")]
impl TenantBrand {
    /// Changes how the tenant looks. Needs `tenant.manage`.
    async fn tenant_brand(
        &self,
        ctx: &Context<'_>,
        input: TenantBrandInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantBrand", Permission::TenantManage, &input)?;
        let command = Brand {
            logo_url: patch(input.logo_url),
            primary_colour: patch(input.primary_colour),
            accent_colour: patch(input.accent_colour),
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

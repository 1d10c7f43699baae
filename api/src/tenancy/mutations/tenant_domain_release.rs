//! Give a domain up.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::ReleaseDomain;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Releases a domain.
#[derive(Debug, Default)]
pub(super) struct TenantDomainRelease;

/// Which domain.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantDomainReleaseInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The domain.
    domain: String,
}

impl CommandInput for TenantDomainReleaseInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantDomainRelease {
    /// Gives a domain up, verified or only claimed, so that another tenant may have it. Needs
    /// `tenant.secure`.
    async fn tenant_domain_release(
        &self,
        ctx: &Context<'_>,
        input: TenantDomainReleaseInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantDomainRelease", Permission::TenantSecure, &input)?;
        let command = ReleaseDomain {
            domain: input.domain,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

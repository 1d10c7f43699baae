//! Say that a domain is the tenant's own.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::ClaimDomain;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::access::SecretToken;
use crate::graphql::{Call, CommandInput};

/// Claims a domain.
#[derive(Debug, Default)]
pub(super) struct TenantDomainClaim;

/// Which domain.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantDomainClaimInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The domain, in ASCII.
    domain: String,
}

impl CommandInput for TenantDomainClaimInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantDomainClaim {
    /// Claims a domain of the tenant's own; `tenant.domains` then says which DNS record proves it. Needs
    /// `tenant.secure`.
    async fn tenant_domain_claim(
        &self,
        ctx: &Context<'_>,
        input: TenantDomainClaimInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantDomainClaim", Permission::TenantSecure, &input)?;
        let command = ClaimDomain {
            domain: input.domain,
            verification_token: SecretToken::mint()?.reveal().to_owned(),
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

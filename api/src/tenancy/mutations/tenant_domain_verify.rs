//! Prove that a domain is the tenant's own.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::{DomainName, Tenant, VerifyDomain};
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::fault::{Code, Fault};
use crate::graphql::{Call, CommandInput};

/// Verifies a domain.
#[derive(Debug, Default)]
pub(super) struct TenantDomainVerify;

/// Which domain.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantDomainVerifyInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The domain.
    domain: String,
}

impl CommandInput for TenantDomainVerifyInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantDomainVerify {
    /// Looks up the DNS record that proves a claimed domain. Needs `tenant.secure`.
    async fn tenant_domain_verify(
        &self,
        ctx: &Context<'_>,
        input: TenantDomainVerifyInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(ctx, "tenantDomainVerify", Permission::TenantSecure, &input)?;
        let txt_records = txt_records(&call, &input.domain).await?;
        let command = VerifyDomain {
            domain: input.domain,
            txt_records,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

/// The longest a look-up may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the DNS says where the proof should stand. Only claimed domains that are not proven yet
/// are looked up, so that nobody asks the DNS about anything through us.
async fn txt_records(call: &Call<'_>, domain: &str) -> Result<Vec<String>, Fault> {
    let tenant = call.look_up::<Tenant>(call.scope.tenant).await?;
    let claims = tenant.profile().map(|profile| &profile.domains);
    let Ok(domain) = DomainName::parse("domain", domain) else {
        return Ok(Vec::new());
    };
    let claim = claims.and_then(|claims| claims.get(&domain));
    if claim.is_none_or(|claim| claim.verified_at.is_some()) {
        return Ok(Vec::new());
    }
    let name = domain.record_name();
    let look_up = call.asking.api.options().txt.txt(&name);
    let reason = match tokio::time::timeout(PATIENCE, look_up).await {
        Ok(Ok(records)) => return Ok(records),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it took too long".to_owned(),
    };
    tracing::warn!(%domain, reason, "a domain could not be looked up");
    let text = "the DNS did not answer; try again in a moment";
    Err(Fault::new(Code::Overloaded, text).retry_after(PATIENCE))
}

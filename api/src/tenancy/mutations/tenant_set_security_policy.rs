//! Say how carefully members are let in.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::settings::SecurityPolicy;
use daybook_domain::tenancy::tenant::SetSecurityPolicy;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Sets the security policy.
#[derive(Debug, Default)]
pub(super) struct TenantSetSecurityPolicy;

/// The whole policy.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantSetSecurityPolicyInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// How long a session lives without a refresh, in minutes: 5 to the session's whole life.
    session_idle_minutes: u32,
    /// How long a session lives at all, in hours: 1 to 720.
    session_absolute_hours: u32,
    /// The fewest characters of a member's password: 8 to 128.
    password_min_length: u32,
    /// Whether programs may act with keys.
    allow_api_keys: bool,
}

impl CommandInput for TenantSetSecurityPolicyInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantSetSecurityPolicy {
    /// Replaces the security policy. Sessions that live keep the times they began with; keys stop at once.
    /// Needs `tenant.secure`.
    async fn tenant_set_security_policy(
        &self,
        ctx: &Context<'_>,
        input: TenantSetSecurityPolicyInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(
            ctx,
            "tenantSetSecurityPolicy",
            Permission::TenantSecure,
            &input,
        )?;
        let policy = SecurityPolicy {
            session_idle_minutes: input.session_idle_minutes,
            session_absolute_hours: input.session_absolute_hours,
            password_min_length: input.password_min_length,
            allow_api_keys: input.allow_api_keys,
        };
        let command = SetSecurityPolicy {
            policy,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

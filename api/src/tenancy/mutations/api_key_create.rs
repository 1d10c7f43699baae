//! Give a program access.

use async_graphql::{Context, InputObject, Object, Result};
use chrono::{DateTime, SubsecRound, Utc};
use daybook_domain::kernel::ApiKeyId;
use daybook_domain::tenancy::api_key::Create;
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Tenant;
use serde::Serialize;
use uuid::Uuid;

use super::inviting::environment;
use super::payload::ApiKeySecretPayload;
use crate::access::{digest_of, mint_key, mint_kid};
use crate::graphql::{Call, CommandInput, step_up};
use crate::tenancy::kinds::Permission as ScopeName;

/// Creates an API key.
#[derive(Debug, Default)]
pub(super) struct ApiKeyCreate;

/// What the key is for.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ApiKeyCreateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// What it is called, at most 100 characters.
    name: String,
    /// What it may be used for, at least one.
    scopes: Vec<ScopeName>,
    /// From when on it opens nothing; null or left out for a key that does not expire.
    expires_at: Option<DateTime<Utc>>,
    /// From which networks it may be used, at most 100; empty is from everywhere.
    #[graphql(default)]
    networks: Vec<String>,
}

impl CommandInput for ApiKeyCreateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl ApiKeyCreate {
    /// Creates a key, which may do no more than whoever creates it, and shows it once. Needs
    /// `api_keys.manage`, a person, and a password given in the last 15 minutes.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        input: ApiKeyCreateInput,
    ) -> Result<ApiKeySecretPayload> {
        let call = Call::begin(ctx, "apiKeyCreate", Permission::ApiKeysManage, &input)?;
        step_up(call.asking)?;
        let id: ApiKeyId = call.mint();
        let tenant = call.look_up::<Tenant>(call.scope.tenant).await?;
        let keys_allowed = tenant
            .profile()
            .is_some_and(|profile| profile.security.allow_api_keys);
        let key = mint_key(environment(&call), mint_kid()?)?;
        let command = Create {
            api_key_id: id,
            kid: key.kid().clone(),
            secret: digest_of(key.reveal()),
            name: input.name,
            scopes: input.scopes.into_iter().map(Into::into).collect(),
            // As fine as read models keep it, so that it is the same wherever it is read.
            expires_at: input.expires_at.map(|at| at.trunc_subsecs(6)),
            networks: input.networks,
            creator: call.scope.member_id,
            by: call.scope.role,
            keys_allowed,
            at: call.at(),
        };
        let outcome = call.create(id, command).await?;
        let text = Some(key.reveal().to_owned());
        ApiKeySecretPayload::of(&call, (id, text), outcome).await
    }
}

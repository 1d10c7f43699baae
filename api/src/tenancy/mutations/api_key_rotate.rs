//! Give a key another secret.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, SubsecRound, Utc};
use daybook_domain::kernel::ApiKeyId;
use daybook_domain::tenancy::api_key::{ApiKey, Refusal, Rotate};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::inviting::environment;
use super::payload::ApiKeySecretPayload;
use crate::access::{digest_of, mint_key};
use crate::graphql::{Call, CommandInput, decode_id, step_up};
use crate::tenancy::acting;

/// Rotates an API key.
#[derive(Debug, Default)]
pub(super) struct ApiKeyRotate;

/// Which key.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ApiKeyRotateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the key that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The key.
    api_key_id: ID,
    /// Until when the old secret is good, at most 7 days from now; null or left out ends it at
    /// once.
    previous_expires_at: Option<DateTime<Utc>>,
}

impl CommandInput for ApiKeyRotateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ApiKeyRotate {
    /// Replaces a key's secret under the same public part and shows it once; the old one stays good until
    /// `previousExpiresAt`. Needs `api_keys.manage` and every scope of the key; of a person a password given
    /// in the last 15 minutes, too.
    async fn api_key_rotate(
        &self,
        ctx: &Context<'_>,
        input: ApiKeyRotateInput,
    ) -> Result<ApiKeySecretPayload> {
        let call = Call::begin(ctx, "apiKeyRotate", Permission::ApiKeysManage, &input)?;
        // A program rotates as it was set up to; a token that somebody left behind does not.
        if call.scope.scopes.is_none() {
            step_up(call.asking)?;
        }
        let id: ApiKeyId = decode_id(&input.api_key_id)?;
        let found = call.look_up_now::<ApiKey>(id).await?;
        let known = match found.usable(call.at()) {
            Ok(known) => known,
            Err(refusal) => {
                let outcome = call.refuse::<ApiKey>(id, refusal).await?;
                return ApiKeySecretPayload::of(&call, (id, None), outcome).await;
            }
        };
        // Whoever rotates learns the new secret.
        if let Some(beyond) = acting::beyond_scopes(call.scope, known.scopes.iter()) {
            let refusal = Refusal::ScopeAboveYours(beyond);
            let outcome = call.refuse::<ApiKey>(id, refusal).await?;
            return ApiKeySecretPayload::of(&call, (id, None), outcome).await;
        }
        let key = mint_key(environment(&call), known.kid.clone())?;
        let command = Rotate {
            secret: digest_of(key.reveal()),
            // As fine as read models keep it, so that it is the same wherever it is read.
            previous_expires_at: input
                .previous_expires_at
                .map_or(call.at(), |at| at.trunc_subsecs(6)),
            by: call.scope.role,
            at: call.at(),
        };
        let outcome = call.execute(id, command).await?;
        let text = Some(key.reveal().to_owned());
        ApiKeySecretPayload::of(&call, (id, text), outcome).await
    }
}

//! Take a program's access away.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::ApiKeyId;
use daybook_domain::tenancy::api_key::Revoke;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::ApiKeyPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Revokes an API key.
#[derive(Debug, Default)]
pub(super) struct ApiKeyRevoke;

/// Which key.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ApiKeyRevokeInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the key that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The key.
    api_key_id: ID,
}

impl CommandInput for ApiKeyRevokeInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ApiKeyRevoke {
    /// Ends a key from the next request on, for good. Needs `api_keys.manage`.
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        input: ApiKeyRevokeInput,
    ) -> Result<ApiKeyPayload> {
        let call = Call::begin(ctx, "apiKeyRevoke", Permission::ApiKeysManage, &input)?;
        let id: ApiKeyId = decode_id(&input.api_key_id)?;
        let outcome = call.execute(id, Revoke { at: call.at() }).await?;
        ApiKeyPayload::of(&call, id, outcome).await
    }
}

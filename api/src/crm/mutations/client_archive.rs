//! Archive a client.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::Archive;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Archives a client.
#[derive(Debug, Default)]
pub(super) struct ClientArchive;

/// Which client, and why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientArchiveInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
    /// Why, at most 500 characters.
    reason: Option<String>,
}

impl CommandInput for ClientArchiveInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientArchive {
    /// Puts a client away: it takes no new documents until it is reactivated. Needs
    /// `clients.write`.
    async fn client_archive(
        &self,
        ctx: &Context<'_>,
        input: ClientArchiveInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientArchive", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let command = Archive {
            reason: input.reason,
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

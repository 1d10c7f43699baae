//! Deactivate a client.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::Deactivate;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Deactivates a client.
#[derive(Debug, Default)]
pub(super) struct ClientDeactivate;

/// Which client.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientDeactivateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
}

impl CommandInput for ClientDeactivateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientDeactivate {
    /// Says that no business is expected with a client for now; it forbids nothing. Needs
    /// `clients.write`.
    async fn client_deactivate(
        &self,
        ctx: &Context<'_>,
        input: ClientDeactivateInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientDeactivate", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let command = Deactivate { at: call.at() };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

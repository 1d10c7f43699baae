//! Reactivate a client.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::Reactivate;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Reactivates a client.
#[derive(Debug, Default)]
pub(super) struct ClientReactivate;

/// Which client.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientReactivateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
}

impl CommandInput for ClientReactivateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientReactivate {
    /// Brings an inactive or archived client back. Needs `clients.write`.
    async fn client_reactivate(
        &self,
        ctx: &Context<'_>,
        input: ClientReactivateInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientReactivate", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let command = Reactivate { at: call.at() };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

//! Register a client.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::crm::client::Register;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput};

/// Registers a client.
#[derive(Debug, Default)]
pub(super) struct ClientRegister;

/// What is known of a new client.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientRegisterInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The name, at most 200 characters.
    name: String,
    /// Its identity in another system, unique in the tenant, at most 100 characters.
    external_id: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// A telephone number, at most 40 characters.
    phone: Option<String>,
    /// A web address, `http` or `https`.
    website: Option<String>,
    /// The organisation, at most 200 characters.
    company: Option<String>,
    /// The person to talk to, at most 200 characters.
    contact: Option<String>,
    /// Where it is: a name or code of at most 60 characters.
    country: Option<String>,
}

impl CommandInput for ClientRegisterInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl ClientRegister {
    /// Registers a client. Needs `clients.write`.
    async fn client_register(
        &self,
        ctx: &Context<'_>,
        input: ClientRegisterInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientRegister", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = call.mint();
        let command = Register {
            client_id,
            name: input.name,
            external_id: input.external_id,
            email: input.email,
            phone: input.phone,
            website: input.website,
            company: input.company,
            contact: input.contact,
            country: input.country,
            at: call.at(),
        };
        let outcome = call.create(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

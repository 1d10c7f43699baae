//! Change a client's details.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use daybook_domain::crm::client::ChangeDetails;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, decode_id, patch};

/// Changes a client's details.
#[derive(Debug, Default)]
pub(super) struct ClientChangeDetails;

/// What is to change. A field that is left out stays; null clears it.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientChangeDetailsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
    /// The name, at most 200 characters; null keeps it, since every client has a name.
    name: Option<String>,
    /// Its identity in another system, unique in the tenant, at most 100 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    external_id: MaybeUndefined<String>,
    /// An e-mail address.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    email: MaybeUndefined<String>,
    /// A telephone number, at most 40 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    phone: MaybeUndefined<String>,
    /// A web address, `http` or `https`.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    website: MaybeUndefined<String>,
    /// The organisation, at most 200 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    company: MaybeUndefined<String>,
    /// The person to talk to, at most 200 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    contact: MaybeUndefined<String>,
    /// Where it is: a name or code of at most 60 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    country: MaybeUndefined<String>,
}

impl CommandInput for ClientChangeDetailsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientChangeDetails {
    /// Changes some of a client's details; the others stay. Needs `clients.write`.
    async fn client_change_details(
        &self,
        ctx: &Context<'_>,
        input: ClientChangeDetailsInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientChangeDetails", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let command = ChangeDetails {
            name: input.name,
            external_id: patch(input.external_id),
            email: patch(input.email),
            phone: patch(input.phone),
            website: patch(input.website),
            company: patch(input.company),
            contact: patch(input.contact),
            country: patch(input.country),
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

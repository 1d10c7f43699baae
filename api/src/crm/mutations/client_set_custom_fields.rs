//! Set a client's custom fields.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::SetCustomFields;
use daybook_domain::crm::fields::{FieldSet, stream_id};
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::ClientPayload;
use crate::fault::{Code, Fault};
use crate::graphql::{Call, CommandInput, Json, decode_id};

/// Sets a client's custom fields.
#[derive(Debug, Default)]
pub(super) struct ClientSetCustomFields;

/// Which client, and the new values.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientSetCustomFieldsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
    /// An object with a value for each key that is to change; null clears the field, and keys
    /// that are left out stay. A number may be sent as a string, which loses no decimals.
    values: Json,
}

impl CommandInput for ClientSetCustomFieldsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientSetCustomFields {
    /// Sets or clears some of a client's custom fields, each by the rules of its declaration.
    /// Needs `clients.write`.
    async fn client_set_custom_fields(
        &self,
        ctx: &Context<'_>,
        input: ClientSetCustomFieldsInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(
            ctx,
            "clientSetCustomFields",
            Permission::ClientsWrite,
            &input,
        )?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let Value::Object(values) = input.values.0 else {
            let text = "values is an object, like {\"segment\": \"retail\"}";
            return Err(Fault::new(Code::BadUserInput, text).into());
        };
        let declared = call
            .look_up::<FieldSet>(stream_id(call.scope.tenant))
            .await?;
        let command = SetCustomFields {
            values: values.into_iter().collect(),
            definitions: declared.definitions().cloned().collect(),
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

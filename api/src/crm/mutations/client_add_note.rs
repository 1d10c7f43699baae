//! Add a note to a client.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::AddNote;
use daybook_domain::kernel::{ClientId, NoteId};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::access::Who;
use crate::graphql::{Call, CommandInput, decode_id};

/// Adds a note to a client.
#[derive(Debug, Default)]
pub(super) struct ClientAddNote;

/// Which client, and what is to be remembered of it.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientAddNoteInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client; archived ones take notes too.
    client_id: ID,
    /// What it says: at most 10,000 characters, on several lines if need be.
    text: String,
}

impl CommandInput for ClientAddNoteInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientAddNote {
    /// Adds a note to a client. A note is never changed; one that was added by mistake is
    /// withdrawn. Needs `clients.write`.
    async fn client_add_note(
        &self,
        ctx: &Context<'_>,
        input: ClientAddNoteInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientAddNote", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let note_id: NoteId = call.mint();
        let author = match call.asking.caller.who {
            Who::User(_) => Some(call.scope.member_id),
            Who::ApiKey(_) | Who::Nobody => None,
        };
        let command = AddNote {
            note_id,
            text: input.text,
            author,
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

//! Withdraw a note from a client.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::WithdrawNote;
use daybook_domain::kernel::{ClientId, NoteId};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Takes a note back.
#[derive(Debug, Default)]
pub(super) struct ClientWithdrawNote;

/// Which note of which client.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientWithdrawNoteInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client; it may be archived.
    client_id: ID,
    /// The note.
    note_id: ID,
}

impl CommandInput for ClientWithdrawNoteInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientWithdrawNote {
    /// Takes back a note that was added by mistake: it is not shown any more, and stays in the
    /// history. Needs `clients.write`.
    async fn client_withdraw_note(
        &self,
        ctx: &Context<'_>,
        input: ClientWithdrawNoteInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(ctx, "clientWithdrawNote", Permission::ClientsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let note_id: NoteId = decode_id(&input.note_id)?;
        let command = WithdrawNote {
            note_id,
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

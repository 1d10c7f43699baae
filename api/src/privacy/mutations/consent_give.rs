//! Record that a client agreed.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::Client;
use daybook_domain::kernel::{ClientId, ConsentId};
use daybook_domain::privacy::consent::{Consent, Give, Purpose, Refusal, consent_id};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ConsentPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Gives a consent.
#[derive(Debug, Default)]
pub(super) struct ConsentGive;

/// Who agreed to what.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ConsentGiveInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the consent that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
    /// For what: a lower-case letter, then at most 39 of a-z, 0-9 and _, like `newsletter`.
    purpose: String,
    /// The text that was agreed to, at most 5,000 characters.
    wording: String,
    /// How it was agreed to, at most 200 characters: a form, a call, a signature.
    source: Option<String>,
}

impl CommandInput for ConsentGiveInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ConsentGive {
    /// Records that a client agreed to a use of its data. To the same words again it changes
    /// nothing; other words are agreed to anew. Needs `consents.write`.
    async fn consent_give(
        &self,
        ctx: &Context<'_>,
        input: ConsentGiveInput,
    ) -> Result<ConsentPayload> {
        let call = Call::begin(ctx, "consentGive", Permission::ConsentsWrite, &input)?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let purpose = match Purpose::parse(&input.purpose) {
            Ok(purpose) => purpose,
            Err(fault) => {
                // What has no purpose has no stream; a refusal leaves none.
                let id: ConsentId = call.mint();
                let outcome = call.refuse::<Consent>(id, Refusal::from(fault)).await?;
                return ConsentPayload::of(&call, id, outcome).await;
            }
        };
        let client = call.look_up::<Client>(client_id).await?;
        let id = consent_id(client_id, &purpose);
        let command = Give {
            client_id: client.facts().map(|client| client.client_id),
            purpose,
            wording: input.wording,
            source: input.source,
            at: call.at(),
        };
        let outcome = call.execute(id, command).await?;
        ConsentPayload::of(&call, id, outcome).await
    }
}

//! Record that a client agrees no more.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::ConsentId;
use daybook_domain::privacy::consent::Withdraw;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ConsentPayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Withdraws a consent.
#[derive(Debug, Default)]
pub(super) struct ConsentWithdraw;

/// Which consent, and why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ConsentWithdrawInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the consent that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The consent.
    consent_id: ID,
    /// Why, at most 500 characters.
    reason: Option<String>,
}

impl CommandInput for ConsentWithdrawInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ConsentWithdraw {
    /// Records that a client agrees no more, whatever became of the client since. Withdrawing
    /// again changes nothing. Needs `consents.write`.
    async fn consent_withdraw(
        &self,
        ctx: &Context<'_>,
        input: ConsentWithdrawInput,
    ) -> Result<ConsentPayload> {
        let call = Call::begin(ctx, "consentWithdraw", Permission::ConsentsWrite, &input)?;
        let id: ConsentId = decode_id(&input.consent_id)?;
        let command = Withdraw {
            reason: input.reason,
            at: call.at(),
        };
        let outcome = call.execute(id, command).await?;
        ConsentPayload::of(&call, id, outcome).await
    }
}

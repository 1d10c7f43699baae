//! Cancel a draft.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::Cancel;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Cancels a draft.
#[derive(Debug, Default)]
pub(super) struct InvoiceCancel;

/// Which draft, and why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceCancelInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// Why, at most 500 characters.
    reason: Option<String>,
}

impl CommandInput for InvoiceCancelInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceCancel {
    /// Gives a draft up and its number back. A sent document is credited instead. Needs
    /// `invoices.send`.
    async fn invoice_cancel(
        &self,
        ctx: &Context<'_>,
        input: InvoiceCancelInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceCancel", Permission::InvoicesSend, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = Cancel {
            reason: input.reason,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

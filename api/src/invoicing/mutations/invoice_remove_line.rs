//! Remove a line from a draft.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::RemoveLine;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, decode_id};

/// Removes a line from a draft.
#[derive(Debug, Default)]
pub(super) struct InvoiceRemoveLine;

/// Which line.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceRemoveLineInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// The line.
    line_id: ID,
}

impl CommandInput for InvoiceRemoveLineInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceRemoveLine {
    /// Removes a line from a draft. Needs `invoices.write`.
    async fn invoice_remove_line(
        &self,
        ctx: &Context<'_>,
        input: InvoiceRemoveLineInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceRemoveLine", Permission::InvoicesWrite, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = RemoveLine {
            line_id: decode_id(&input.line_id)?,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

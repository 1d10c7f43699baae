//! Set when a drafted invoice is to be due.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::SetDueDate;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Date, decode_id};

/// Sets when a drafted invoice is to be due.
#[derive(Debug, Default)]
pub(super) struct InvoiceSetDueDate;

/// Which draft, and the date.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceSetDueDateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// When it is to be due; null for the client's usual terms.
    due_on: Option<Date>,
}

impl CommandInput for InvoiceSetDueDateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceSetDueDate {
    /// Sets when a drafted invoice is to be due. Needs `invoices.write`.
    async fn invoice_set_due_date(
        &self,
        ctx: &Context<'_>,
        input: InvoiceSetDueDateInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceSetDueDate", Permission::InvoicesWrite, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = SetDueDate {
            due_on: input.due_on.map(|date| date.0),
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

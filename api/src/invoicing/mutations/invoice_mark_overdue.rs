//! Mark an invoice overdue.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::MarkOverdue;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::invoicing::facts::{settings, today};

/// Marks an invoice overdue.
#[derive(Debug, Default)]
pub(super) struct InvoiceMarkOverdue;

/// Which invoice.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceMarkOverdueInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The invoice.
    invoice_id: ID,
}

impl CommandInput for InvoiceMarkOverdueInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceMarkOverdue {
    /// Marks an invoice that has something outstanding past its due date, by the tenant's
    /// calendar. This happens by itself within minutes of that day's beginning. Needs
    /// `invoices.send`.
    async fn invoice_mark_overdue(
        &self,
        ctx: &Context<'_>,
        input: InvoiceMarkOverdueInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceMarkOverdue", Permission::InvoicesSend, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let today = today(&settings(&call).await?, call.at());
        let command = MarkOverdue {
            today,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

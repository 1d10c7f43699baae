//! Change a line of a draft.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use daybook_domain::invoicing::invoice::ChangeLine;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Decimal, decode_id, patch};

/// Changes a line of a draft.
#[derive(Debug, Default)]
pub(super) struct InvoiceChangeLine;

/// Which line, and what is to change. What is left out stays.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceChangeLineInput {
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
    /// What it is about, at most 1,000 characters; null keeps it. Part of the books for good, and
    /// never erased: no place for what is about a person.
    description: Option<String>,
    /// The product's code, at most 64 characters; null clears it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    product_code: MaybeUndefined<String>,
    /// How many or how much: not 0, at most 6 decimals; null keeps it.
    quantity: Option<Decimal>,
    /// The price of one: at most 6 decimals; null keeps it.
    unit_price: Option<Decimal>,
}

impl CommandInput for InvoiceChangeLineInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceChangeLine {
    /// Changes parts of a line of a draft; the line keeps its place. Needs `invoices.write`.
    async fn invoice_change_line(
        &self,
        ctx: &Context<'_>,
        input: InvoiceChangeLineInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceChangeLine", Permission::InvoicesWrite, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = ChangeLine {
            line_id: decode_id(&input.line_id)?,
            description: input.description,
            product_code: patch(input.product_code),
            quantity: input.quantity.map(|quantity| quantity.0),
            unit_price: input.unit_price.map(|price| price.0),
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

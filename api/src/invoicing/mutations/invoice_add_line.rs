//! Add a line to a draft.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::{AddLine, NewLine};
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Decimal, decode_id};

/// Adds a line to a draft.
#[derive(Debug, Default)]
pub(super) struct InvoiceAddLine;

/// Which draft, and the line.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceAddLineInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// What it is about, at most 1,000 characters; may be left out when there is a product code.
    /// Part of the books for good, and never erased: no place for what is about a person.
    #[graphql(default)]
    description: String,
    /// The product's code, at most 64 characters.
    product_code: Option<String>,
    /// How many or how much: not 0, at most 6 decimals; negative for what came back.
    quantity: Decimal,
    /// The price of one: at most 6 decimals; negative on adjustments only.
    unit_price: Decimal,
}

impl CommandInput for InvoiceAddLineInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceAddLine {
    /// Adds a line to a draft, below the others. Needs `invoices.write`.
    async fn invoice_add_line(
        &self,
        ctx: &Context<'_>,
        input: InvoiceAddLineInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceAddLine", Permission::InvoicesWrite, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let line = NewLine {
            line_id: call.mint(),
            description: input.description,
            product_code: input.product_code,
            quantity: input.quantity.0,
            unit_price: input.unit_price.0,
        };
        let command = AddLine {
            line,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

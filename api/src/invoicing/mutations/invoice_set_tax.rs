//! Set the tax rate of a draft.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::SetTax;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Decimal, decode_id};

/// Sets the tax rate of a draft.
#[derive(Debug, Default)]
pub(super) struct InvoiceSetTax;

/// Which draft, and the rate.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceSetTaxInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// The rate in per cent, 0 to 100 with at most 4 decimals; null shows no tax.
    tax_rate: Option<Decimal>,
}

impl CommandInput for InvoiceSetTaxInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceSetTax {
    /// Sets the one tax rate of a draft, or takes it away. Needs `invoices.write`.
    async fn invoice_set_tax(
        &self,
        ctx: &Context<'_>,
        input: InvoiceSetTaxInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceSetTax", Permission::InvoicesWrite, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let tax_rate = input.tax_rate.map(|rate| rate.0);
        let command = SetTax {
            tax_rate,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

//! Credit an invoice by a credit note.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use daybook_domain::invoicing::invoice::{CreditLine, CreditOrder, Extent, Invoice};
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoiceCreditPayload;
use crate::fault::Fault;
use crate::graphql::{Call, CommandInput, Date, Decimal, Outcome, decode_id};
use crate::invoicing::facts::{numbering, settings, today};

/// Credits an invoice by a credit note.
#[derive(Debug, Default)]
pub(super) struct InvoiceCredit;

/// Which invoice, and how much of it is taken back.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceCreditInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the invoice that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The invoice.
    invoice_id: ID,
    /// How much is taken back; left out for all that was not credited before.
    extent: Option<InvoiceCreditExtentInput>,
    /// Why, at most 500 characters; the credit note shows it.
    reason: Option<String>,
    /// The date the credit note bears; left out for today, by the tenant's calendar.
    issued_on: Option<Date>,
    /// The credit note's number, at most 40 characters, when the tenant gives numbers by hand.
    number: Option<String>,
}

/// How much of an invoice is taken back.
#[derive(Debug, OneofObject, Serialize)]
pub(super) enum InvoiceCreditExtentInput {
    /// These lines.
    Lines(Vec<InvoiceCreditLineInput>),
    /// An amount that includes the tax, of no line in particular.
    Amount(Decimal),
}

/// How much of a line is taken back.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceCreditLineInput {
    /// The line of the invoice.
    line_id: ID,
    /// How much of its quantity, with its sign; left out for all that was not credited before.
    quantity: Option<Decimal>,
}

impl CommandInput for InvoiceCreditInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceCredit {
    /// Takes back all or part of a sent invoice by a credit note, which is sent with it: both
    /// documents change, or none. Needs `invoices.send`.
    async fn invoice_credit(
        &self,
        ctx: &Context<'_>,
        input: InvoiceCreditInput,
    ) -> Result<InvoiceCreditPayload> {
        let call = Call::begin(ctx, "invoiceCredit", Permission::InvoicesSend, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let settings = settings(&call).await?;
        let given = input.issued_on.map(|date| date.0);
        let order = CreditOrder {
            credit_note_id: call.mint(),
            extent: extent(input.extent)?,
            reason: input.reason,
            issued_on: given.or(Some(today(&settings, call.at()))),
            numbering: numbering(&settings),
            number: input.number,
            at: call.at(),
        };
        let outcome = credit(&call, invoice_id, &order).await?;
        let ids = (invoice_id, order.credit_note_id);
        InvoiceCreditPayload::of(&call, ctx, ids, outcome).await
    }
}

/// Both halves of the credit as one batch. What the invoice says decides on both, so an invoice
/// that changed meanwhile is looked at once more.
async fn credit(call: &Call<'_>, invoice_id: InvoiceId, order: &CreditOrder) -> Result<Outcome> {
    let mut invoice = call.look_up::<Invoice>(invoice_id).await?;
    if order.against(&invoice).is_err() {
        invoice = call.look_up_now::<Invoice>(invoice_id).await?;
    }
    match order.against(&invoice) {
        Ok((credit, note)) => {
            let batch = call.batch().and(invoice_id, credit);
            Call::outcome(batch.and_new(order.credit_note_id, note).execute().await)
        }
        Err(refusal) => call.refuse::<Invoice>(invoice_id, refusal).await,
    }
}

fn extent(wanted: Option<InvoiceCreditExtentInput>) -> Result<Extent, Fault> {
    match wanted {
        None => Ok(Extent::Full),
        Some(InvoiceCreditExtentInput::Amount(amount)) => Ok(Extent::Amount(amount.0)),
        Some(InvoiceCreditExtentInput::Lines(lines)) => {
            let lines = lines.into_iter().map(|line| {
                let quantity = line.quantity.map(|quantity| quantity.0);
                Ok(CreditLine {
                    line_id: decode_id(&line.line_id)?,
                    quantity,
                })
            });
            Ok(Extent::Lines(lines.collect::<Result<_, Fault>>()?))
        }
    }
}

//! Record a payment on an invoice.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::RecordPayment;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Date, Decimal, decode_id};
use crate::invoicing::kinds::PaymentMethod;

/// Records a payment on an invoice.
#[derive(Debug, Default)]
pub(super) struct InvoiceRecordPayment;

/// Which invoice, and the money that came in.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceRecordPaymentInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The invoice.
    invoice_id: ID,
    /// How much: positive, no more than what is outstanding, in the invoice's currency.
    amount: Decimal,
    /// The day it came in.
    received_on: Date,
    /// How it came in.
    #[graphql(default_with = "PaymentMethod::BankTransfer")]
    method: PaymentMethod,
    /// The payer's reference, at most 200 characters.
    reference: Option<String>,
}

impl CommandInput for InvoiceRecordPaymentInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceRecordPayment {
    /// Records money that came in for an invoice. A payment is never changed. Needs
    /// `payments.record`.
    async fn invoice_record_payment(
        &self,
        ctx: &Context<'_>,
        input: InvoiceRecordPaymentInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(
            ctx,
            "invoiceRecordPayment",
            Permission::PaymentsRecord,
            &input,
        )?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = RecordPayment {
            payment_id: call.mint(),
            amount: input.amount.0,
            received_on: input.received_on.0,
            method: input.method.into(),
            reference: input.reference,
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

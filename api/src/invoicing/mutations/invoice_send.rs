//! Send a document.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::NaiveDate;
use daybook_domain::invoicing::invoice::{Invoice, Refusal, Send};
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Date, Outcome, decode_id};
use crate::invoicing::facts::{client_facts, numbering, settings, today};

/// Sends a document.
#[derive(Debug, Default)]
pub(super) struct InvoiceSend;

/// Which draft, and what is settled by sending it.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceSendInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// The date it bears; left out for the draft's, and failing that for today, by the tenant's
    /// calendar.
    issued_on: Option<Date>,
    /// When it is due, for invoices; left out for the draft's, and failing that for the usual
    /// terms of the client or the tenant.
    due_on: Option<Date>,
    /// Its number, at most 40 characters, when the tenant gives numbers by hand and the draft has
    /// none.
    number: Option<String>,
}

impl CommandInput for InvoiceSendInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceSend {
    /// Makes a draft final: from now on it never changes and can only be credited. Needs
    /// `invoices.send`.
    async fn invoice_send(
        &self,
        ctx: &Context<'_>,
        input: InvoiceSendInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceSend", Permission::InvoicesSend, &input)?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let outcome = send(&call, invoice_id, input).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

async fn send(call: &Call<'_>, invoice_id: InvoiceId, input: InvoiceSendInput) -> Result<Outcome> {
    let invoice = call.look_up::<Invoice>(invoice_id).await?;
    let Some(header) = invoice.header() else {
        return call.refuse::<Invoice>(invoice_id, Refusal::Unknown).await;
    };
    let settings = settings(call).await?;
    let Some(client) = client_facts(call, header.client_id, &settings).await? else {
        return call
            .refuse::<Invoice>(invoice_id, Refusal::ClientDiffers)
            .await;
    };
    let given = input.issued_on.map(|date| date.0);
    let command = Send {
        issued_on: issue_date(&invoice, given, today(&settings, call.at())),
        due_on: input.due_on.map(|date| date.0),
        numbering: numbering(&settings),
        number: input.number,
        client,
        at: call.at(),
    };
    call.execute(invoice_id, command).await
}

/// The date a draft is to bear. Of a sent document nothing is asked but what the client asked:
/// sending it once more on another day is no other wish.
fn issue_date(invoice: &Invoice, given: Option<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
    match invoice {
        Invoice::Draft(draft) => given.or(draft.issue_on).or(Some(today)),
        Invoice::Unknown | Invoice::Sent(_) | Invoice::Cancelled(_) => given,
    }
}

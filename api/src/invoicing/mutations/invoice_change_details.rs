//! Change what else a draft says.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use daybook_domain::invoicing::invoice::ChangeDetails;
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use crate::graphql::{Call, CommandInput, Date, decode_id, patch};

/// Changes what else a draft says.
#[derive(Debug, Default)]
pub(super) struct InvoiceChangeDetails;

/// What is to change. A field that is left out stays; null clears it.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceChangeDetailsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the document that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The draft.
    invoice_id: ID,
    /// What it says below its lines, at most 5,000 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    notes: MaybeUndefined<String>,
    /// The client's reference, at most 200 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    reference: MaybeUndefined<String>,
    /// The date it is to bear; without one, the day it is sent.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    issue_on: MaybeUndefined<Date>,
    /// Where the sale belongs, a name or code of at most 60 characters; without one, where the
    /// client is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    country: MaybeUndefined<String>,
    /// Its number, at most 40 characters, when given by hand or by another system.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    number: MaybeUndefined<String>,
}

impl CommandInput for InvoiceChangeDetailsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl InvoiceChangeDetails {
    /// Changes some details of a draft; the others stay. Needs `invoices.write`.
    async fn invoice_change_details(
        &self,
        ctx: &Context<'_>,
        input: InvoiceChangeDetailsInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(
            ctx,
            "invoiceChangeDetails",
            Permission::InvoicesWrite,
            &input,
        )?;
        let invoice_id: InvoiceId = decode_id(&input.invoice_id)?;
        let command = ChangeDetails {
            notes: patch(input.notes),
            reference: patch(input.reference),
            issue_on: patch(input.issue_on.map_value(|date| date.0)),
            country: patch(input.country),
            number: patch(input.number),
            at: call.at(),
        };
        let outcome = call.execute(invoice_id, command).await?;
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

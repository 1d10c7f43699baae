//! Draft a document.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use super::document_input::DocumentInput;
use crate::graphql::{Call, CommandInput};
use crate::invoicing::facts::{client_facts, refuse_client, settings};

/// Drafts a document.
#[derive(Debug, Default)]
pub(super) struct InvoiceDraft;

/// What a new document says.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceDraftInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    #[graphql(flatten)]
    document: DocumentInput,
}

impl CommandInput for InvoiceDraftInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl InvoiceDraft {
    /// Begins a document that may change until it is sent. A credit note that credits an invoice
    /// is made by `invoiceCredit`. Needs `invoices.write`.
    async fn invoice_draft(
        &self,
        ctx: &Context<'_>,
        input: InvoiceDraftInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceDraft", Permission::InvoicesWrite, &input)?;
        let client_id = input.document.client_id()?;
        let settings = settings(&call).await?;
        let invoice_id: InvoiceId = call.mint();
        let outcome = match client_facts(&call, client_id, &settings).await? {
            None => refuse_client(&call, client_id).await?,
            Some(client) => {
                let command = input.document.draft(&call, invoice_id, client);
                call.create(invoice_id, command).await?
            }
        };
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

//! Draft and send a document at once.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::invoicing::invoice::{Draft, Issue, Send};
use daybook_domain::kernel::InvoiceId;
use daybook_domain::tenancy::public::{Permission, Settings};
use serde::Serialize;
use uuid::Uuid;

use super::InvoicePayload;
use super::document_input::DocumentInput;
use crate::graphql::{Call, CommandInput};
use crate::invoicing::facts::{client_facts, numbering, refuse_client, settings, today};

/// Drafts and sends a document at once.
#[derive(Debug, Default)]
pub(super) struct InvoiceIssue;

/// What the document says. Where the issue date is left out, it is today.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceIssueInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    #[graphql(flatten)]
    document: DocumentInput,
}

impl CommandInput for InvoiceIssueInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl InvoiceIssue {
    /// Drafts a document and sends it, both or neither: nobody ever sees the draft. Needs
    /// `invoices.send`.
    async fn invoice_issue(
        &self,
        ctx: &Context<'_>,
        input: InvoiceIssueInput,
    ) -> Result<InvoicePayload> {
        let call = Call::begin(ctx, "invoiceIssue", Permission::InvoicesSend, &input)?;
        let client_id = input.document.client_id()?;
        let settings = settings(&call).await?;
        let invoice_id: InvoiceId = call.mint();
        let outcome = match client_facts(&call, client_id, &settings).await? {
            None => refuse_client(&call, client_id).await?,
            Some(client) => {
                let draft = input.document.draft(&call, invoice_id, client);
                call.create(invoice_id, issue(draft, &settings)).await?
            }
        };
        InvoicePayload::of(&call, ctx, invoice_id, outcome).await
    }
}

fn issue(draft: Draft, settings: &Settings) -> Issue {
    let send = Send {
        issued_on: draft.issue_on.or(Some(today(settings, draft.at))),
        due_on: None,
        numbering: numbering(settings),
        number: None,
        client: draft.client.clone(),
        at: draft.at,
    };
    Issue { draft, send }
}

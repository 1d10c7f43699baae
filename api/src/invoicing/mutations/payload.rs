//! What the mutations of the context answer.

use async_graphql::{Context, Lookahead, Result, SimpleObject};
use daybook_domain::kernel::InvoiceId;
use daybook_projections::invoicing::{INVOICES, invoices};
use daybook_store::Receipt;

use crate::fault::Fault;
use crate::graphql::{Call, Commit, Outcome};
use crate::invoicing::error::InvoicingUserError;
use crate::invoicing::invoice::Invoice;

/// What a mutation on a document answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct InvoicePayload {
    /// The document as it is now; null when the mutation was refused.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<InvoicingUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// What crediting an invoice answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct InvoiceCreditPayload {
    /// The invoice as it is now; null when the mutation was refused.
    invoice: Option<Invoice>,
    /// The credit note, sent; null when the mutation was refused.
    credit_note: Option<Invoice>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<InvoicingUserError>,
    /// Where it stands in the log, with the version of the invoice; null when it was refused.
    commit: Option<Commit>,
}

impl InvoicePayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(
        call: &Call<'_>,
        ctx: &Context<'_>,
        invoice_id: InvoiceId,
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        let wanted = [(invoice_id, ctx.look_ahead().field("invoice"))];
        let [invoice] = current(call, &receipt, wanted).await?;
        let commit = Some(Commit::from(&receipt));
        Ok(Self {
            invoice,
            commit,
            ..Self::default()
        })
    }
}

impl InvoiceCreditPayload {
    /// Answers from the read model, once it shows what was done to the invoice and the credit
    /// note.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(
        call: &Call<'_>,
        ctx: &Context<'_>,
        (invoice_id, note_id): (InvoiceId, InvoiceId),
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        let wanted = [
            (invoice_id, ctx.look_ahead().field("invoice")),
            (note_id, ctx.look_ahead().field("creditNote")),
        ];
        let [invoice, credit_note] = current(call, &receipt, wanted).await?;
        let commit = Some(Commit::from(&receipt));
        Ok(Self {
            invoice,
            credit_note,
            commit,
            ..Self::default()
        })
    }
}

/// The documents as they are after a receipt, each with what is selected of it.
async fn current<const N: usize>(
    call: &Call<'_>,
    receipt: &Receipt,
    wanted: [(InvoiceId, Lookahead<'_>); N],
) -> Result<[Option<Invoice>; N], Fault> {
    call.settled(receipt, &[INVOICES]).await?;
    let mut tx = call.asking.read(call.scope, &[]).await?;
    let mut found = [const { None }; N];
    for (slot, (id, selected)) in found.iter_mut().zip(wanted) {
        let row = invoices::find(&mut tx, id).await?;
        let rows = row.into_iter().collect();
        *slot = Invoice::load(&mut tx, (rows, call.scope), &[selected])
            .await?
            .pop();
    }
    tx.commit().await?;
    Ok(found)
}

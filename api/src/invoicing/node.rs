//! Documents by their global id, for `node` and `nodes`.

use async_graphql::Context;
use daybook_domain::kernel::InvoiceId;
use daybook_projections::invoicing::{INVOICES, invoices};
use daybook_store::AsOf;

use super::invoice::Invoice;
use crate::crm::Sight;
use crate::fault::Fault;
use crate::graphql::Asking;

/// The documents with these ids that the caller may see, as of a moment or now, in no order. What
/// is not there and what they may not see is left out alike.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn invoices_by_ids(
    ctx: &Context<'_>,
    ids: &[InvoiceId],
    moment: Option<AsOf>,
) -> Result<Vec<Invoice>, Fault> {
    let asking = Asking::of(ctx)?;
    let Some(scope) = asking.caller.scope.as_deref() else {
        return Ok(Vec::new());
    };
    let Some(sight) = Sight::of_invoices(scope) else {
        return Ok(Vec::new());
    };
    let mut tx = asking.look(scope, &[INVOICES], moment).await?;
    let mut rows = invoices::by_ids(&mut tx, ids).await?;
    rows.retain(|row| sight.admits_document(row));
    let found = Invoice::load(&mut tx, (rows, scope), &[]).await?;
    tx.commit().await?;
    Ok(found)
}

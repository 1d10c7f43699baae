//! Documents by their global id, for `node` and `nodes`.

use async_graphql::Context;
use daybook_domain::kernel::InvoiceId;
use daybook_projections::invoicing::INVOICES;
use daybook_projections::invoicing::invoices::Invoices;
use daybook_projections::list;

use super::filter::InvoiceFilter;
use super::invoice::Invoice;
use crate::crm::Sight;
use crate::fault::Fault;
use crate::graphql::Asking;

/// The documents with these ids that the caller may see, in no order. What is not there and what
/// they may not see is left out alike.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn invoices_by_ids(ctx: &Context<'_>, ids: &[InvoiceId]) -> Result<Vec<Invoice>, Fault> {
    let asking = Asking::of(ctx)?;
    let Some(scope) = asking.caller.scope.as_deref() else {
        return Ok(Vec::new());
    };
    let Some(sight) = Sight::of_invoices(scope) else {
        return Ok(Vec::new());
    };
    let mut tx = asking.read(scope, &[INVOICES]).await?;
    let rows =
        list::matching::<Invoices>(&mut tx, &InvoiceFilter::one_of(ids.to_vec(), sight)).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(Invoice::from).collect())
}

//! What is read along with documents: one statement for each relation that is selected, however
//! many documents there are.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Lookahead;
use daybook_domain::kernel::{ClientId, InvoiceId};
use daybook_projections::crm::clients;
use daybook_projections::invoicing::invoices::InvoiceRow;
use daybook_projections::invoicing::lines::{self, LineRow, Lines};
use daybook_projections::invoicing::payments::{self, PaymentRow, Payments};
use daybook_projections::list::{self, Direction, OnlyOrder, Page};
use daybook_store::TenantTx;

use super::invoice::{Invoice, Keys};
use super::line::InvoiceLine;
use super::payment::Payment;
use crate::access::Scope;
use crate::crm::{Client, Sight};
use crate::fault::Fault;
use crate::graphql::{Connection, Listing, PageRequest, within};

/// Lines that are read along at most; documents with more, or with more payments, are read page by page.
const MOST_LINES: i64 = 5_000;

/// What was read along with a document; what is none was not.
#[derive(Debug, Clone, Default)]
pub(super) struct Loaded {
    /// The client; none inside for one that the caller may not see.
    pub(super) client: Option<Option<Arc<Client>>>,
    lines: Option<Vec<LineRow>>,
    payments: Option<Vec<PaymentRow>>,
}

impl Invoice {
    /// The documents of some rows, in their order, with what is `selected` of them.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn load(
        tx: &mut TenantTx,
        (rows, scope): (Vec<InvoiceRow>, &Scope),
        selected: &[Lookahead<'_>],
    ) -> Result<Vec<Self>, Fault> {
        let mut invoices: Vec<Self> = rows.into_iter().map(Self::from).collect();
        for invoice in &mut invoices {
            invoice.moment = tx.moment();
        }
        let client = within(selected, "client");
        if !client.is_empty() {
            let ids: Vec<ClientId> = invoices.iter().map(|one| one.keys().client_id).collect();
            let found = load_clients(tx, (&ids, scope), &client).await?;
            for invoice in &mut invoices {
                invoice.loaded.client = Some(found.get(&invoice.keys().client_id).cloned());
            }
        }
        let ids: Vec<InvoiceId> = invoices.iter().map(|one| one.keys().invoice_id).collect();
        let lines: i64 = invoices.iter().map(|one| one.keys().line_count).sum();
        if lines <= MOST_LINES && are_pages_from_the_front(&within(selected, "lines")) {
            let rows = lines::of_invoices(tx, &ids).await?;
            let mut found = grouped(rows, |row| row.invoice_id);
            for invoice in &mut invoices {
                let lines = found.remove(&invoice.keys().invoice_id);
                invoice.loaded.lines = Some(lines.unwrap_or_default());
            }
        }
        if are_pages_from_the_front(&within(selected, "payments"))
            && let Some(rows) = payments::of_invoices(tx, &ids).await?
        {
            let mut found = grouped(rows, |row| row.invoice_id);
            for invoice in &mut invoices {
                let payments = found.remove(&invoice.keys().invoice_id);
                invoice.loaded.payments = Some(payments.unwrap_or_default());
            }
        }
        Ok(invoices)
    }
}

/// Those of the clients that the caller may see, by id, with what is `selected` of them.
///
/// # Errors
/// The database is away.
pub(super) async fn load_clients(
    tx: &mut TenantTx,
    (ids, scope): (&[ClientId], &Scope),
    selected: &[Lookahead<'_>],
) -> Result<HashMap<ClientId, Arc<Client>>, Fault> {
    let Some(sight) = Sight::of_clients(scope) else {
        return Ok(HashMap::new());
    };
    let mut ids: Vec<ClientId> = ids.iter().copied().filter(|id| sight.admits(*id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = clients::by_ids(tx, &ids).await?;
    let found = Client::load(tx, rows, selected).await?;
    Ok(found
        .into_iter()
        .map(|client| (client.client_id(), Arc::new(client)))
        .collect())
}

impl Loaded {
    /// A page of the lines; none when they were not read along.
    pub(super) fn lines(
        &self,
        page: &PageRequest,
        keys: Keys,
    ) -> Result<Option<Connection<InvoiceLine>>, Fault> {
        let Some(rows) = self.lines.as_ref().filter(|_| is_from_the_front(page)) else {
            return Ok(None);
        };
        let listing = Listing::read(page.clone(), OnlyOrder, Direction::Ascending)?;
        let found = listing.places(front(rows, listing.window().first), list::place::<Lines>);
        let found = found.counting(keys.line_count);
        Ok(Some(
            found.converted(|row| InvoiceLine::of(row, keys.currency)),
        ))
    }

    /// A page of the payments; none when they were not read along.
    pub(super) fn payments(
        &self,
        page: &PageRequest,
    ) -> Result<Option<Connection<Payment>>, Fault> {
        let Some(rows) = self.payments.as_ref().filter(|_| is_from_the_front(page)) else {
            return Ok(None);
        };
        let listing = Listing::read(page.clone(), OnlyOrder, Direction::Ascending)?;
        let page = front(rows, listing.window().first);
        let found = listing.places(page, list::place::<Payments>);
        let found = found.counting(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        Ok(Some(found.converted(Payment::from)))
    }
}

fn grouped<R>(rows: Vec<R>, of: impl Fn(&R) -> InvoiceId) -> HashMap<InvoiceId, Vec<R>> {
    let mut groups: HashMap<InvoiceId, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(of(&row)).or_default().push(row);
    }
    groups
}

/// Whether a connection is selected, and only from its front: then its rows are worth reading
/// along.
fn are_pages_from_the_front(selected: &[Lookahead<'_>]) -> bool {
    let others = ["after", "last", "before"];
    let fields = || selected.iter().flat_map(Lookahead::selection_fields);
    let mut arguments = fields().flat_map(|field| field.arguments().unwrap_or_default());
    !selected.is_empty() && !arguments.any(|(name, _)| others.contains(&name.as_str()))
}

fn is_from_the_front(page: &PageRequest) -> bool {
    page.after.is_none() && page.last.is_none() && page.before.is_none()
}

fn front<R: Clone>(rows: &[R], first: u32) -> Page<R> {
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let rows_in = rows.iter().take(first).cloned().collect();
    Page {
        rows: rows_in,
        has_more: rows.len() > first,
    }
}

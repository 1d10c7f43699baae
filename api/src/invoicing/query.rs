//! Documents one by one and in lists, and the figures that follow from them.

use async_graphql::{Context, ID, Object, Result};
use daybook_domain::kernel::{ClientId, InvoiceId};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::crm::CLIENTS;
use daybook_projections::invoicing::invoices::{self, Invoices};
use daybook_projections::invoicing::{INVOICES, balances, receivables};
use daybook_store::AsOf;

use super::balance::Balance;
use super::facts::{settings_of, today};
use super::filter::{InvoiceFilter, InvoiceOrder};
use super::invoice::Invoice;
use super::receivables::Receivables;
use super::revenue::{Revenue, RevenueFilter, RevenueGrouping, revenue};
use crate::access::Scope;
use crate::crm::invoices_seen;
use crate::fault::Fault;
use crate::graphql::{
    AsOfInput, Asking, Connection, Date, ListRequest, PageRequest, decode_id, nullable, of_nodes,
};

/// The context's queries.
#[derive(Debug, Default)]
pub struct InvoicingQuery;

#[Object]
impl InvoicingQuery {
    /// A document; null when there is none with that id. Needs `invoices.read`, or
    /// `own_invoices.read` for what was sent to the client one belongs to.
    async fn invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document's id.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Invoice>> {
        nullable(async {
            // Who may see nothing is told so whatever they ask for.
            let (asking, scope, _) = invoices_seen(ctx)?;
            let id = decode_id(&id)?;
            let moment = asking.moment(scope, as_of).await?;
            Ok(one_invoice(ctx, (id, moment)).await?)
        })
        .await
    }

    /// The tenant's documents. Needs `invoices.read`; with `own_invoices.read` the list holds what
    /// was sent to the client one belongs to.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a connection are fixed"
    )]
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<InvoiceFilter>,
        #[graphql(desc = "In which order; newest first when left out.")] order_by: Option<
            InvoiceOrder,
        >,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<Invoice>>> {
        nullable(async {
            let (asking, scope, sight) = invoices_seen(ctx)?;
            let request = ListRequest {
                page: PageRequest::of((first, after), (last, before)),
                order: InvoiceOrder::read(order_by),
                filter: filter.unwrap_or_default().read(sight)?,
                moment: asking.moment(scope, as_of).await?,
            };
            Ok(Some(invoice_page(ctx, (asking, scope), request).await?))
        })
        .await
    }

    /// What all clients together owe, by currency. Needs `invoices.read`.
    async fn balances(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Vec<Balance>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::InvoicesRead)?;
            let moment = asking.moment(scope, as_of).await?;
            let mut tx = asking.list(scope, &[INVOICES], moment).await?;
            let rows = balances::of_tenant(&mut tx).await.map_err(Fault::from)?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(rows.into_iter().map(Balance::from).collect()))
        })
        .await
    }

    /// What is still to be paid of sent invoices, by currency and by how long it has been due.
    /// Needs `invoices.read`.
    async fn receivables(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The day to which ages are counted; today in the tenant's calendar when left out, or the day of the moment that is looked from."
        )]
        on: Option<Date>,
        #[graphql(desc = "Only what this client has to pay.")] client_id: Option<ID>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Vec<Receivables>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::InvoicesRead)?;
            let client_id = client_id.as_ref().map(decode_id).transpose()?;
            let moment = asking.moment(scope, as_of).await?;
            let day = match on {
                Some(day) => day.0,
                None => {
                    let at = moment.and_then(|moment| moment.recorded_at);
                    today(&settings_of(asking, scope).await?, at.unwrap_or(asking.at))
                }
            };
            let mut tx = asking.list(scope, &[INVOICES], moment).await?;
            let aged = receivables::by_age(&mut tx, day, client_id).await;
            let aged = aged.map_err(Fault::from)?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(aged.into_iter().map(Receivables::from).collect()))
        })
        .await
    }

    /// What was earned: the sums of sent documents by the date they bear, credit notes subtracted,
    /// in order of period, country and currency. Needs `revenue.read`.
    async fn revenue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first day; from the beginning when left out.")] from: Option<Date>,
        #[graphql(desc = "The last day; without end when left out.")] until: Option<Date>,
        #[graphql(
            desc = "What is summed up together.",
            default_with = "RevenueGrouping::Month"
        )]
        by: RevenueGrouping,
        #[graphql(desc = "Only revenue that meets every condition.")] filter: Option<RevenueFilter>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Vec<Revenue>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::RevenueRead)?;
            let range = filter.unwrap_or_default().range(from, until)?;
            let moment = asking.moment(scope, as_of).await?;
            let mut tx = asking.list(scope, &[INVOICES], moment).await?;
            let figures = revenue(&mut tx, &range, by).await?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(figures))
        })
        .await
    }
}

/// A document that the caller may see.
///
/// # Errors
/// `FORBIDDEN`, or the database is away.
pub(super) async fn one_invoice(
    ctx: &Context<'_>,
    (id, moment): (InvoiceId, Option<AsOf>),
) -> Result<Option<Invoice>, Fault> {
    let (asking, scope, sight) = invoices_seen(ctx)?;
    let mut tx = asking.look(scope, &[INVOICES, CLIENTS], moment).await?;
    let mut rows = invoices::by_ids(&mut tx, &[id]).await?;
    rows.retain(|row| sight.admits_document(row));
    let found = Invoice::load(&mut tx, (rows, scope), &[ctx.look_ahead()])
        .await?
        .pop();
    tx.commit().await?;
    Ok(found)
}

/// A page of documents, with what is selected of them.
///
/// # Errors
/// A page that makes no sense, or the database is away.
pub(super) async fn invoice_page(
    ctx: &Context<'_>,
    (asking, scope): (&Asking, &Scope),
    request: ListRequest<Invoices>,
) -> Result<Connection<Invoice>, Fault> {
    let beside: &[_] = match request.moment {
        // Their clients follow from the events of those few.
        Some(_) => &[],
        None => &[CLIENTS],
    };
    let (mut tx, mut found) = request.open(ctx, (asking, scope), beside).await?;
    let rows = std::mem::take(&mut found.rows);
    let selected = of_nodes(&ctx.look_ahead());
    let shown = Invoice::load(&mut tx, (rows, scope), &selected).await?;
    tx.commit().await?;
    Ok(found.shown(shown))
}

/// A page of a client's documents that the caller may see.
///
/// # Errors
/// `FORBIDDEN`, a page that makes no sense, or the database is away.
pub(crate) async fn invoices_of(
    ctx: &Context<'_>,
    (client_id, moment): (ClientId, Option<AsOf>),
    (page, order): (PageRequest, Option<InvoiceOrder>),
) -> Result<Connection<Invoice>, Fault> {
    let (asking, scope, sight) = invoices_seen(ctx)?;
    let request = ListRequest {
        page,
        order: InvoiceOrder::read(order),
        filter: InvoiceFilter::of_client(client_id, sight),
        moment,
    };
    invoice_page(ctx, (asking, scope), request).await
}

//! A document as clients of the API see it.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::invoicing::invoice::TaxRate;
use daybook_domain::kernel::{ClientId, Currency, InvoiceId};
use daybook_projections::crm::CLIENTS;
use daybook_projections::invoicing::INVOICES;
use daybook_projections::invoicing::invoices::{InvoiceRow, OrderBy};
use daybook_projections::invoicing::payments::{self, Payments};
use daybook_projections::list::{Direction, OnlyOrder};
use daybook_store::AsOf;

use super::filter::InvoiceFilter;
use super::kinds::{InvoiceKind, InvoiceStatus};
use super::line::{InvoiceLine, lines_of};
use super::loading::{Loaded, load_clients};
use super::payment::Payment;
use super::query::{invoice_page, one_invoice};
use crate::crm::{BillingDetails, Client, invoices_seen};
use crate::fault::Fault;
use crate::graphql::{
    Connection, CurrencyCode, Date, Decimal, ListRequest, Money, PageRequest, Position, encode_id,
    nullable,
};

/// An invoice, a credit note or an adjustment.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Invoice {
    /// Its id.
    pub(crate) id: ID,
    /// What it does.
    kind: InvoiceKind,
    /// Where it stands.
    status: InvoiceStatus,
    /// What it is called; null until it was given or has drawn a number.
    number: Option<String>,
    /// What the client was called when it was drafted or sent.
    client_name: String,
    /// How the client was billed; null until it is sent.
    billing: Option<BillingDetails>,
    /// Where the sale belongs, as it was named; on drafts only when that is not where the client
    /// is.
    country: Option<String>,
    /// The currency of all amounts.
    currency: CurrencyCode,
    /// The tax rate in per cent; null when it shows no tax.
    tax_rate: Option<Decimal>,
    /// The sum of its lines.
    net: Money,
    /// The tax on that sum.
    tax: Money,
    /// Both together: positive on sent invoices and credit notes, signed on adjustments.
    total: Money,
    /// What is paid.
    paid: Money,
    /// What is credited by credit notes.
    credited: Money,
    /// What is still to be paid; nothing on drafts, credit notes and adjustments.
    outstanding: Money,
    /// What was paid beyond what is owed, since credits can follow payments.
    overpaid: Money,
    /// The date it bears; on drafts the one it is to bear, null for the day it is sent.
    issued_on: Option<Date>,
    /// When it is due; only invoices are. Null on a draft for the usual terms.
    due_on: Option<Date>,
    /// What it says below its lines.
    notes: Option<String>,
    /// The client's reference.
    reference: Option<String>,
    /// When it was drafted.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// When it was sent; null before.
    sent_at: Option<DateTime<Utc>>,
    /// When it was given up as a draft; null otherwise.
    cancelled_at: Option<DateTime<Utc>>,
    /// How many events it has, for `expectedVersion`.
    version: i64,
    /// The position of its last event in the tenant's log.
    position: Position,
    #[graphql(skip)]
    keys: Keys,
    #[graphql(skip)]
    pub(super) loaded: Loaded,
    #[graphql(skip)]
    pub(super) moment: Option<AsOf>,
}

/// By what its relations are found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) invoice_id: InvoiceId,
    pub(super) client_id: ClientId,
    pub(super) credits_id: Option<InvoiceId>,
    pub(super) currency: Currency,
    pub(super) line_count: i64,
}

#[ComplexObject]
impl Invoice {
    /// The client it is made out to, as it is now, or was at the moment that is looked from; null for a caller who may not see clients.
    async fn client(&self, ctx: &Context<'_>) -> Option<Result<Arc<Client>>> {
        nullable(async {
            if let Some(client) = &self.loaded.client {
                return Ok(client.clone());
            }
            let (asking, scope, _) = invoices_seen(ctx)?;
            let mut tx = asking
                .look(scope, &[INVOICES, CLIENTS], self.moment)
                .await?;
            let ids = [self.keys.client_id];
            let mut found = load_clients(&mut tx, (&ids, scope), &[ctx.look_ahead()]).await?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(found.remove(&self.keys.client_id))
        })
        .await
    }

    /// Its lines, in order.
    async fn lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the first: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the last: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<InvoiceLine>>> {
        nullable(async {
            let page = PageRequest::of((first, after), (last, before));
            if let Some(page) = self.loaded.lines(&page, self.keys)? {
                return Ok(Some(page));
            }
            let (asking, scope, _) = invoices_seen(ctx)?;
            let mut tx = asking.list(scope, &[INVOICES], self.moment).await?;
            let Keys {
                invoice_id,
                currency,
                line_count,
                ..
            } = self.keys;
            let page = lines_of(&mut tx, (invoice_id, currency, line_count), page).await?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(page))
        })
        .await
    }

    /// Its payments, in the order in which they were recorded.
    async fn payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the first: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the last: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Payment>>> {
        nullable(async {
            let page = PageRequest::of((first, after), (last, before));
            if let Some(page) = self.loaded.payments(&page)? {
                return Ok(Some(page));
            }
            let (asking, scope, _) = invoices_seen(ctx)?;
            let request = ListRequest::<Payments> {
                page,
                order: (OnlyOrder, Direction::Ascending),
                filter: payments::Filter {
                    invoices: vec![self.keys.invoice_id],
                },
                moment: self.moment,
            };
            let found = request.answer(ctx, (asking, scope)).await?;
            Ok(Some(found.converted(Payment::from)))
        })
        .await
    }

    /// The invoice that this credit note credits; null on every other document.
    async fn credited_invoice(&self, ctx: &Context<'_>) -> Option<Result<Box<Invoice>>> {
        nullable(async {
            let Some(id) = self.keys.credits_id else {
                return Ok(None);
            };
            Ok(one_invoice(ctx, (id, self.moment)).await?.map(Box::new))
        })
        .await
    }

    /// The credit notes that credit this invoice, oldest first.
    async fn credit_notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the oldest: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the newest: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Invoice>>> {
        nullable(async {
            let (asking, scope, sight) = invoices_seen(ctx)?;
            let request = ListRequest {
                page: PageRequest::of((first, after), (last, before)),
                order: (OrderBy::Created, Direction::Ascending),
                filter: InvoiceFilter::crediting(self.keys.invoice_id, sight),
                moment: self.moment,
            };
            Ok(Some(invoice_page(ctx, (asking, scope), request).await?))
        })
        .await
    }
}

impl Invoice {
    /// By what its relations are found.
    pub(super) fn keys(&self) -> Keys {
        self.keys
    }
}

impl From<InvoiceRow> for Invoice {
    fn from(row: InvoiceRow) -> Self {
        let money = |amount| Money::new(amount, row.currency);
        Self {
            id: encode_id(row.id),
            kind: row.kind.into(),
            status: row.status.into(),
            number: row.number,
            client_name: row.client_name,
            billing: row.billing.map(BillingDetails::from),
            country: row.country.map(|country| country.to_string()),
            currency: CurrencyCode(row.currency),
            tax_rate: row.tax_rate.map(TaxRate::percent).map(Decimal),
            net: money(row.net),
            tax: money(row.tax),
            total: money(row.total),
            paid: money(row.paid),
            credited: money(row.credited),
            outstanding: money(row.outstanding),
            overpaid: money(row.overpaid),
            issued_on: row.issued_on.map(Date),
            due_on: row.due_on.map(Date),
            notes: row.notes,
            reference: row.reference,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sent_at: row.sent_at,
            cancelled_at: row.cancelled_at,
            version: row.version,
            position: Position(row.position),
            keys: Keys {
                invoice_id: row.id,
                client_id: row.client_id,
                credits_id: row.credits_id,
                currency: row.currency,
                line_count: row.line_count,
            },
            loaded: Loaded::default(),
            moment: None,
        }
    }
}

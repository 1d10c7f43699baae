//! The list of documents, live.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use daybook_domain::kernel::InvoiceId;
use daybook_projections::crm::CLIENTS;
use daybook_projections::invoicing::INVOICES;
use daybook_projections::invoicing::invoices::{self, Invoices};
use daybook_projections::list::{self, Cursor};
use daybook_store::{HistoryFilter, Recorded, TenantTx};
use futures::Stream;
use uuid::Uuid;

use super::filter::InvoiceFilter;
use super::invoice::Invoice;
use crate::changes::{
    Change, ChangeKind, LiveList, Page, Touched, admitted, page_of, rows_of, subscribe,
};
use crate::crm::{Sight, invoices_seen};
use crate::fault::Fault;
use crate::graphql::{Position, encode_id};
use crate::live::Assignment;

/// The context's subscriptions.
#[derive(Debug, Default)]
pub struct InvoicingSubscription;

/// An entry of the live list of documents.
#[derive(Debug, Clone, SimpleObject)]
pub struct InvoiceChange {
    /// What happened.
    kind: ChangeKind,
    /// The position to resume after. A row may already show what comes after it.
    position: Position,
    /// Which document; null when everything was told.
    id: Option<ID>,
    /// The document as it is now; null when it is not in the list, or everything was told.
    invoice: Option<Invoice>,
}

#[Subscription]
impl InvoicingSubscription {
    /// The tenant's documents, live: first those that are there, each as `SNAPSHOT`, then
    /// `CAUGHT_UP`, then every change as it happens. With `after` only what changed since, then
    /// `CAUGHT_UP`. Needs `invoices.read`, or `own_invoices.read` for what was sent to the client
    /// one belongs to.
    async fn invoices_live(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<InvoiceFilter>,
        #[graphql(desc = "The last position seen; everything when it is left out.")] after: Option<
            Position,
        >,
    ) -> Result<impl Stream<Item = Result<InvoiceChange>> + use<>> {
        let (asking, scope, sight) = invoices_seen(ctx)?;
        let assignment = ctx.data::<Assignment>()?.clone();
        // The mode holds what `after` says, or a later position when the subscriber has come back.
        let _: Option<Position> = after;
        let list = InvoiceList {
            filter: filter.unwrap_or_default().read(sight)?,
            sight,
        };
        let place = (asking.api.clone(), scope.tenant);
        Ok(subscribe(place, list, &assignment, shown))
    }
}

fn shown((position, change): (i64, Change<Invoice>)) -> InvoiceChange {
    let (kind, id, invoice) = change.into_parts();
    InvoiceChange {
        kind,
        position: Position(position),
        id: id.map(|id| encode_id(InvoiceId(id))),
        invoice,
    }
}

struct InvoiceList {
    filter: invoices::Filter,
    sight: Sight,
}

impl LiveList for InvoiceList {
    type Row = Invoice;

    fn read_models(&self) -> &'static [&'static str] {
        &[INVOICES, CLIENTS]
    }

    fn events(&self) -> HistoryFilter {
        HistoryFilter {
            types: vec!["invoicing.invoice.*".to_owned()],
            stream_id: None,
        }
    }

    async fn touched(
        &self,
        tx: &mut TenantTx,
        events: &[Arc<Recorded>],
    ) -> Result<Vec<Touched>, Fault> {
        let mut touched: Vec<Touched> = events.iter().map(|e| Touched::itself(e)).collect();
        if let Sight::Own(_) = self.sight {
            // Others' documents, and one's own before they were sent, are not even known by their
            // ids.
            let ids = touched.iter().map(|one| InvoiceId(one.id)).collect();
            let known = InvoiceFilter::one_of(ids, self.sight);
            let known = list::matching::<Invoices>(tx, &known).await?;
            touched.retain(|one| known.iter().any(|row| row.id.0 == one.id));
        }
        Ok(touched)
    }

    async fn find(&self, tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<(Uuid, Invoice)>, Fault> {
        let filter = invoices::Filter {
            ids: Some(admitted(ids, self.filter.ids.as_ref())),
            ..self.filter.clone()
        };
        rows_of::<Invoices, _>(tx, &filter).await
    }

    async fn page(&self, tx: &mut TenantTx, after: Option<Cursor>) -> Result<Page<Invoice>, Fault> {
        let from = (invoices::OrderBy::Created, after);
        page_of::<Invoices, _>(tx, &self.filter, from).await
    }
}

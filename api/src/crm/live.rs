//! The list of clients, live.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use daybook_domain::crm::client;
use daybook_domain::invoicing::invoice;
use daybook_domain::kernel::{Aggregate, ClientId, InvoiceId};
use daybook_projections::crm::CLIENTS;
use daybook_projections::crm::clients::{self, Clients};
use daybook_projections::invoicing::invoices::InvoiceRow;
use daybook_projections::invoicing::{INVOICES, invoices};
use daybook_projections::list::Cursor;
use daybook_store::{HistoryFilter, Recorded, TenantTx};
use futures::Stream;
use uuid::Uuid;

use super::client::Client;
use super::filter::ClientFilter;
use super::sight::{Sight, clients_seen};
use crate::changes::{
    Change, ChangeKind, LiveList, Page, Touched, admitted, page_of, rows_of, subscribe,
};
use crate::fault::Fault;
use crate::graphql::{Position, encode_id};
use crate::live::Assignment;

/// The context's subscriptions.
#[derive(Debug, Default)]
pub struct CrmSubscription;

/// An entry of the live list of clients.
#[derive(Debug, Clone, SimpleObject)]
pub struct ClientChange {
    /// What happened.
    kind: ChangeKind,
    /// The position to resume after. A row may already show what comes after it.
    position: Position,
    /// Which client; null when everything was told.
    id: Option<ID>,
    /// The client as it is now; null when it is not in the list, or everything was told.
    client: Option<Client>,
}

#[Subscription]
impl CrmSubscription {
    /// The tenant's clients, live: first those that are there, each as `SNAPSHOT`, then
    /// `CAUGHT_UP`, then every change as it happens. With `after` only what changed since, then
    /// `CAUGHT_UP`. Balances and documents count as part of a client where they are selected.
    /// Needs `clients.read`, or `own_client.read` for the client one belongs to.
    async fn clients_live(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<ClientFilter>,
        #[graphql(desc = "The last position seen; everything when it is left out.")] after: Option<
            Position,
        >,
    ) -> Result<impl Stream<Item = Result<ClientChange>> + use<>> {
        let (asking, scope, sight) = clients_seen(ctx)?;
        let assignment = ctx.data::<Assignment>()?.clone();
        // The mode holds what `after` says, or a later position when the subscriber has come back.
        let _: Option<Position> = after;
        let look = ctx.look_ahead().field("client");
        let list = ClientList {
            filter: filter.unwrap_or_default().read(sight)?,
            sight,
            documents: Sight::of_invoices(scope)
                .filter(|_| look.field("balances").exists() || look.field("invoices").exists()),
        };
        let place = (asking.api.clone(), scope.tenant);
        Ok(subscribe(place, list, &assignment, shown))
    }
}

fn shown((position, change): (i64, Change<Client>)) -> ClientChange {
    let (kind, id, client) = change.into_parts();
    ClientChange {
        kind,
        position: Position(position),
        id: id.map(|id| encode_id(ClientId(id))),
        client,
    }
}

struct ClientList {
    filter: clients::Filter,
    sight: Sight,
    /// Which documents are part of a client; none when none are selected, or may be seen.
    documents: Option<Sight>,
}

impl LiveList for ClientList {
    type Row = Client;

    fn read_models(&self) -> &'static [&'static str] {
        &[CLIENTS, INVOICES]
    }

    fn events(&self) -> HistoryFilter {
        let mut types = vec!["crm.client.*".to_owned()];
        if self.documents.is_some() {
            types.push("invoicing.invoice.*".to_owned());
        }
        HistoryFilter {
            types,
            stream_id: None,
        }
    }

    async fn touched(
        &self,
        tx: &mut TenantTx,
        events: &[Arc<Recorded>],
    ) -> Result<Vec<Touched>, Fault> {
        let of = |name: &'static str| events.iter().filter(move |e| e.stream_type == name);
        let mut touched: Vec<Touched> = of(client::Client::NAME)
            .map(|event| Touched::itself(event))
            .collect();
        let documents: Vec<InvoiceId> = of(invoice::Invoice::NAME)
            .map(|event| InvoiceId(event.stream_id))
            .collect();
        let rows = invoices::by_ids(tx, &documents).await?;
        for event in of(invoice::Invoice::NAME) {
            let row = rows.iter().find(|row| row.id.0 == event.stream_id);
            // What is being prepared for a client is none of its business yet.
            let is_seen = |row: &&InvoiceRow| {
                let documents = self.documents;
                documents.is_some_and(|documents| documents.admits_document(row))
            };
            touched.extend(row.filter(is_seen).map(|row| Touched {
                id: row.client_id.0,
                position: event.position,
                may_leave: false,
            }));
        }
        touched.retain(|one| self.sight.admits(ClientId(one.id)));
        Ok(touched)
    }

    async fn find(&self, tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<(Uuid, Client)>, Fault> {
        let filter = clients::Filter {
            ids: Some(admitted(ids, self.filter.ids.as_ref())),
            ..self.filter.clone()
        };
        rows_of::<Clients, _>(tx, &filter).await
    }

    async fn page(&self, tx: &mut TenantTx, after: Option<Cursor>) -> Result<Page<Client>, Fault> {
        let from = (clients::OrderBy::Created, after);
        page_of::<Clients, _>(tx, &self.filter, from).await
    }
}

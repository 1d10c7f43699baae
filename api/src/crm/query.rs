//! Clients one by one and in lists.

use async_graphql::{Context, ID, Object, Result};
use daybook_domain::kernel::ClientId;
use daybook_projections::crm::clients::{self, Clients};
use daybook_projections::crm::{CLIENTS, FIELDS, fields};
use daybook_projections::invoicing::INVOICES;

use super::client::Client;
use super::field::CustomField;
use super::filter::{ClientFilter, ClientOrder};
use super::sight::clients_seen;
use crate::fault::Fault;
use crate::graphql::{
    AsOfInput, Connection, ListRequest, PageRequest, decode_id, nullable, of_nodes, within,
};

/// The context's queries.
#[derive(Debug, Default)]
pub struct CrmQuery;

#[Object]
impl CrmQuery {
    /// A client; null when there is none with that id. Needs `clients.read`, or `own_client.read`
    /// for the client one belongs to.
    async fn client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client's id.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Client>> {
        nullable(async {
            let (asking, scope, sight) = clients_seen(ctx)?;
            let id: ClientId = decode_id(&id)?;
            if !sight.admits(id) {
                return Ok(None);
            }
            let moment = asking.moment(scope, as_of).await?;
            let mut tx = asking.look(scope, &[CLIENTS, INVOICES], moment).await?;
            let row = clients::find(&mut tx, id).await.map_err(Fault::from)?;
            let selected = [ctx.look_ahead()];
            let found = Client::load(&mut tx, row.into_iter().collect(), &selected)
                .await?
                .pop();
            tx.commit().await.map_err(Fault::from)?;
            Ok(found)
        })
        .await
    }

    /// The tenant's clients. Needs `clients.read`; with `own_client.read` the list holds the
    /// client one belongs to.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a connection are fixed"
    )]
    async fn clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<ClientFilter>,
        #[graphql(desc = "In which order; by registration, oldest first, when left out.")]
        order_by: Option<ClientOrder>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<Client>>> {
        nullable(async {
            let (asking, scope, sight) = clients_seen(ctx)?;
            let request = ListRequest::<Clients> {
                page: PageRequest::of((first, after), (last, before)),
                order: ClientOrder::read(order_by),
                filter: filter.unwrap_or_default().read(sight)?,
                moment: asking.moment(scope, as_of).await?,
            };
            let shown = of_nodes(&ctx.look_ahead());
            let beside: &[_] = if within(&shown, "balances").is_empty() {
                &[]
            } else {
                &[INVOICES]
            };
            let (mut tx, mut found) = request.open(ctx, (asking, scope), beside).await?;
            let rows = std::mem::take(&mut found.rows);
            let clients = Client::load(&mut tx, rows, &shown).await?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(found.shown(clients)))
        })
        .await
    }

    /// The custom fields of clients, in the order in which they were declared. Needs
    /// `clients.read` or `own_client.read`.
    async fn client_fields(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whether fields that take no values any more are listed.",
            default
        )]
        include_retired: bool,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Vec<CustomField>>> {
        nullable(async {
            let (asking, scope, _) = clients_seen(ctx)?;
            let moment = asking.moment(scope, as_of).await?;
            let mut tx = asking.list(scope, &[FIELDS], moment).await?;
            let rows = fields::list(&mut tx).await.map_err(Fault::from)?;
            tx.commit().await.map_err(Fault::from)?;
            let wanted = rows
                .into_iter()
                .filter(|row| include_retired || row.retired_at.is_none());
            Ok(Some(wanted.map(CustomField::from).collect()))
        })
        .await
    }
}

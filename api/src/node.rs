//! Anything by its global id.

use async_graphql::{Context, ID, Interface, Object, Result};
use daybook_domain::kernel::{ClientId, InvoiceId};

use crate::crm::{Client, clients_by_ids};
use crate::fault::{Code, Fault};
use crate::graphql::{GlobalId, decode_id};
use crate::invoicing::{Invoice, invoices_by_ids};

/// A thing with a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Its global id."))]
pub enum Node {
    /// A client.
    Client(Client),
    /// A document.
    Invoice(Invoice),
}

/// Ids in one look-up.
const MOST: usize = 100;

/// Things by their global ids.
#[derive(Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with that id; null when there is none that the caller may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Option<Result<Node>> {
        // A failing nullable field must be null itself: the library nulls the parent of an error
        // around an option.
        let found = find(ctx, &[id])
            .await
            .map(|found| found.into_iter().next().flatten());
        found.map_err(Into::into).transpose()
    }

    /// The things with these ids, in the same order, at most 100; null for each that is not there
    /// or that the caller may not see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            return Err(Fault::new(Code::BadUserInput, "at most 100 ids").into());
        }
        Ok(find(ctx, &ids).await?)
    }
}

/// One look-up for each kind of thing.
async fn find(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>, Fault> {
    let client_ids: Vec<ClientId> = of_kind(ids);
    let invoice_ids: Vec<InvoiceId> = of_kind(ids);
    let clients = clients_by_ids(ctx, &client_ids).await?;
    let invoices = invoices_by_ids(ctx, &invoice_ids).await?;
    let node = |id: &ID| {
        let client = clients
            .iter()
            .find(|client| client.id == *id)
            .cloned()
            .map(Node::Client);
        let invoice = || invoices.iter().find(|invoice| invoice.id == *id);
        client.or_else(|| invoice().cloned().map(Node::Invoice))
    };
    Ok(ids.iter().map(node).collect())
}

/// The ids of one kind.
fn of_kind<T: GlobalId>(ids: &[ID]) -> Vec<T> {
    ids.iter().filter_map(|id| decode_id(id).ok()).collect()
}

//! Clients by their global id, for `node` and `nodes`.

use async_graphql::Context;
use daybook_domain::kernel::ClientId;
use daybook_projections::crm::{CLIENTS, clients};
use daybook_store::AsOf;

use super::client::Client;
use super::sight::Sight;
use crate::fault::Fault;
use crate::graphql::Asking;

/// The clients with these ids that the caller may see, as of a moment or now, in no order. What is
/// not there and what they may not see is left out alike.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn clients_by_ids(
    ctx: &Context<'_>,
    ids: &[ClientId],
    moment: Option<AsOf>,
) -> Result<Vec<Client>, Fault> {
    let asking = Asking::of(ctx)?;
    let Some(scope) = asking.caller.scope.as_deref() else {
        return Ok(Vec::new());
    };
    let Some(sight) = Sight::of_clients(scope) else {
        return Ok(Vec::new());
    };
    let ids: Vec<ClientId> = ids.iter().copied().filter(|id| sight.admits(*id)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = asking.look(scope, &[CLIENTS], moment).await?;
    let rows = clients::by_ids(&mut tx, &ids).await?;
    let found = Client::load(&mut tx, rows, &[]).await?;
    tx.commit().await?;
    Ok(found)
}

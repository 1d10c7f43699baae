//! Notes on clients.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::crm::CLIENTS;
use daybook_projections::crm::notes::{NoteRow, Notes};
use daybook_projections::list::{self, Direction, OnlyOrder};
use daybook_store::AsOf;

use crate::fault::Fault;
use crate::graphql::{Asking, Connection, Listing, PageRequest, encode_id};

/// A dated remark on a client. It is never changed, but it can be withdrawn.
#[derive(Debug, Clone, SimpleObject)]
pub struct ClientNote {
    /// Its id.
    id: ID,
    /// What it says; may have several lines.
    text: String,
    /// The member who wrote it; null when a program did.
    author_id: Option<ID>,
    /// When it was added.
    created_at: DateTime<Utc>,
}

impl From<NoteRow> for ClientNote {
    fn from(row: NoteRow) -> Self {
        Self {
            id: encode_id(row.id),
            text: row.text,
            author_id: row.author_id.map(encode_id),
            created_at: row.created_at,
        }
    }
}

/// A page of a client's notes.
///
/// # Errors
/// `FORBIDDEN`, a page that makes no sense, or the database is away.
pub(super) async fn notes_of(
    ctx: &Context<'_>,
    (client_id, moment): (ClientId, Option<AsOf>),
    page: PageRequest,
) -> Result<Connection<ClientNote>, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::ClientsRead)?;
    let listing = Listing::read(page, OnlyOrder, Direction::Ascending)?;
    let mut tx = asking.list(scope, &[CLIENTS], moment).await?;
    let found = list::page::<Notes>(&mut tx, &client_id, &listing.window()).await?;
    let mut found = listing.places(found, list::place::<Notes>);
    if ctx.look_ahead().field("totalCount").exists() {
        found = found.counting(list::count::<Notes>(&mut tx, &client_id).await?);
    }
    tx.commit().await?;
    Ok(found.converted(ClientNote::from))
}

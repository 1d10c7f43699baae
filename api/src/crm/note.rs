//! Notes on clients.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::crm::notes::{NoteRow, Notes};
use daybook_projections::list::{Direction, OnlyOrder};
use daybook_store::AsOf;

use crate::fault::Fault;
use crate::graphql::{Asking, Connection, ListRequest, PageRequest, encode_id};

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
    let request = ListRequest::<Notes> {
        page,
        order: (OnlyOrder, Direction::Ascending),
        filter: client_id,
        moment,
    };
    let found = request.answer(ctx, (asking, scope)).await?;
    Ok(found.converted(ClientNote::from))
}

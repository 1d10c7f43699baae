//! How notes are read.

use daybook_domain::kernel::ClientId;
use daybook_store::{StoreError, TenantTx};
use serde::{Deserialize, Serialize};

use super::project::{NoteRow, Notes};
use crate::crm::CLIENTS;
use crate::engine::ReadModel;
use crate::list::{Column, Cursor, Order, Page, QueryError, Select, SortValue, Window};

const PLACE: (&str, &str) = (Notes::TABLE, CLIENTS);

/// Notes are ordered by when they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderBy;

impl Order<NoteRow> for OrderBy {
    fn column(self) -> Column {
        Column::Integer("position")
    }

    fn cursor(self, row: &NoteRow) -> Cursor {
        Cursor {
            value: SortValue::Integer(row.position),
            id: row.id.0,
        }
    }
}

impl OrderBy {
    /// A note's place in this order.
    pub fn cursor_of(self, row: &NoteRow) -> Cursor {
        self.cursor(row)
    }
}

/// One page of a client's notes.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn of_client(
    tx: &mut TenantTx,
    client: ClientId,
    window: &Window<OrderBy>,
) -> Result<Page<NoteRow>, QueryError> {
    let select = Select::new(tx, PLACE).only("client_id =", client.0);
    select.page(tx, window).await
}

/// How many notes there are on a client.
///
/// # Errors
/// When the database is away.
pub async fn count(tx: &mut TenantTx, client: ClientId) -> Result<i64, StoreError> {
    let select = Select::counting(tx, PLACE).only("client_id =", client.0);
    select.count(tx).await
}

//! How notes are read.

use daybook_domain::kernel::ClientId;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{NoteRow, Notes};
use crate::crm::CLIENTS;
use crate::list::{Column, Listed, OnlyOrder, Select};

impl Listed for Notes {
    /// On which client.
    type Filter = ClientId;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = CLIENTS;

    fn id(row: &NoteRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<NoteRow> {
        // When it was written.
        Column::Integer("position", |row| row.position)
    }

    fn narrowed<'q, R: DeserializeOwned>(
        select: Select<'q, R>,
        client: &ClientId,
    ) -> Select<'q, R> {
        select.only("client_id =", client.0)
    }
}

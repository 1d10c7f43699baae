//! How consents are read.

use daybook_domain::kernel::{ClientId, ConsentId};
use daybook_domain::privacy::consent::Status;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{ConsentRow, Consents};
use crate::engine::ReadModel;
use crate::list::{Column, Cursor, Order, Page, QueryError, Select, SortValue, Window};
use crate::past;
use crate::privacy::CONSENTS;
use crate::text::stored_name;

const PLACE: (&str, &str) = (Consents::TABLE, CONSENTS);

/// Which consents are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one of these clients.
    pub clients: Vec<ClientId>,
    /// For one of these purposes, exactly.
    pub purposes: Vec<String>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
}

/// Consents are ordered by when they changed last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderBy;

impl Order<ConsentRow> for OrderBy {
    fn column(self) -> Column {
        Column::Integer("position")
    }

    fn cursor(self, row: &ConsentRow) -> Cursor {
        Cursor {
            value: SortValue::Integer(row.position),
            id: row.id.0,
        }
    }
}

impl OrderBy {
    /// A consent's place in this order.
    pub fn cursor_of(self, row: &ConsentRow) -> Cursor {
        self.cursor(row)
    }
}

fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
    let clients: Vec<Uuid> = filter.clients.iter().map(|id| id.0).collect();
    let statuses: Vec<String> = filter.statuses.iter().map(stored_name).collect();
    select
        .among("client_id", clients)
        .among("purpose", filter.purposes.clone())
        .among("status", statuses)
}

/// One page of the tenant's consents.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    window: &Window<OrderBy>,
) -> Result<Page<ConsentRow>, QueryError> {
    let select = narrowed(Select::new(tx, PLACE), filter);
    select.page(tx, window).await
}

/// How many of the tenant's consents there are.
///
/// # Errors
/// When the database is away.
pub async fn count(tx: &mut TenantTx, filter: &Filter) -> Result<i64, StoreError> {
    narrowed(Select::counting(tx, PLACE), filter)
        .count(tx)
        .await
}

/// Consents by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ConsentId]) -> Result<Vec<ConsentRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, CONSENTS) {
        return past::rows::<Consents>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

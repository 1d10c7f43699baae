//! How keys are found.

use daybook_domain::kernel::ApiKeyId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{ApiKeyRow, ApiKeys};
use crate::engine::ReadModel;
use crate::list::{Column, Cursor, Order, Page, QueryError, Select, SortValue, Window};
use crate::past;
use crate::tenancy::API_KEYS;

const PLACE: (&str, &str) = (ApiKeys::TABLE, API_KEYS);

/// Which keys are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Revoked ones, too.
    pub with_revoked: bool,
}

/// Keys are ordered by when they were created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBy;

impl Order<ApiKeyRow> for OrderBy {
    fn column(self) -> Column {
        Column::Integer("created_position")
    }

    fn cursor(self, row: &ApiKeyRow) -> Cursor {
        Cursor {
            value: SortValue::Integer(row.created_position),
            id: row.id.0,
        }
    }
}

impl OrderBy {
    /// A key's place in this order.
    pub fn cursor_of(self, row: &ApiKeyRow) -> Cursor {
        self.cursor(row)
    }
}

fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
    if filter.with_revoked {
        select
    } else {
        select.holding("revoked_at is null")
    }
}

/// How many of the tenant's keys there are.
///
/// # Errors
/// When the database is away.
pub async fn count(tx: &mut TenantTx, filter: &Filter) -> Result<i64, StoreError> {
    narrowed(Select::counting(tx, PLACE), filter)
        .count(tx)
        .await
}

/// One page of the tenant's keys, expired ones included.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    window: &Window<OrderBy>,
) -> Result<Page<ApiKeyRow>, QueryError> {
    let select = narrowed(Select::new(tx, PLACE), filter);
    select.page(tx, window).await
}

/// A key by its id.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
    Ok(by_ids(tx, &[id]).await?.pop())
}

/// Keys by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ApiKeyId]) -> Result<Vec<ApiKeyRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, API_KEYS) {
        return past::rows::<ApiKeys>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

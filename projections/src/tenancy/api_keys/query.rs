//! How keys are found.

use daybook_domain::kernel::{ApiKeyId, MemberId};
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{ApiKeyRow, ApiKeys};
use crate::engine::ReadModel;
use crate::list::{Column, Listed, OnlyOrder, Select};
use crate::past;
use crate::tenancy::API_KEYS;

const PLACE: (&str, &str) = (ApiKeys::TABLE, API_KEYS);

/// Which keys are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Revoked ones, too.
    pub with_revoked: bool,
}

impl Listed for ApiKeys {
    type Filter = Filter;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = API_KEYS;

    fn id(row: &ApiKeyRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<ApiKeyRow> {
        Column::Integer("created_position", |row| row.created_position)
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        if filter.with_revoked {
            select
        } else {
            select.holding("revoked_at is null")
        }
    }
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

/// The keys that a member created, revoked ones too, the newest first.
///
/// # Errors
/// When the database is away.
pub async fn of_creator(
    tx: &mut TenantTx,
    creator: MemberId,
) -> Result<Vec<ApiKeyRow>, StoreError> {
    let select = Select::new(tx, PLACE).among("creator_id", vec![creator.0]);
    let mut keys: Vec<ApiKeyRow> = select.fetch(tx).await?;
    keys.sort_unstable_by_key(|row| std::cmp::Reverse(row.created_position));
    Ok(keys)
}

//! How accounts are read. Addresses are looked up by their claim, not here.

use daybook_domain::kernel::UserId;
use daybook_store::{StoreError, TenantTx};
use uuid::Uuid;

use super::project::{UserRow, Users};
use crate::engine::ReadModel;
use crate::identity::USERS;
use crate::list::Select;
use crate::past;

const PLACE: (&str, &str) = (Users::TABLE, USERS);

/// An account by its id, in a transaction of the platform's tenant.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: UserId) -> Result<Option<UserRow>, StoreError> {
    Ok(by_ids(tx, &[id]).await?.pop())
}

/// Accounts by their ids, in no order and in a transaction of the platform's tenant; unknown ids
/// are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, USERS) {
        return past::rows::<Users>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

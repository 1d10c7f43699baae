//! How custom fields are read.

use daybook_store::{StoreError, TenantTx};

use super::project::{FieldRow, Fields};
use crate::crm::FIELDS;
use crate::engine::ReadModel;
use crate::list::Select;

/// The tenant's custom fields in the order of their first declaration, retired ones included.
///
/// # Errors
/// When the database is away.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<FieldRow>, StoreError> {
    let select = Select::new(tx, (Fields::TABLE, FIELDS));
    select
        .ending("order by created_position, key")
        .fetch(tx)
        .await
}

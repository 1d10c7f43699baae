//! How the tenant is read.

use daybook_store::{StoreError, TenantTx};

use super::project::{TenantRow, Tenants};
use crate::engine::ReadModel;
use crate::list::Select;
use crate::tenancy::TENANT;

/// The transaction's own tenant; none when it was never founded.
///
/// # Errors
/// When the database is away.
pub async fn current(tx: &mut TenantTx) -> Result<Option<TenantRow>, StoreError> {
    let id = tx.tenant().0;
    let select = Select::new(tx, (Tenants::TABLE, TENANT)).only("id =", id);
    select.fetch(tx).await.map(|mut rows| rows.pop())
}

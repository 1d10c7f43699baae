//! How the tenant is read.

use daybook_store::{StoreError, TenantTx};

use super::project::{TenantRow, Tenants};
use crate::engine::ReadModel;
use crate::list::Select;
use crate::past;
use crate::tenancy::TENANT;

/// The transaction's own tenant; none when it was never founded.
///
/// # Errors
/// When the database is away.
pub async fn current(tx: &mut TenantTx) -> Result<Option<TenantRow>, StoreError> {
    let id = tx.tenant().0;
    if let Some(position) = past::unbuilt(tx, TENANT) {
        let rows = past::rows::<Tenants>(tx, &[id], position).await;
        return rows.map(|mut rows| rows.pop());
    }
    let select = Select::new(tx, (Tenants::TABLE, TENANT)).only("id =", id);
    select.fetch(tx).await.map(|mut rows| rows.pop())
}

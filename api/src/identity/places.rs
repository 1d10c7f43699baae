//! In which tenants has a user a place?

use daybook_domain::kernel::UserId;
use daybook_projections::tenancy::memberships::{self, MembershipRow};
use daybook_store::StoreError;

use crate::api::Api;

impl Api {
    /// The tenants in which a user has a place, closed ones included, by name.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn places(&self, user_id: UserId) -> Result<Vec<MembershipRow>, StoreError> {
        let mut tx = self.store().dispatch_tx().await?;
        let rows = memberships::of_user(&mut tx, user_id).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

//! In which tenants has a user a place, and what do those ask of a password?

use daybook_domain::kernel::UserId;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_projections::tenancy::memberships::{self, MembershipRow};
use daybook_projections::tenancy::tenant::Status;
use daybook_store::StoreError;

use crate::api::Api;

/// What all tenants of a user together ask of a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Demands {
    /// The fewest characters; 0 when no tenant asks for any.
    pub(super) min_chars: u32,
    /// What the tenants are called, which is no password there.
    pub(super) names: Vec<String>,
}

impl Api {
    /// The tenants in which a user has a place, closed ones included, by name.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn places(&self, user_id: UserId) -> Result<Vec<MembershipRow>, StoreError> {
        let mut tx = self.store().dispatch_tx().await?;
        let rows = memberships::of_user(&mut tx, user_id).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// What a new password of a user has to be good for.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn demands(&self, user_id: UserId) -> Result<Demands, StoreError> {
        let mut demands = Demands::default();
        for place in self.places(user_id).await? {
            if place.tenant_status == Status::Closed {
                continue;
            }
            let tenant = self
                .store()
                .load::<Tenant>(place.tenant, place.tenant)
                .await?;
            if let Some(profile) = tenant.state.profile() {
                let asked = profile.security.password_min_length;
                demands.min_chars = demands.min_chars.max(asked);
                demands.names.push(profile.name.clone());
                demands.names.push(profile.subdomain.to_string());
            }
        }
        Ok(demands)
    }
}

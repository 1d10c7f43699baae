//! In which tenants has a user a place, or had one, and what do those ask of a password?

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{MemberId, TenantId, UserId};
use daybook_domain::tenancy::tenant::Tenant;
use daybook_projections::tenancy::memberships::{self, MembershipRow};
use daybook_projections::tenancy::tenant::Status;
use daybook_projections::tenancy::{MEMBERS, members, tenant};
use daybook_store::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::api::Api;
use crate::fault::Fault;
use crate::graphql::Asking;

/// Tenants that are read at one time.
const PARALLEL: usize = 4;

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

/// The tenants in which a user had a place at an instant, closed ones included, by the names that
/// those had.
///
/// # Errors
/// The read models are not fresh enough in time, or the database is away.
pub(super) async fn places_then(
    asking: &Asking,
    user_id: UserId,
    at: DateTime<Utc>,
) -> Result<Vec<MembershipRow>, Fault> {
    let head = asking.api.store().tail().head();
    let patience = asking.api.options().patience;
    asking.settled(head, &[MEMBERS], patience).await?;
    let mut tx = asking.api.store().dispatch_tx().await?;
    let ever = memberships::ever_of_user(&mut tx, user_id).await?;
    tx.commit().await?;
    let places = stream::iter(ever).map(|place| place_then(asking, (user_id, place), at));
    let places = places.buffer_unordered(PARALLEL);
    let found: Vec<Option<MembershipRow>> = places.try_collect().await?;
    let mut found: Vec<MembershipRow> = found.into_iter().flatten().collect();
    found.sort_unstable_by(|a, b| (&a.tenant_name, a.tenant.0).cmp(&(&b.tenant_name, b.tenant.0)));
    Ok(found)
}

async fn place_then(
    asking: &Asking,
    (user_id, (tenant_id, member_id)): (UserId, (TenantId, MemberId)),
    at: DateTime<Utc>,
) -> Result<Option<MembershipRow>, Fault> {
    let mut tx = asking.look_into((tenant_id, at), &[]).await?;
    let member = members::find(&mut tx, member_id).await?;
    let tenant = tenant::current(&mut tx).await?;
    tx.commit().await?;
    let is_theirs = |member: &members::MemberRow| {
        member.user_id == Some(user_id) && member.status == members::Status::Active
    };
    let (Some(member), Some(tenant)) = (member.filter(is_theirs), tenant) else {
        return Ok(None);
    };
    Ok(Some(MembershipRow {
        tenant: tenant_id,
        tenant_name: tenant.name,
        subdomain: tenant.subdomain,
        tenant_status: tenant.status,
        member_id,
        role: member.role,
        client_id: member.client_id,
    }))
}

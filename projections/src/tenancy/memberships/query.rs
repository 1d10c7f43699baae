//! How memberships are found across tenants.

use daybook_domain::kernel::{ClientId, MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::tenant::Subdomain;
use daybook_store::{DispatchTx, StoreError};
use serde::Deserialize;
use uuid::Uuid;

use crate::list::read;
use crate::tenancy::tenant::Status;

/// A user's place in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MembershipRow {
    /// The tenant.
    pub tenant: TenantId,
    /// What it is called.
    pub tenant_name: String,
    /// Its name in addresses.
    pub subdomain: Subdomain,
    /// Whether it does business.
    pub tenant_status: Status,
    /// The member that the user is there.
    pub member_id: MemberId,
    /// What the member may do.
    pub role: Role,
    /// The client record the member belongs to; none but for the role Client.
    pub client_id: Option<ClientId>,
}

/// A tenant as the platform's operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TenantEntry {
    /// The tenant.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses.
    pub subdomain: Subdomain,
    /// Whether it does business.
    pub status: Status,
}

/// Where a user is a member, by the tenants' names; at most 1,000.
///
/// # Errors
/// When the database is away.
pub async fn of_user(tx: &mut DispatchTx, user: UserId) -> Result<Vec<MembershipRow>, StoreError> {
    let rows = sqlx::query(
        "select m.tenant_id as tenant, t.name as tenant_name, t.subdomain, \
           t.status as tenant_status, m.id as member_id, m.role, m.client_id \
         from tenancy_members m \
         join tenancy_tenants t on t.tenant_id = m.tenant_id and t.id = m.tenant_id \
           and t.generation = (select generation from readers \
             where name = 'tenancy.tenant' and state = 'live') \
         where m.user_id = $1 and m.status = 'active' \
           and m.generation = (select generation from readers \
             where name = 'tenancy.members' and state = 'live') \
         order by t.name, t.id limit 1000",
    )
    .bind(user.0)
    .fetch_all(tx.connection())
    .await?;
    rows.iter().map(read).collect()
}

/// Every member that a user is or was, in all tenants; at most 10,000.
///
/// # Errors
/// When the database is away.
pub async fn ever_of_user(
    tx: &mut DispatchTx,
    user: UserId,
) -> Result<Vec<(TenantId, MemberId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select tenant_id, id from tenancy_members where user_id = $1 \
           and generation = (select generation from readers \
             where name = 'tenancy.members' and state = 'live') \
         order by tenant_id, id limit 10000",
    )
    .bind(user.0)
    .fetch_all(tx.connection())
    .await?;
    let place = |(tenant, member)| (TenantId(tenant), MemberId(member));
    Ok(rows.into_iter().map(place).collect())
}

/// The invitations to an address, in its compared form, that stand open, in all tenants: one in each at
/// most. At most 10,000.
///
/// # Errors
/// When the database is away.
pub async fn invitations_to(
    tx: &mut DispatchTx,
    address: &str,
) -> Result<Vec<(TenantId, MemberId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select tenant_id, id from tenancy_members where email_key = $1 and status = 'invited' \
           and generation = (select generation from readers \
             where name = 'tenancy.members' and state = 'live') \
         order by tenant_id, id limit 10000",
    )
    .bind(address)
    .fetch_all(tx.connection())
    .await?;
    let place = |(tenant, member)| (TenantId(tenant), MemberId(member));
    Ok(rows.into_iter().map(place).collect())
}

/// Tenants after one, by id, at most `limit`; from the first when none is given.
///
/// # Errors
/// When the database is away.
pub async fn tenants(
    tx: &mut DispatchTx,
    after: Option<TenantId>,
    limit: u32,
) -> Result<Vec<TenantEntry>, StoreError> {
    let after = after.map_or(Uuid::nil(), |tenant| tenant.0);
    let rows = sqlx::query(
        "select id, name, subdomain, status from tenancy_tenants \
         where tenant_id > $1 and generation = (select generation from readers \
           where name = 'tenancy.tenant' and state = 'live') \
         order by tenant_id limit $2",
    )
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(tx.connection())
    .await?;
    rows.iter().map(read).collect()
}

//! What ended so long ago that a term may be over for it?

use chrono::{DateTime, Utc};
use daybook_store::{StoreError, TenantTx};
use uuid::Uuid;

/// What ended before an instant, some of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The instant.
    pub before: DateTime<Utc>,
    /// Only what comes after this id.
    pub after: Uuid,
    /// At most so many.
    pub limit: i64,
}

/// Clients that are archived and have not changed since, in order of id.
///
/// # Errors
/// When the database is away.
pub async fn archived_clients(
    tx: &mut TenantTx,
    expired: Expired,
) -> Result<Vec<Uuid>, StoreError> {
    let query = "select id from crm_clients where tenant_id = $1 and id > $2 \
        and generation = (select generation from readers \
          where name = 'crm.clients' and state = 'live') \
        and status = 'archived' and updated_at < $3 order by id limit $4";
    fetch(tx, query, expired).await
}

/// Members who were removed or left, and invitations that were revoked, in order of id.
///
/// # Errors
/// When the database is away.
pub async fn ended_members(tx: &mut TenantTx, expired: Expired) -> Result<Vec<Uuid>, StoreError> {
    let condition = "status in ('revoked', 'removed', 'left') and ended_at < $3";
    members(tx, condition, expired).await
}

/// Members to be whose invitations have expired, in order of id.
///
/// # Errors
/// When the database is away.
pub async fn expired_invitations(
    tx: &mut TenantTx,
    expired: Expired,
) -> Result<Vec<Uuid>, StoreError> {
    let condition = "status = 'invited' and invitation_expires_at < $3";
    members(tx, condition, expired).await
}

/// Members for whom a condition holds, in which `$3` is the instant.
async fn members(
    tx: &mut TenantTx,
    condition: &str,
    expired: Expired,
) -> Result<Vec<Uuid>, StoreError> {
    let query = format!(
        "select id from tenancy_members where tenant_id = $1 and id > $2 \
        and generation = (select generation from readers \
          where name = 'tenancy.members' and state = 'live') \
        and {condition} order by id limit $4"
    );
    fetch(tx, &query, expired).await
}

async fn fetch(tx: &mut TenantTx, query: &str, expired: Expired) -> Result<Vec<Uuid>, StoreError> {
    let tenant = tx.tenant();
    let found = sqlx::query_scalar(query)
        .bind(tenant.0)
        .bind(expired.after)
        .bind(expired.before)
        .bind(expired.limit)
        .fetch_all(tx.connection())
        .await?;
    Ok(found)
}

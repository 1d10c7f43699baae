//! How sessions are read.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{SessionId, UserId};
use daybook_store::{StoreError, TenantTx};

use super::project::{SessionRow, Sessions};
use crate::engine::ReadModel;
use crate::identity::SESSIONS;
use crate::list::Select;

const PLACE: (&str, &str) = (Sessions::TABLE, SESSIONS);

/// A session by its id, ended ones included, in a transaction of the platform's tenant.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    let found = Select::new(tx, PLACE).only("id =", id.0).fetch(tx).await;
    found.map(|mut rows| rows.pop())
}

/// A user's sessions that are neither ended nor expired at `now`, the last used first, at most
/// 1,000, in a transaction of the platform's tenant. Those that a new password ended are left out.
///
/// # Errors
/// When the database is away.
pub async fn live_of_user(
    tx: &mut TenantTx,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<SessionRow>, StoreError> {
    // Not every session that a new password ends has an event of its own: the account says which.
    let ended_with_password = "not exists (select from identity_users u \
        where u.tenant_id = t.tenant_id and u.id = t.user_id \
          and u.generation = (select generation from readers \
            where name = 'identity.users' and state = 'live') \
          and (u.deactivated_at is not null or (u.sessions_ended_at >= t.started_at \
            and u.kept_session_id is distinct from t.id)))";
    let select = Select::new(tx, PLACE)
        .only("user_id =", user.0)
        .only("ended_at is null and idle_expires_at >", now)
        .only("absolute_expires_at >", now);
    let end = format!("and {ended_with_password} order by last_used_at desc, id limit 1000");
    select.ending(&end).fetch(tx).await
}

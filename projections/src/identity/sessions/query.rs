//! How sessions are read.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{SessionId, UserId};
use daybook_store::{StoreError, TenantTx};
use serde::Deserialize;
use uuid::Uuid;

use super::project::{SessionRow, Sessions};
use crate::engine::ReadModel;
use crate::identity::{SESSIONS, users};
use crate::list::Select;
use crate::past;

const PLACE: (&str, &str) = (Sessions::TABLE, SESSIONS);
/// The longest answer.
const MOST: usize = 1_000;

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
/// Where the transaction looks from a moment of the past, `now` is the instant that is asked about.
///
/// # Errors
/// When the database is away.
pub async fn live_of_user(
    tx: &mut TenantTx,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<SessionRow>, StoreError> {
    if let Some(position) = past::unbuilt(tx, SESSIONS) {
        return live_then(tx, (user, now), position).await;
    }
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
    let end = format!("and {ended_with_password} order by last_used_at desc, id limit {MOST}");
    select.ending(&end).fetch(tx).await
}

/// The same as of a position. Today's rows tell which sessions had begun and may have been good at
/// `then`, since one that was refreshed later only lives longer; what they were, their events tell.
async fn live_then(
    tx: &mut TenantTx,
    (user, then): (UserId, DateTime<Utc>),
    position: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let Some(account) = users::find(tx, user).await? else {
        return Ok(Vec::new());
    };
    let begun = Select::<Id>::live(tx, "id", PLACE)
        .only("user_id =", user.0)
        .only("started_at <=", then)
        .only("idle_expires_at >", then)
        .ending("order by started_at desc limit 10000");
    let begun: Vec<Uuid> = begun.fetch(tx).await?.iter().map(|row| row.id).collect();
    let mut rows = past::rows::<Sessions>(tx, &begun, position).await?;
    rows.retain(|row| row.lives(then) && !account.has_ended(row.id, row.started_at));
    rows.sort_unstable_by_key(|row| (Reverse(row.last_used_at), row.id));
    rows.truncate(MOST);
    Ok(rows)
}

#[derive(Debug, Deserialize)]
struct Id {
    id: Uuid,
}

//! The statements on keys of data subjects.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::key::{NewKey, Owner};
use crate::vault::{MasterId, MasterKey};

/// A kept key; without its wrapping it was destroyed.
#[derive(Debug, Clone)]
pub(super) struct KeyRow {
    pub(super) owner: Owner,
    pub(super) key_id: Option<Uuid>,
    pub(super) master_id: Option<Vec<u8>>,
    pub(super) sealed: Option<Vec<u8>>,
}

type Columns = (Uuid, Uuid, Option<Uuid>, Option<Vec<u8>>, Option<Vec<u8>>);

impl KeyRow {
    fn of((tenant, subject, key_id, master_id, sealed): Columns) -> Self {
        Self {
            owner: (TenantId(tenant), subject),
            key_id,
            master_id,
            sealed,
        }
    }
}

fn columns(owners: &[Owner]) -> (Vec<Uuid>, Vec<Uuid>) {
    owners
        .iter()
        .map(|(tenant, subject)| (tenant.0, *subject))
        .unzip()
}

/// Keeps new keys of those who have none. `false`: nothing may be kept under that master key.
pub(super) async fn make(
    pool: &PgPool,
    keys: &[NewKey],
    master: MasterId,
) -> Result<bool, sqlx::Error> {
    let owners: Vec<Owner> = keys.iter().map(|key| key.owner).collect();
    let (tenants, subjects) = columns(&owners);
    let made: Option<i32> = sqlx::query_scalar("select keys.make($1, $2, $3, $4, $5, false)")
        .bind(tenants)
        .bind(subjects)
        .bind(keys.iter().map(|key| key.id).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| &*key.sealed).collect::<Vec<_>>())
        .bind(master.as_slice())
        .fetch_one(pool)
        .await?;
    Ok(made.is_some())
}

/// The keys of these owners; nothing for those who never had one.
pub(super) async fn find(pool: &PgPool, owners: &[Owner]) -> Result<Vec<KeyRow>, sqlx::Error> {
    let (tenants, subjects) = columns(owners);
    let rows: Vec<Columns> = sqlx::query_as(
        "select k.tenant_id, k.subject, k.key_id, k.master_id, k.sealed \
         from unnest($1::uuid[], $2::uuid[]) as u(t, s) \
         join keys.subject_keys k on k.tenant_id = t and k.subject = s",
    )
    .bind(tenants)
    .bind(subjects)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(KeyRow::of).collect())
}

/// Waits for whoever is at keeping keys under some master key; until the end of the transaction nobody
/// else begins to.
pub(super) async fn lock_masters(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(7307)")
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether keys may be kept under this master key: it is one of those in use, or takes over from
/// one that it comes with, or is the first ever.
pub(super) async fn admit_master(
    connection: &mut PgConnection,
    master: &MasterKey,
) -> Result<bool, sqlx::Error> {
    // One process at a time: two with different keys must not both be the first.
    lock_masters(connection).await?;
    if !opens_what_is_there(connection, master).await? {
        return Ok(false);
    }
    sqlx::query("insert into keys.masters (master_id) values ($1) on conflict do nothing")
        .bind(master.id().as_slice())
        .execute(connection)
        .await?;
    Ok(true)
}

/// Whether the master key is, or takes over from, one of those in use, and was never replaced itself;
/// true where none is in use.
pub(super) async fn opens_what_is_there(
    connection: &mut PgConnection,
    master: &MasterKey,
) -> Result<bool, sqlx::Error> {
    let masters: Vec<(Vec<u8>, bool)> =
        sqlx::query_as("select master_id, retired_at is null from keys.masters")
            .fetch_all(connection)
            .await?;
    let retired = masters.iter().any(|(id, used)| !used && *id == master.id());
    let mut used = masters.iter().filter(|(_, used)| *used).peekable();
    Ok(!retired && (used.peek().is_none() || used.any(|(id, _)| master.opens(id))))
}

/// What was destroyed after a moment of the database's clock, and that clock.
pub(super) async fn destroyed_since(
    pool: &PgPool,
    since: DateTime<Utc>,
) -> Result<Vec<(Owner, DateTime<Utc>)>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select tenant_id, subject, destroyed_at from keys.subject_keys \
         where destroyed_at > $1 order by destroyed_at, tenant_id, subject",
    )
    .bind(since)
    .fetch_all(pool)
    .await?;
    let destroyed = |(tenant, subject, at)| ((TenantId(tenant), subject), at);
    Ok(rows.into_iter().map(destroyed).collect())
}

/// The database's clock.
pub(super) async fn clock(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await
}

/// Destroys the key, or leaves a tombstone where there never was one. Returns when it was
/// destroyed, and whether that was just now.
pub(super) async fn destroy(
    connection: &mut PgConnection,
    (tenant, subject): Owner,
) -> Result<(DateTime<Utc>, bool), sqlx::Error> {
    let now: Option<DateTime<Utc>> = sqlx::query_scalar(
        "insert into keys.subject_keys as k (tenant_id, subject, destroyed_at) \
         values ($1, $2, clock_timestamp()) \
         on conflict on constraint subject_keys_pk do update \
         set sealed = null, master_id = null, destroyed_at = excluded.destroyed_at \
         where k.destroyed_at is null returning destroyed_at",
    )
    .bind(tenant.0)
    .bind(subject)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(now) = now {
        return Ok((now, true));
    }
    let before = sqlx::query_scalar(
        "select destroyed_at from keys.subject_keys where tenant_id = $1 and subject = $2",
    )
    .bind(tenant.0)
    .bind(subject)
    .fetch_one(connection)
    .await?;
    Ok((before, false))
}

/// Keys that are not under this master key, in order, from after an owner on; nobody else touches
/// them until the end of the transaction. Those that somebody is at are left for later.
pub(super) async fn under_others(
    connection: &mut PgConnection,
    master: MasterId,
    (after, limit): (Owner, i64),
) -> Result<Vec<KeyRow>, sqlx::Error> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select tenant_id, subject, key_id, master_id, sealed from keys.subject_keys \
         where (tenant_id, subject) > ($2, $3) and sealed is not null and master_id <> $1 \
         order by tenant_id, subject limit $4 for update skip locked",
    )
    .bind(master.as_slice())
    .bind(after.0.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(KeyRow::of).collect())
}

/// Puts keys under this master key.
pub(super) async fn put_under(
    connection: &mut PgConnection,
    master: MasterId,
    keys: &[(Owner, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    let owners: Vec<Owner> = keys.iter().map(|(owner, _)| *owner).collect();
    let (tenants, subjects) = columns(&owners);
    sqlx::query(
        "update keys.subject_keys k set sealed = w, master_id = $4 \
         from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as u(t, s, w) \
         where k.tenant_id = t and k.subject = s and k.sealed is not null",
    )
    .bind(tenants)
    .bind(subjects)
    .bind(
        keys.iter()
            .map(|(_, sealed)| sealed.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(master.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

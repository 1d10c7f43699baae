//! The statements of the seal: tiles and checkpoints of many tenants at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_audit::tile::{Filled, Tile};
use daybook_audit::tree::Hash;
use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::tx::ids;
use crate::error::StoreError;
use crate::log::{COLUMNS, Recorded};

/// A checkpoint as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) size: u64,
    pub(super) root: Vec<u8>,
    pub(super) note: String,
}

/// A tile to write, with the least and greatest id of the events whose leaves are new in it.
#[derive(Debug)]
pub(super) struct NewTile {
    pub(super) tenant: TenantId,
    pub(super) filled: Filled,
    pub(super) events: Option<(Uuid, Uuid)>,
}

/// A checkpoint to write.
#[derive(Debug)]
pub(super) struct NewCheckpoint {
    pub(super) tenant: TenantId,
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) note: String,
}

/// The newest checkpoints of these tenants; none for those that have none.
pub(super) async fn last_checkpoints(
    connection: &mut PgConnection,
    tenants: &[TenantId],
) -> Result<HashMap<TenantId, Stored>, StoreError> {
    let rows: Vec<(Uuid, i64, Vec<u8>, String)> = sqlx::query_as(
        "select t.id, c.size, c.root, c.note from unnest($1::uuid[]) as t (id) \
         cross join lateral ( \
           select size, root, note from audit_checkpoints a where a.tenant_id = t.id \
           order by size desc limit 1) c",
    )
    .bind(ids(tenants))
    .fetch_all(connection)
    .await?;
    let stored = |(tenant, size, root, note): (Uuid, i64, Vec<u8>, String)| {
        let size = size.unsigned_abs();
        (TenantId(tenant), Stored { size, root, note })
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Which of these tenants have tiles.
pub(super) async fn have_tiles(
    connection: &mut PgConnection,
    tenants: &[TenantId],
) -> Result<Vec<TenantId>, StoreError> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "select t.id from unnest($1::uuid[]) as t (id) \
         where exists (select from audit_tiles a where a.tenant_id = t.id)",
    )
    .bind(ids(tenants))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(TenantId).collect())
}

/// The contents of tiles, as wide as they are stored; those that are not stored are left out.
pub(super) async fn tiles(
    connection: &mut PgConnection,
    wanted: &[(TenantId, Tile)],
) -> Result<HashMap<(TenantId, Tile), Vec<u8>>, StoreError> {
    let levels = wanted.iter().map(|(_, tile)| i16::from(tile.level()));
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select w.n, a.hashes \
         from unnest($1::uuid[], $2::smallint[], $3::bigint[]) with ordinality as w (t, l, i, n) \
         join audit_tiles a on a.tenant_id = w.t and a.level = w.l and a.number = w.i",
    )
    .bind(wanted.iter().map(|(it, _)| it.0).collect::<Vec<_>>())
    .bind(levels.collect::<Vec<_>>())
    .bind(
        wanted
            .iter()
            .map(|(_, tile)| number_of(*tile))
            .collect::<Vec<_>>(),
    )
    .fetch_all(connection)
    .await?;
    let mut found = HashMap::new();
    for (n, hashes) in rows {
        let at = usize::try_from(n - 1).unwrap_or_default();
        if let Some((tenant, tile)) = wanted.get(at) {
            found.insert((*tenant, *tile), hashes);
        }
    }
    Ok(found)
}

/// Writes tiles, each new or in place of a narrower one.
pub(super) async fn write_tiles(
    connection: &mut PgConnection,
    tiles: &[NewTile],
) -> Result<(), StoreError> {
    if tiles.is_empty() {
        return Ok(());
    }
    let levels = tiles.iter().map(|it| i16::from(it.filled.tile.level()));
    let numbers = tiles.iter().map(|it| number_of(it.filled.tile));
    let hashes = tiles.iter().map(|it| it.filled.hashes.as_slice());
    sqlx::query(
        "insert into audit_tiles as a \
           (tenant_id, level, number, hashes, least_event, greatest_event) \
         select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bytea[], $5::uuid[], \
           $6::uuid[]) \
         on conflict on constraint audit_tiles_pk do update set hashes = excluded.hashes, \
           least_event = least(a.least_event, excluded.least_event), \
           greatest_event = greatest(a.greatest_event, excluded.greatest_event)",
    )
    .bind(tiles.iter().map(|it| it.tenant.0).collect::<Vec<_>>())
    .bind(levels.collect::<Vec<_>>())
    .bind(numbers.collect::<Vec<_>>())
    .bind(hashes.collect::<Vec<_>>())
    .bind(
        tiles
            .iter()
            .map(|it| it.events.map(|of| of.0))
            .collect::<Vec<_>>(),
    )
    .bind(
        tiles
            .iter()
            .map(|it| it.events.map(|of| of.1))
            .collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes checkpoints.
pub(super) async fn write_checkpoints(
    connection: &mut PgConnection,
    checkpoints: &[NewCheckpoint],
    signed_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if checkpoints.is_empty() {
        return Ok(());
    }
    let sizes = checkpoints.iter().map(|it| signed(it.size));
    let roots = checkpoints.iter().map(|it| it.root.as_slice());
    sqlx::query(
        "insert into audit_checkpoints (tenant_id, size, root, note, signed_at) \
         select t, s, r, n, $5 from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::text[]) \
           as c (t, s, r, n)",
    )
    .bind(checkpoints.iter().map(|it| it.tenant.0).collect::<Vec<_>>())
    .bind(sizes.collect::<Vec<_>>())
    .bind(roots.collect::<Vec<_>>())
    .bind(
        checkpoints
            .iter()
            .map(|it| it.note.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(signed_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A tenant's events from a position on that come no later in the log than `until`.
pub(super) async fn events_from(
    connection: &mut PgConnection,
    (tenant, position): (TenantId, u64),
    until: i64,
    limit: i64,
) -> Result<Vec<Recorded>, StoreError> {
    let statement = format!(
        "select {COLUMNS} from events where tenant_id = $1 and position >= $2 \
           and log_position <= $3 order by position limit $4"
    );
    let rows = sqlx::query_as(&statement)
        .bind(tenant.0)
        .bind(signed(position))
        .bind(until)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    Ok(rows)
}

/// The log of all tenants after a log position and up to another, in order.
pub(super) async fn events_between(
    connection: &mut PgConnection,
    (from, until): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, StoreError> {
    let statement = format!(
        "select {COLUMNS} from events where log_position > $1 and log_position <= $2 \
         order by log_position limit $3"
    );
    let rows = sqlx::query_as(&statement)
        .bind(from)
        .bind(until)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    Ok(rows)
}

/// The id of the event at a log position; none where there is no event.
pub(super) async fn event_at(
    connection: &mut PgConnection,
    log_position: i64,
) -> Result<Option<Uuid>, StoreError> {
    let id = sqlx::query_scalar("select event_id from events where log_position = $1")
        .bind(log_position)
        .fetch_optional(connection)
        .await?;
    Ok(id)
}

/// As PostgreSQL has it; there are fewer events than that.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number_of(tile: Tile) -> i64 {
    signed(tile.index())
}

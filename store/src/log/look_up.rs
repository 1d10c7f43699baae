//! What has to be known to decide a batch: read under the head's lock.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::append::Append;
use super::plan::{Known, LookedUp, StreamHead};
use super::repeat::Earlier;
use super::settle::series_counter;
use crate::claims::claim_key;

/// How many events of others are read to keep what is remembered; beyond, it is forgotten.
const CATCH_UP: i64 = 2_000;

/// What was read, and how it fits to what was known before.
pub(super) struct Learnt {
    pub(super) known: Known,
    /// What others appended meanwhile; `None` when that is too much to be read.
    pub(super) since: Option<Vec<StreamHead>>,
}

/// Locks the head and reads all that deciding the batch needs; whether its new keys are new was found
/// out before.
pub(super) async fn look_up(
    connection: &mut PgConnection,
    (batch, keys_not_new): (&[Append], bool),
    known_head: Option<i64>,
) -> Result<Learnt, sqlx::Error> {
    // First the lock, then, in later statements with newer snapshots, what it protects.
    let (head, recorded_at): (i64, DateTime<Utc>) =
        sqlx::query_as("select log_position, recorded_at from log_head for update")
            .fetch_one(&mut *connection)
            .await?;
    let since = match known_head.map(|known| head - known) {
        Some(0) => Some(Vec::new()),
        Some(behind) if (1..=CATCH_UP).contains(&behind) => {
            Some(stream_heads(connection, head - behind).await?)
        }
        _ => None,
    };
    let tenants = tenant_heads(connection, batch).await?;
    let streams = stream_versions(connection, batch).await?;
    let commands = earlier_commands(connection, batch).await?;
    let counters = counter_values(connection, batch).await?;
    let series = series_heads(batch, &counters);
    let claims = claim_holders(connection, batch, series.clone()).await?;
    let looked_up = Some(LookedUp {
        commands,
        claims,
        counters,
        keys_not_new,
    });
    let known = Known {
        head,
        recorded_at,
        tenants,
        streams,
        series,
        looked_up,
    };
    Ok(Learnt { known, since })
}

/// Where the events after a log position left their tenants and streams, oldest first.
async fn stream_heads(
    connection: &mut PgConnection,
    log_position: i64,
) -> Result<Vec<StreamHead>, sqlx::Error> {
    let rows: Vec<(Uuid, i64, Uuid, i64)> = sqlx::query_as(
        "select tenant_id, position, stream_id, version from events \
         where log_position > $1 order by log_position",
    )
    .bind(log_position)
    .fetch_all(connection)
    .await?;
    let head = |(tenant, position, stream_id, version)| StreamHead {
        tenant: TenantId(tenant),
        position,
        stream_id,
        version,
    };
    Ok(rows.into_iter().map(head).collect())
}

type Series = HashMap<(TenantId, String), i64>;

fn series_heads(batch: &[Append], counters: &HashMap<(TenantId, String), i64>) -> Series {
    let mut series = HashMap::new();
    for request in batch {
        let events = request.writes.iter().flat_map(|write| &write.events);
        for drawing in events.filter_map(|event| event.drawing.as_ref()) {
            let stands = counters.get(&(request.tenant, series_counter(&drawing.series)));
            let key = (request.tenant, drawing.series.clone());
            series.insert(key, stands.copied().unwrap_or(0));
        }
    }
    series
}

async fn tenant_heads(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<HashMap<TenantId, i64>, sqlx::Error> {
    let mut tenants: Vec<Uuid> = batch.iter().map(|request| request.tenant.0).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select t, coalesce((select e.position from events e where e.tenant_id = t \
           order by e.position desc limit 1), 0) from unnest($1::uuid[]) as t",
    )
    .bind(tenants)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(tenant, head)| (TenantId(tenant), head))
        .collect())
}

async fn stream_versions(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<HashMap<(TenantId, Uuid), i64>, sqlx::Error> {
    let keys = batch
        .iter()
        .flat_map(|r| r.writes.iter().map(|w| (r.tenant.0, w.stream_id)));
    let (tenants, streams): (Vec<Uuid>, Vec<Uuid>) = keys.unzip();
    let rows: Vec<(Uuid, Uuid, i64)> = sqlx::query_as(
        "select t, s, coalesce((select e.version from events e \
           where e.tenant_id = t and e.stream_id = s order by e.version desc limit 1), 0) \
         from unnest($1::uuid[], $2::uuid[]) as u(t, s)",
    )
    .bind(tenants)
    .bind(streams)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(tenant, stream, v)| ((TenantId(tenant), stream), v))
        .collect())
}

async fn earlier_commands(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<HashMap<(TenantId, Uuid), Earlier>, sqlx::Error> {
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) = batch
        .iter()
        .map(|request| (request.tenant.0, request.command_id))
        .unzip();
    let rows: Vec<(Uuid, Uuid, Vec<u8>, i64, i32)> = sqlx::query_as(
        "select c.tenant_id, c.command_id, c.fingerprint, c.position, c.count from commands c \
         join unnest($1::uuid[], $2::uuid[]) as u(t, i) on c.tenant_id = u.t and c.command_id = u.i",
    )
    .bind(tenants)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let earlier = |(tenant, id, fingerprint, position, count)| {
        (
            (TenantId(tenant), id),
            Earlier {
                fingerprint,
                position,
                count,
            },
        )
    };
    Ok(rows.into_iter().map(earlier).collect())
}

type Holders = HashMap<(TenantId, String, String), (TenantId, Uuid)>;

async fn claim_holders(
    connection: &mut PgConnection,
    batch: &[Append],
    mut series: Series,
) -> Result<Holders, sqlx::Error> {
    let (mut tenants, mut scopes, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for request in batch {
        for event in request.writes.iter().flat_map(|write| &write.events) {
            // The numbers are those of a batch that goes through whole. When one does not, a claim
            // may be missed here, and the database then says no to the batch; alone, a command
            // draws exactly these numbers.
            let drawn = event.drawing.as_ref().map(|drawing| {
                let last = series.entry((request.tenant, drawing.series.clone()));
                let last = last.or_default();
                *last += 1;
                (drawing.with)(last.unsigned_abs()).1
            });
            for claim in drawn.as_ref().unwrap_or(&event.claims) {
                let (tenant, scope, value) = claim_key(claim, request.tenant);
                tenants.push(tenant.0);
                scopes.push(scope);
                values.push(value);
            }
        }
    }
    if tenants.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String, String, Uuid, Uuid)> = sqlx::query_as(
        "select c.tenant_id, c.scope, c.value, c.holder_tenant_id, c.stream_id from claims c \
         join unnest($1::uuid[], $2::text[], $3::text[]) as u(t, s, v) \
           on c.tenant_id = u.t and c.scope = u.s and c.value = u.v",
    )
    .bind(tenants)
    .bind(scopes)
    .bind(values)
    .fetch_all(connection)
    .await?;
    let held = |(tenant, scope, value, holder, stream)| {
        ((TenantId(tenant), scope, value), (TenantId(holder), stream))
    };
    Ok(rows.into_iter().map(held).collect())
}

async fn counter_values(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<HashMap<(TenantId, String), i64>, sqlx::Error> {
    let (mut tenants, mut names) = (Vec::new(), Vec::new());
    for request in batch {
        for event in request.writes.iter().flat_map(|write| &write.events) {
            for count in &event.counts {
                tenants.push(request.tenant.0);
                names.push(count.name.to_owned());
            }
            if let Some(drawing) = &event.drawing {
                tenants.push(request.tenant.0);
                names.push(series_counter(&drawing.series));
            }
        }
    }
    if tenants.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
        "select c.tenant_id, c.name, c.value from counters c \
         join (select distinct t, n from unnest($1::uuid[], $2::text[]) as u(t, n)) as d \
           on c.tenant_id = d.t and c.name = d.n",
    )
    .bind(tenants)
    .bind(names)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(tenant, name, value)| ((TenantId(tenant), name), value))
        .collect())
}

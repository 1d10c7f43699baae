//! The writer's statements.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Claim, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::append::Append;
use super::plan::{Earlier, Known, LookedUp, Plan};
use super::record::{COLUMNS, Recorded};
use super::settle::series_counter;
use crate::claims::realm_tenant;

/// Appends a planned batch. `None`: another writer moved the head meanwhile.
pub(super) async fn append(
    connection: &mut PgConnection,
    plan: &Plan,
    head: i64,
) -> Result<Option<i64>, sqlx::Error> {
    const APPEND: &str = "select log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
        $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, \
        $31, $32, $33, $34, $35, $36, $37, $38)";
    let records = &plan.records;
    let of = |field: fn(&Recorded) -> Uuid| records.iter().map(field).collect::<Vec<_>>();
    let texts = |field: fn(&Recorded) -> &str| records.iter().map(field).collect::<Vec<_>>();
    let numbers = |field: fn(&Recorded) -> i64| records.iter().map(field).collect::<Vec<_>>();
    let bytes = |field: fn(&Recorded) -> &[u8]| records.iter().map(field).collect::<Vec<_>>();
    let commands = &plan.commands;
    let query = sqlx::query_scalar::<_, Option<i64>>(APPEND)
        .bind(head)
        .bind(plan.recorded_at)
        .bind(of(|r| r.tenant.0))
        .bind(numbers(|r| r.position))
        .bind(texts(|r| &r.stream_type))
        .bind(of(|r| r.stream_id))
        .bind(numbers(|r| r.version))
        .bind(texts(|r| &r.event_type))
        .bind(records.iter().map(|r| r.event_version).collect::<Vec<_>>())
        .bind(of(|r| r.event_id))
        .bind(of(|r| r.command_id))
        .bind(of(|r| r.correlation_id))
        .bind(records.iter().map(|r| r.causation_id).collect::<Vec<_>>())
        .bind(texts(|r| &r.actor))
        .bind(bytes(|r| &r.request))
        .bind(bytes(|r| &r.payload))
        .bind(
            records
                .iter()
                .map(|r| r.personal.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(bytes(|r| &r.leaf_hash))
        .bind(commands.iter().map(|c| c.tenant.0).collect::<Vec<_>>())
        .bind(commands.iter().map(|c| c.command_id).collect::<Vec<_>>())
        .bind(
            commands
                .iter()
                .map(|c| c.fingerprint.as_slice())
                .collect::<Vec<_>>(),
        )
        .bind(commands.iter().map(|c| c.position).collect::<Vec<_>>())
        .bind(commands.iter().map(|c| c.count).collect::<Vec<_>>());
    let claims = &plan.settlements.claims;
    let released: Vec<_> = claims
        .iter()
        .filter_map(|(key, change)| change.released.map(|h| (key, h)))
        .collect();
    let taken: Vec<_> = claims
        .iter()
        .filter_map(|(key, change)| change.taken.map(|h| (key, h)))
        .collect();
    let mut query = query;
    for rows in [released, taken] {
        query = query
            .bind(
                rows.iter()
                    .map(|((tenant, _, _), _)| tenant.0)
                    .collect::<Vec<_>>(),
            )
            .bind(
                rows.iter()
                    .map(|((_, scope, _), _)| *scope)
                    .collect::<Vec<_>>(),
            )
            .bind(
                rows.iter()
                    .map(|((_, _, value), _)| value.clone())
                    .collect::<Vec<_>>(),
            )
            .bind(
                rows.iter()
                    .map(|(_, holder)| holder.0.0)
                    .collect::<Vec<_>>(),
            )
            .bind(rows.iter().map(|(_, holder)| holder.1).collect::<Vec<_>>());
    }
    let counters = &plan.settlements.counters;
    query
        .bind(
            counters
                .keys()
                .map(|(tenant, _)| tenant.0)
                .collect::<Vec<_>>(),
        )
        .bind(
            counters
                .keys()
                .map(|(_, name)| name.clone())
                .collect::<Vec<_>>(),
        )
        .bind(
            counters
                .values()
                .map(|change| change.delta)
                .collect::<Vec<_>>(),
        )
        .bind(
            counters
                .values()
                .map(|change| change.min)
                .collect::<Vec<_>>(),
        )
        .bind(
            counters
                .values()
                .map(|change| change.max)
                .collect::<Vec<_>>(),
        )
        .fetch_one(connection)
        .await
}

/// Locks the head and reads all that deciding the batch needs.
pub(super) async fn look_up(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<Known, sqlx::Error> {
    // First the lock, then, in later statements with newer snapshots, what it protects.
    let (head, recorded_at): (i64, DateTime<Utc>) =
        sqlx::query_as("select log_position, recorded_at from log_head for update")
            .fetch_one(&mut *connection)
            .await?;
    let tenants = tenant_heads(connection, batch).await?;
    let streams = stream_versions(connection, batch).await?;
    let commands = earlier_commands(connection, batch).await?;
    let claims = claim_holders(connection, batch).await?;
    let counters = counter_values(connection, batch).await?;
    let mut series = HashMap::new();
    for request in batch {
        for drawing in request
            .writes
            .iter()
            .flat_map(|w| &w.events)
            .filter_map(|e| e.drawing.as_ref())
        {
            let stands = counters.get(&(request.tenant, series_counter(&drawing.series)));
            series.insert(
                (request.tenant, drawing.series.clone()),
                stands.copied().unwrap_or(0),
            );
        }
    }
    let looked_up = Some(LookedUp {
        commands,
        claims,
        counters,
    });
    Ok(Known {
        head,
        recorded_at,
        tenants,
        streams,
        series,
        looked_up,
    })
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

/// One earlier command, outside of any batch.
pub(crate) async fn earlier_command(
    connection: &mut PgConnection,
    tenant: TenantId,
    command_id: Uuid,
) -> Result<Option<(Vec<u8>, i64, i32)>, sqlx::Error> {
    sqlx::query_as(
        "select fingerprint, position, count from commands where tenant_id = $1 and command_id = $2",
    )
    .bind(tenant.0)
    .bind(command_id)
    .fetch_optional(connection)
    .await
}

type Holders = HashMap<(TenantId, String, String), (TenantId, Uuid)>;

async fn claim_holders(
    connection: &mut PgConnection,
    batch: &[Append],
) -> Result<Holders, sqlx::Error> {
    let (mut tenants, mut scopes, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for request in batch {
        for event in request.writes.iter().flat_map(|write| &write.events) {
            // A drawn number's claims are guarded by the primary key alone: the series hands a
            // number out once, and values that look like one are refused elsewhere.
            for claim in &event.claims {
                let (Claim::Take {
                    realm,
                    scope,
                    value,
                }
                | Claim::Release {
                    realm,
                    scope,
                    value,
                }) = claim;
                tenants.push(realm_tenant(*realm, request.tenant).0);
                scopes.push(*scope);
                values.push(value.as_str());
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

/// A tenant's events from `position`, at most `count`: the events of an earlier command.
pub(crate) async fn events_at(
    connection: &mut PgConnection,
    tenant: TenantId,
    position: i64,
    count: i32,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let query = format!(
        "select {COLUMNS} from events where tenant_id = $1 and position >= $2 \
         order by position limit $3"
    );
    sqlx::query_as(&query)
        .bind(tenant.0)
        .bind(position)
        .bind(i64::from(count))
        .fetch_all(connection)
        .await
}

/// The log after a log position, of all tenants, in order.
pub(super) async fn after(
    connection: &mut PgConnection,
    log_position: i64,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let query = format!(
        "select {COLUMNS} from events where log_position > $1 order by log_position limit $2"
    );
    sqlx::query_as(&query)
        .bind(log_position)
        .bind(limit)
        .fetch_all(connection)
        .await
}

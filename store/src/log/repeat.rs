//! What did a command leave that was appended before?

use std::sync::Arc;

use daybook_domain::kernel::TenantId;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::append::Appended;
use super::record::{COLUMNS, Recorded};

/// A command that was appended before: `count` events from `position` on; without events,
/// `position` is where its tenant stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// What was kept of its input.
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) position: i64,
    pub(crate) count: i32,
}

/// The command of that id, if it was appended.
pub(crate) async fn earlier_command(
    connection: &mut PgConnection,
    tenant: TenantId,
    command_id: Uuid,
) -> Result<Option<Earlier>, sqlx::Error> {
    let row: Option<(Vec<u8>, i64, i32)> = sqlx::query_as(
        "select fingerprint, position, count from commands where tenant_id = $1 and command_id = $2",
    )
    .bind(tenant.0)
    .bind(command_id)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(fingerprint, position, count)| Earlier {
        fingerprint,
        position,
        count,
    }))
}

/// What these commands left, in the same order.
pub(crate) async fn repeats(
    connection: &mut PgConnection,
    commands: &[(TenantId, &Earlier)],
) -> Result<Vec<Appended>, sqlx::Error> {
    let query = format!(
        "select {COLUMNS}, o from unnest($1::uuid[], $2::bigint[], $3::integer[]) \
           with ordinality as u(t, p, n, o) \
         join events e on e.tenant_id = t and e.position >= p and e.position < p + greatest(n, 1) \
         order by o, position"
    );
    let rows = sqlx::query(&query)
        .bind(commands.iter().map(|(t, _)| t.0).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, e)| e.position).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, e)| e.count).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let ordinality: i64 = row.try_get("o")?;
        found.push((ordinality, Arc::new(Recorded::from_row(&row)?)));
    }
    let left = |(ordinality, (_, earlier)): (i64, &(TenantId, &Earlier))| {
        let from = found.partition_point(|(o, _)| *o < ordinality);
        let mine = found.iter().skip(from);
        let records: Vec<_> = mine
            .take_while(|(o, _)| *o == ordinality)
            .map(|(_, record)| record.clone())
            .collect();
        let last = records.last();
        Appended {
            position: last.map_or(earlier.position, |last| last.position),
            log_position: last.map_or(0, |last| last.log_position),
            records: if earlier.count > 0 {
                records
            } else {
                Vec::new()
            },
            replayed: true,
            kept: Some(earlier.fingerprint.clone()),
        }
    };
    Ok((1..).zip(commands).map(left).collect())
}

/// The version of a stream when its tenant stood at `position`; 0 when it had not begun.
pub(crate) async fn version_at(
    connection: &mut PgConnection,
    (tenant, stream_id): (TenantId, Uuid),
    position: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "select coalesce((select version from events \
           where tenant_id = $1 and stream_id = $2 and position <= $3 \
           order by version desc limit 1), 0)",
    )
    .bind(tenant.0)
    .bind(stream_id)
    .bind(position)
    .fetch_one(connection)
    .await
}

//! The two statements everything turns on: append a batch, read what comes after a position.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{Arguments, PgConnection, Postgres};
use uuid::Uuid;

use super::plan::Plan;
use super::record::{COLUMNS, Recorded};
use crate::outbox::Mail;
use crate::vault::MasterId;

/// The code under which the database says that the master key of new keys is not in use.
pub(super) const NO_MASTER: &str = "DB003";
/// What a new key breaks that is not new.
pub(super) const KEYS_NEW: &str = "subject_keys_pk";

/// Bytes of an event's arguments besides what differs much in length, roughly.
const ROW: usize = 600;

/// The arguments of `log_append`.
macro_rules! arguments {
    () => {
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
         $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, \
         $38)"
    };
}

#[expect(
    clippy::too_many_lines,
    reason = "one statement; its 53 values in their one order"
)]
/// Appends a planned batch, with its new keys, wrapped under that master key, and the mails that it asks
/// for. `None`: another writer moved the head meanwhile.
pub(super) async fn append(
    connection: &mut PgConnection,
    (plan, master): (&Plan, &MasterId),
    head: i64,
) -> Result<Option<i64>, sqlx::Error> {
    const APPEND: &str = concat!("select log_append", arguments!());
    const APPEND_WITH_KEYS: &str = concat!(
        "select head from (select log_append",
        arguments!(),
        " as head offset 0) as appended \
         where head is null or keys.make($39, $40, $41, $42, $43, true) is not null"
    );
    const APPEND_WITH_MAILS: &str = concat!(
        "with appended as materialized (select log_append",
        arguments!(),
        " as head), asked as (insert into mail (tenant_id, effect_id, recipient, subject, body_text, \
           body_html, attachment_name, attachment_text, expires_at, enqueued_at, due_at) \
         select m.*, $53, $53 from appended, unnest($44::uuid[], $45::uuid[], $46::text[], $47::text[], \
           $48::text[], $49::text[], $50::text[], $51::text[], $52::timestamptz[]) as m \
         where appended.head is not null) \
         select head from appended \
         where head is null or keys.make($39, $40, $41, $42, $43, true) is not null"
    );
    let records = &plan.records;
    let of = |field: fn(&Recorded) -> Uuid| records.iter().map(|r| field(r)).collect::<Vec<_>>();
    let texts = |field: fn(&Recorded) -> &str| records.iter().map(|r| field(r)).collect::<Vec<_>>();
    let numbers =
        |field: fn(&Recorded) -> i64| records.iter().map(|r| field(r)).collect::<Vec<_>>();
    let bytes =
        |field: fn(&Recorded) -> &[u8]| records.iter().map(|r| field(r)).collect::<Vec<_>>();
    let commands = &plan.commands;
    let statement = match (plan.keys.is_empty(), plan.mails.is_empty()) {
        (true, true) => APPEND,
        (false, true) => APPEND_WITH_KEYS,
        (_, false) => APPEND_WITH_MAILS,
    };
    let mut room = PgArguments::default();
    room.reserve(53, records.iter().map(|record| size(record)).sum());
    let query = sqlx::query_scalar_with::<_, Option<i64>, _>(statement, room)
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
    query = query
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
                .map(|change| change.least_before)
                .collect::<Vec<_>>(),
        )
        .bind(
            counters
                .values()
                .map(|change| change.most_before)
                .collect::<Vec<_>>(),
        );
    if !plan.keys.is_empty() || !plan.mails.is_empty() {
        let keys = &plan.keys;
        query = query
            .bind(keys.iter().map(|key| key.owner.0.0).collect::<Vec<_>>())
            .bind(keys.iter().map(|key| key.owner.1).collect::<Vec<_>>())
            .bind(keys.iter().map(|key| key.id).collect::<Vec<_>>())
            .bind(keys.iter().map(|key| &*key.sealed).collect::<Vec<_>>())
            .bind(master.as_slice());
    }
    if !plan.mails.is_empty() {
        query = asking(query, &plan.mails, plan.recorded_at);
    }
    query.fetch_one(connection).await
}

type Append<'q> = QueryScalar<'q, Postgres, Option<i64>, PgArguments>;

/// The same, with the mails that are asked for at that time.
fn asking<'q>(query: Append<'q>, mails: &'q [(TenantId, Mail)], at: DateTime<Utc>) -> Append<'q> {
    let texts =
        |field: fn(&Mail) -> &str| mails.iter().map(|(_, it)| field(it)).collect::<Vec<_>>();
    let some = |field: fn(&Mail) -> Option<&str>| {
        let fields = mails.iter().map(|(_, mail)| field(mail));
        fields.collect::<Vec<_>>()
    };
    let ends = mails.iter().map(|(_, mail)| mail.expires_at);
    query
        .bind(mails.iter().map(|(it, _)| it.0).collect::<Vec<_>>())
        .bind(mails.iter().map(|(_, it)| it.effect_id).collect::<Vec<_>>())
        .bind(texts(|it| &it.to))
        .bind(texts(|it| &it.subject))
        .bind(texts(|it| &it.text))
        .bind(some(|it| it.html.as_deref()))
        .bind(some(|it| it.attachment.as_ref().map(|it| it.name.as_str())))
        .bind(some(|it| it.attachment.as_ref().map(|it| it.text.as_str())))
        .bind(ends.collect::<Vec<_>>())
        .bind(at)
}

/// About how many bytes of arguments an event makes, with its command and a key.
fn size(record: &Recorded) -> usize {
    let personal = record.personal.as_ref().map_or(0, Vec::len);
    ROW + record.payload.len() + record.request.len() + personal
}

/// The log position of the last event.
pub(super) async fn head(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select log_position from log_head")
        .fetch_one(connection)
        .await
}

/// The log after a log position, of all tenants, in order.
pub(crate) async fn after(
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

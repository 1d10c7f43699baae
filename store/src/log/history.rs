//! A tenant's own part of the log, read back in pages.

use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::record::{COLUMNS, Recorded};
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::TenantTx;

/// Events read at once where all are wanted.
const PAGE: i64 = 1_000;

/// Which events of the tenant are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Event type patterns: `*` for one segment, or as the last one for all the rest. Empty: all.
    pub types: Vec<String>,
    /// Only this stream.
    pub stream_id: Option<Uuid>,
}

/// A page of history, in order of position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The events.
    pub events: Vec<Recorded>,
    /// Whether there are more after the last one.
    pub has_more: bool,
}

impl HistoryFilter {
    /// Whether an event is wanted.
    pub fn admits(&self, event: &Recorded) -> bool {
        self.stream_id.is_none_or(|id| id == event.stream_id)
            && (self.types.is_empty()
                || self
                    .types
                    .iter()
                    .any(|pattern| matches(pattern, &event.event_type)))
    }

    /// The patterns as regular expressions PostgreSQL understands; `None` for all types.
    fn regexes(&self) -> Option<Vec<String>> {
        (!self.types.is_empty()).then(|| self.types.iter().map(|p| regex(p)).collect())
    }
}

/// `invoicing.*` matches `invoicing.invoice.sent`; `*.client.*` matches `crm.client.registered`.
fn matches(pattern: &str, name: &str) -> bool {
    let mut segments = name.split('.');
    let mut patterns = pattern.split('.').peekable();
    while let Some(pattern) = patterns.next() {
        let last = patterns.peek().is_none();
        match segments.next() {
            Some(_) if pattern == "*" && last => return true,
            Some(segment) if pattern == "*" || pattern == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

fn regex(pattern: &str) -> String {
    let count = pattern.split('.').count();
    let segments = pattern.split('.').enumerate().map(|(index, segment)| {
        if segment != "*" {
            // Names are [a-z_]; anything else in a pattern is made to match nothing.
            let plain = segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if plain {
                segment.to_owned()
            } else {
                "$.".to_owned()
            }
        } else if index + 1 == count {
            ".+".to_owned()
        } else {
            "[^.]+".to_owned()
        }
    });
    format!("^{}$", segments.collect::<Vec<_>>().join("\\."))
}

/// Events of the transaction's tenant after `position`, at most `limit`.
async fn page(
    tx: &mut TenantTx,
    position: i64,
    filter: &HistoryFilter,
    limit: i64,
) -> Result<Page, StoreError> {
    let query = format!(
        "select {COLUMNS} from events where tenant_id = $1 and position > $2 \
           and ($3::uuid is null or stream_id = $3) \
           and ($4::text[] is null or event_type ~ any ($4)) \
         order by position limit $5"
    );
    let tenant = tx.tenant();
    let mut events: Vec<Recorded> = sqlx::query_as(&query)
        .bind(tenant.0)
        .bind(position)
        .bind(filter.stream_id)
        .bind(filter.regexes())
        .bind(limit + 1)
        .fetch_all(tx.connection())
        .await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = events.len() > limit;
    events.truncate(limit);
    Ok(Page { events, has_more })
}

impl Store {
    /// A tenant's events after `position`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn history(
        &self,
        tenant: TenantId,
        position: i64,
        filter: &HistoryFilter,
        limit: i64,
    ) -> Result<Page, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let mut page = page(&mut tx, position, filter, limit).await?;
        tx.commit().await?;
        self.subject_keys().open_records(&mut page.events).await?;
        Ok(page)
    }

    /// All of a tenant's events that a filter admits, oldest first. They are held in memory: it is for a
    /// filter that admits few, such as one stream's.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn whole_history(
        &self,
        tenant: TenantId,
        filter: &HistoryFilter,
    ) -> Result<Vec<Recorded>, StoreError> {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.position);
            let page = self.history(tenant, after, filter, PAGE).await?;
            events.extend(page.events);
            if !page.has_more {
                return Ok(events);
            }
        }
    }
}

/// One stream's events after `version`, in order.
pub(crate) async fn stream_after(
    connection: &mut PgConnection,
    tenant: TenantId,
    stream_id: Uuid,
    version: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let query = format!(
        "select {COLUMNS} from events \
         where tenant_id = $1 and stream_id = $2 and version > $3 order by version"
    );
    sqlx::query_as(&query)
        .bind(tenant.0)
        .bind(stream_id)
        .bind(version)
        .fetch_all(connection)
        .await
}

/// The events of some streams up to a position of the tenant, by stream, in order within each: one
/// range of the streams' index for each, whatever else is in the log.
pub(crate) async fn streams_until(
    connection: &mut PgConnection,
    tenant: TenantId,
    (streams, position): (&[Uuid], i64),
) -> Result<Vec<Recorded>, sqlx::Error> {
    let query = format!(
        "select e.* from unnest($2::uuid[]) as s (id) cross join lateral ( \
           select {COLUMNS} from events where tenant_id = $1 and stream_id = s.id \
             and position <= $3 order by version) e"
    );
    sqlx::query_as(&query)
        .bind(tenant.0)
        .bind(streams)
        .bind(position)
        .fetch_all(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_by_segment_or_to_the_end() {
        for (pattern, name, expected) in [
            ("*", "crm.client.registered", true),
            ("crm.*", "crm.client.registered", true),
            ("crm.client.*", "crm.client.registered", true),
            ("*.client.*", "crm.client.registered", true),
            ("*.client.registered", "crm.client.registered", true),
            ("crm.client.registered", "crm.client.registered", true),
            ("crm.client", "crm.client.registered", false),
            ("crm.*.archived", "crm.client.registered", false),
            ("invoicing.*", "crm.client.registered", false),
            ("crm.client.registered.*", "crm.client.registered", false),
            ("", "crm.client.registered", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
        assert_eq!(regex("crm.*"), "^crm\\..+$");
        assert_eq!(regex("*.client.*"), "^[^.]+\\.client\\..+$");
        assert_eq!(regex("a(b"), "^$.$");
    }
}

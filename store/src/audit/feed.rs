//! Where do the next events to seal come from?
//!
//! From memory what this process appended a moment ago, with the leaf hash that its writer committed:
//! nothing is read, decoded or hashed again, and whoever edits the table in between changes nothing of
//! what is sealed. All else comes from the table and is hashed anew.
//!
//! Memory is believed only from where the log stood when this sealer began under its lease, or began
//! anew after something went wrong. What was there before is what the table says: the database may have
//! been restored meanwhile.

use std::collections::HashMap;

use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;

use super::rows;
use crate::error::StoreError;
use crate::log::{Entry, Tail};

/// Events read from the table at once.
pub(super) const PAGE: i64 = 10_000;
/// Events sealed at once: those that are not read from the table cost little, and a tenant's checkpoint
/// costs the same for one event as for all that wait.
const MOST: usize = 20_000;

/// The log, as the sealer is fed with it.
#[derive(Debug)]
pub(super) struct Feed {
    tail: Tail,
    /// Memory is believed after this log position.
    began_at: i64,
}

/// What comes next in the log.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) entries: Vec<Entry>,
    /// Whether there is more at once.
    pub(super) more: bool,
}

impl Feed {
    pub(super) fn new(tail: Tail) -> Self {
        let began_at = tail.head();
        Self { tail, began_at }
    }

    /// Memory is believed from here on, and not about what came before.
    pub(super) fn begin(&mut self) {
        self.began_at = self.tail.head();
    }

    /// What follows `from`.
    pub(super) async fn next(
        &self,
        connection: &mut PgConnection,
        from: i64,
    ) -> Result<Next, StoreError> {
        let memory = self.tail.entries_after(from.max(self.began_at), MOST);
        if let Some(last) = memory.last() {
            still_there(connection, last).await?;
        }
        let entries = match memory.first().map(Entry::log_position) {
            Some(first) if first == from + 1 => memory,
            first => {
                let until = first.map_or(i64::MAX, |first| first - 1);
                let read = rows::events_between(connection, (from, until), PAGE).await?;
                let mut entries: Vec<Entry> = read.into_iter().map(Entry::read).collect();
                if is_page(entries.len()) {
                    return Ok(Next {
                        entries,
                        more: true,
                    });
                }
                entries.extend(memory);
                entries.truncate(MOST);
                entries
            }
        };
        let more = entries.len() == MOST;
        Ok(Next { entries, more })
    }
}

/// Whether so many events are all that is read from the table at once.
pub(super) fn is_page(events: usize) -> bool {
    i64::try_from(events) == Ok(PAGE)
}

/// Makes sure that the log still has what memory ends with. A database that was restored under a
/// running process has not: nothing must be signed there that it does not hold.
async fn still_there(connection: &mut PgConnection, last: &Entry) -> Result<(), StoreError> {
    let log_position = last.log_position();
    let stored = rows::event_at(connection, log_position).await?;
    if stored == Some(last.event_id()) {
        return Ok(());
    }
    Err(StoreError::Broken(format!(
        "the log has not the event at {log_position} that this process knows: the database was \
         restored, or changed past all rules"
    )))
}

/// A gap in the log's own order tells that events are gone. Whose, their tenants' positions tell:
/// this is the alarm for those that were the last of their tenant.
pub(super) fn alarm_at_gaps(from: i64, entries: &[Entry]) {
    for (expected, entry) in (from + 1..).zip(entries) {
        let found = entry.log_position();
        if found != expected {
            metrics::counter!("daybook_log_gaps_total").increment(1);
            tracing::error!(
                expected,
                found,
                "the log has a gap: events were deleted before they were sealed"
            );
            return;
        }
    }
}

/// Each tenant's events, in their order.
pub(super) fn by_tenant(entries: Vec<Entry>) -> Vec<(TenantId, Vec<Entry>)> {
    let mut places: HashMap<TenantId, usize> = HashMap::new();
    let mut work: Vec<(TenantId, Vec<Entry>)> = Vec::new();
    for entry in entries {
        let tenant = entry.tenant();
        let place = *places.entry(tenant).or_insert(work.len());
        match work.get_mut(place) {
            Some((_, of_tenant)) => of_tenant.push(entry),
            None => work.push((tenant, vec![entry])),
        }
    }
    work
}

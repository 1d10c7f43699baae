//! A list and the log become one stream of changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use daybook_domain::kernel::TenantId;
use daybook_projections::list::Cursor;
use daybook_store::Recorded;
use futures::{Stream, StreamExt};
use uuid::Uuid;

use super::change::Change;
use super::list::{LiveList, Page, Touched};
use crate::api::Api;
use crate::events::follow_batches;
use crate::fault::{Code, Fault};
use crate::live::{Assignment, Mark, Mode};

/// How long a change may wait for its read model before the subscription fails, to be resumed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A change at its position.
type Told<T> = (i64, Change<T>);

/// The stream to return from the resolver of a live list: its changes as the assignment wants
/// them, each with the position to resume from. After an error nothing follows.
pub fn subscribe<L: LiveList, T, S: Fn((i64, Change<L::Row>)) -> T + Send>(
    (api, tenant): (Api, TenantId),
    list: L,
    assignment: &Assignment,
    shown: S,
) -> impl Stream<Item = async_graphql::Result<T>> + Send + use<L, T, S> {
    let lister = Lister { api, tenant, list };
    let results = marked(lister, assignment.mode()).map(move |told| match told {
        Ok((mark, told)) => (Some(mark), Ok(shown(told))),
        Err(fault) => (None, Err(fault.into())),
    });
    assignment.stamp(results)
}

fn marked<L: LiveList>(
    lister: Lister<L>,
    mode: Mode,
) -> impl Stream<Item = Result<(Mark, Told<L::Row>), Fault>> + Send {
    try_stream! {
        let Begun { from, until, has_snapshot, caught_up_at } = lister.begin(mode).await?;
        let mut after = None;
        let mut has_more = has_snapshot;
        while has_more {
            let (rows, next) = lister.page(after).await?;
            for (id, row) in rows {
                // Nobody can resume in the middle of a snapshot.
                yield (Mark::partial(from.unsigned_abs()), (from, Change::Snapshot(id, row)));
            }
            has_more = next.is_some();
            after = next;
        }
        let mut missed = caught_up_at;
        if missed.take_if(|position| *position <= from).is_some() {
            yield told(from, Change::CaughtUp);
        }
        if until.is_some_and(|until| until <= from) {
            return;
        }
        let store = lister.api.store().clone();
        let batches = follow_batches(store, lister.tenant, lister.list.events(), from, until);
        let mut batches = std::pin::pin!(batches);
        let mut last = from;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            for (position, change) in lister.look(&batch.events).await? {
                missed = missed.map(|missed| missed.max(position));
                last = position;
                yield told(position, change);
            }
            // What has an end tells it there.
            let is_level = batch.is_level && until.is_none();
            let mark = missed.take_if(|_| is_level);
            let further = batch.beacon.filter(|at| missed.is_none() && *at > last);
            if let Some(position) = mark.max(further) {
                last = position;
                yield told(position, Change::CaughtUp);
            }
        }
        if let Some(position) = missed {
            yield told(position, Change::CaughtUp);
        }
    }
}

fn told<T>(position: i64, change: Change<T>) -> (Mark, Told<T>) {
    (Mark::complete(position.unsigned_abs()), (position, change))
}

/// Where a stream begins and ends.
struct Begun {
    /// What was recorded up to here is told by the snapshot or known already.
    from: i64,
    has_snapshot: bool,
    /// Where the mark between past and present stands; `None` where no mark is wanted.
    caught_up_at: Option<i64>,
    until: Option<i64>,
}

struct Lister<L> {
    api: Api,
    tenant: TenantId,
    list: L,
}

impl<L: LiveList> Lister<L> {
    async fn begin(&self, mode: Mode) -> Result<Begun, Fault> {
        let (seen, until) = match mode {
            Mode::Live { from } => {
                return Ok(Begun {
                    from: signed(from),
                    has_snapshot: false,
                    caught_up_at: None,
                    until: None,
                });
            }
            Mode::Whole { after } => (after, None),
            Mode::CatchUp { after, up_to } => (after, Some(signed(up_to))),
        };
        let head = match until {
            Some(until) => until,
            None => self.api.store().tenant_head(self.tenant).await?.0,
        };
        if seen.is_none() {
            self.wait_for_position(head).await?;
        }
        Ok(Begun {
            from: seen.map_or(head, signed),
            has_snapshot: seen.is_none(),
            caught_up_at: Some(head),
            until,
        })
    }

    /// Waits until the read models show everything up to a position of the tenant.
    async fn wait_for_position(&self, position: i64) -> Result<(), Fault> {
        let log_position = self.api.store().log_position(self.tenant, position).await?;
        self.wait(log_position.unwrap_or_default()).await
    }

    async fn wait(&self, log_position: i64) -> Result<(), Fault> {
        let positions = self.api.positions();
        let waited = positions.wait(self.list.read_models(), log_position, PATIENCE);
        waited.await.map_err(|behind| {
            tracing::warn!(%behind, "a live list ended because its read model did not move");
            let text = "the list is behind the log; resume after the last position";
            Fault::new(Code::ConsistencyTimeout, text)
        })
    }

    async fn page(&self, after: Option<Cursor>) -> Result<Page<L::Row>, Fault> {
        let mut tx = self.api.store().tenant_tx(self.tenant).await?;
        let page = self.list.page(&mut tx, after).await?;
        tx.commit().await?;
        Ok(page)
    }

    /// What became of the rows that these events may have changed, by their last position.
    async fn look(&self, events: &[Arc<Recorded>]) -> Result<Vec<Told<L::Row>>, Fault> {
        let Some(last) = events.last() else {
            return Ok(Vec::new());
        };
        self.wait(last.log_position).await?;
        let mut tx = self.api.store().tenant_tx(self.tenant).await?;
        let touched = merged(self.list.touched(&mut tx, events).await?);
        let ids: Vec<Uuid> = touched.iter().map(|one| one.id).collect();
        let found = self.list.find(&mut tx, &ids).await?;
        tx.commit().await?;
        let mut found: HashMap<Uuid, L::Row> = found.into_iter().collect();
        let change = |one: Touched| match found.remove(&one.id) {
            Some(row) => Some((one.position, Change::Upserted(one.id, row))),
            None if one.may_leave => Some((one.position, Change::Removed(one.id))),
            None => None,
        };
        Ok(touched.into_iter().filter_map(change).collect())
    }
}

/// Each row once, at its last position, in order of these. What began among these events and left again
/// may have been seen all the same: a snapshot shows what comes after its position, too. That a row left
/// which was never seen is no news to anybody.
fn merged(touched: Vec<Touched>) -> Vec<Touched> {
    let mut rows: HashMap<Uuid, Touched> = HashMap::new();
    for one in touched {
        let row = rows.entry(one.id).or_insert(one);
        row.position = row.position.max(one.position);
        row.may_leave |= one.may_leave;
    }
    let mut rows: Vec<Touched> = rows.into_values().collect();
    rows.sort_unstable_by_key(|row| (row.position, row.id));
    rows
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(id: u128, position: i64, may_leave: bool) -> Touched {
        Touched {
            id: Uuid::from_u128(id),
            position,
            may_leave,
        }
    }

    #[test]
    fn tells_each_row_once_at_its_last_position() {
        let rows = merged(vec![
            touched(1, 3, true),
            touched(2, 5, true),
            touched(1, 7, true),
        ]);
        assert_eq!(rows, [touched(2, 5, true), touched(1, 7, true)]);
    }

    #[test]
    fn lets_leave_what_may_have_been_seen_meanwhile() {
        let rows = merged(vec![touched(1, 3, false), touched(1, 4, true)]);
        assert_eq!(rows, [touched(1, 4, true)]);
        let rows = merged(vec![touched(1, 3, true), touched(1, 4, false)]);
        assert_eq!(rows, [touched(1, 4, true)]);
        let rows = merged(vec![touched(1, 3, false), touched(1, 4, false)]);
        assert_eq!(rows, [touched(1, 4, false)]);
    }
}

//! Claims, counts and draws of a batch, brought to their net effect.

use std::collections::HashMap;

use daybook_domain::kernel::{Claim, Count, Settlement, TenantId};
use uuid::Uuid;

use super::append::Append;
use super::plan::Known;
use crate::claims::{ClaimKey, claim_key};

type Holder = (TenantId, Uuid);
type CounterKey = (TenantId, String);

/// What the batch's accepted commands settle so far.
#[derive(Debug, Default)]
pub(super) struct Settlements {
    pub(super) claims: HashMap<ClaimKey, ClaimChange>,
    pub(super) counters: HashMap<CounterKey, CounterChange>,
}

/// The net effect on one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ClaimChange {
    /// Who gives it back: a row to delete.
    pub(super) released: Option<Holder>,
    /// Who holds it afterwards: a row to insert.
    pub(super) taken: Option<Holder>,
}

/// The net effect on one counter, and what it asks of the value before the batch.
///
/// A move from `before + moved` to `before + moved + delta` that may not pass a limit says
/// something about `before`, whatever the signs; the tightest of them stand for all moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CounterChange {
    pub(super) delta: i64,
    /// Checked by the database on the fast path; already checked here on the slow path.
    pub(super) least_before: Option<i64>,
    pub(super) most_before: Option<i64>,
}

/// One command's settlement, not yet applied.
#[derive(Debug, Default)]
pub(super) struct Change {
    claims: Vec<(ClaimKey, ClaimChange)>,
    counters: Vec<(CounterKey, CounterChange)>,
}

/// Whether a command's declarations can be settled.
#[derive(Debug)]
pub(super) enum Settled {
    Good(Change),
    Unsettled(Settlement),
    NeedsDatabase,
}

impl Settlements {
    /// Settles one command on top of the ones before it.
    pub(super) fn settle(
        &self,
        request: &Append,
        draws: &[(String, i64)],
        known: &Known,
    ) -> Settled {
        let mut change = Change::default();
        let mut numbers = draws.iter().map(|(_, number)| number.unsigned_abs());
        for write in &request.writes {
            for event in &write.events {
                let drawn = event
                    .drawing
                    .as_ref()
                    .map(|drawing| (drawing.with)(numbers.next().unwrap_or_default()).1);
                let holder = (request.tenant, write.stream_id);
                for claim in drawn.as_ref().unwrap_or(&event.claims) {
                    match self.claim(&mut change, claim, holder, known) {
                        Claiming::Good => {}
                        Claiming::Held(settlement) => return Settled::Unsettled(settlement),
                        Claiming::NeedsDatabase => return Settled::NeedsDatabase,
                    }
                }
                for count in &event.counts {
                    if let Err(value) = self.count(&mut change, count, request.tenant, known) {
                        let name = count.name;
                        return Settled::Unsettled(Settlement::Limited { name, value });
                    }
                }
            }
        }
        for (series, _) in draws {
            let key = (request.tenant, series_counter(series));
            let before = change
                .counter(&key)
                .or_else(|| self.counters.get(&key).copied());
            let before = before.unwrap_or_default();
            change.counters.push((
                key,
                CounterChange {
                    delta: before.delta + 1,
                    ..before
                },
            ));
        }
        Settled::Good(change)
    }

    /// Makes a settled command part of the batch.
    pub(super) fn apply(&mut self, change: Change) {
        self.claims.extend(change.claims);
        self.counters.extend(change.counters);
    }

    fn claim(&self, change: &mut Change, claim: &Claim, holder: Holder, known: &Known) -> Claiming {
        let key = claim_key(claim, holder.0);
        let (tenant, scope, value) = (key.0, key.1, &key.2);
        let before = change
            .claim(&key)
            .or_else(|| self.claims.get(&key).cloned());
        // Who holds the value by now: decided in this batch, or as looked up, or not known, in
        // which case the database's own key decides.
        let held = match (&before, &known.looked_up) {
            (Some(before), _) => before.taken,
            (None, Some(found)) => found
                .claims
                .get(&(tenant, scope.to_owned(), value.clone()))
                .copied(),
            (None, None) => None,
        };
        let mut after = before.unwrap_or_default();
        match claim {
            Claim::Take { .. } if held.is_some_and(|held| held != holder) => {
                return Claiming::Held(Settlement::Claimed {
                    scope,
                    value: value.clone(),
                });
            }
            Claim::Take { .. } => after.taken = Some(holder),
            Claim::Release { .. } if held.is_some_and(|held| held != holder) => {
                return Claiming::Good;
            }
            // Only the database knows whether what was taken or released in this batch before is
            // what it seems; the net effect could hide that it is not.
            Claim::Release { .. }
                if known.looked_up.is_none()
                    && (after.taken.is_some()
                        || after.released.is_some_and(|earlier| earlier != holder)) =>
            {
                return Claiming::NeedsDatabase;
            }
            Claim::Release { .. } => {
                after.taken = None;
                after.released.get_or_insert(holder);
            }
        }
        change.claims.push((key, after));
        Claiming::Good
    }

    /// Where the counter stands, when the move would take it past a limit.
    fn count(
        &self,
        change: &mut Change,
        count: &Count,
        tenant: TenantId,
        known: &Known,
    ) -> Result<(), i64> {
        let key = (tenant, count.name.to_owned());
        let before = change
            .counter(&key)
            .or_else(|| self.counters.get(&key).copied());
        let mut after = before.unwrap_or_default();
        after.delta = after.delta.saturating_add(count.delta);
        if let Some(found) = &known.looked_up {
            let stands = found.counters.get(&key).copied().unwrap_or_default();
            let value = stands.saturating_add(after.delta);
            let outside = count.min.is_some_and(|min| value < min)
                || count.max.is_some_and(|max| value > max);
            if outside {
                return Err(value.saturating_sub(count.delta));
            }
        } else {
            let before = |limit: i64| limit.saturating_sub(after.delta);
            after.least_before = after.least_before.max(count.min.map(before));
            after.most_before = [after.most_before, count.max.map(before)]
                .into_iter()
                .flatten()
                .min();
        }
        change.counters.push((key, after));
        Ok(())
    }
}

enum Claiming {
    Good,
    Held(Settlement),
    NeedsDatabase,
}

impl Change {
    fn claim(&self, key: &ClaimKey) -> Option<ClaimChange> {
        self.claims
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, change)| change.clone())
    }

    fn counter(&self, key: &CounterKey) -> Option<CounterChange> {
        self.counters
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, change)| *change)
    }
}

/// The counter that keeps a series' last number.
pub(super) fn series_counter(series: &str) -> String {
    format!("series:{series}")
}

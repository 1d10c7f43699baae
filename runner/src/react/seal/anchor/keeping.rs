//! Who sees to it that an anchor gets what waits for it?

use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::kind::Anchor;
use super::round::Round;

/// The pause after the first round that failed; it doubles.
const AGAIN: Duration = Duration::from_millis(400);
/// The longest pause after rounds that failed, unless the anchor's own is longer.
const LONGEST: Duration = Duration::from_mins(5);

/// Takes what waits to its anchor.
#[derive(Debug)]
pub(crate) struct Keeping {
    store: Store,
    desk: Desk,
    anchor: Anchor,
}

impl Keeping {
    /// Somebody who takes checkpoints to an anchor, and the desk they are put on.
    pub(in crate::react::seal) fn new(store: &Store, anchor: Anchor) -> (Desk, Self) {
        let desk = Desk::default();
        let keeping = Self {
            store: store.clone(),
            desk: desk.clone(),
            anchor,
        };
        (desk, keeping)
    }

    /// Keeps what comes until stopped; what waits then is kept first.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut failed = 0;
        loop {
            let going_on = stop.run_until_cancelled(self.desk.filled()).await;
            let waiting = self.desk.take();
            let round = self.anchor.keep(waiting).await;
            self.account_for(&round).await;
            if going_on.is_none() {
                return;
            }
            failed = if round.missed.is_empty() {
                0
            } else {
                failed + 1
            };
            self.desk.offer(round.missed);
            self.desk.offer(round.early);
            let pause = self.anchor.pace().max(pause_after(failed));
            stop.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Says what became of a round, and writes it down.
    async fn account_for(&self, round: &Round) {
        let name = self.anchor.name();
        let reason = round.reason.as_deref().unwrap_or_default();
        if !round.missed.is_empty() {
            tracing::warn!(
                anchor = name,
                missed = round.missed.len(),
                reason,
                "checkpoints were not kept outside; this is tried again"
            );
            metrics::counter!("daybook_anchor_failures_total", "anchor" => name).increment(1);
        }
        if !self.anchor.is_accounted_for() {
            return;
        }
        let missed: Vec<TenantId> = round.missed.keys().copied().collect();
        let written = async {
            self.store.anchored(name, &round.kept).await?;
            self.store.not_anchored(name, (&missed, reason)).await
        };
        if let Err(error) = written.await {
            tracing::warn!(anchor = name, %error, "what an anchor has was not written down");
        }
    }
}

/// The pause after so many rounds in a row that failed.
fn pause_after(failed: u32) -> Duration {
    match failed.checked_sub(1) {
        None => Duration::ZERO,
        Some(doubled) => (AGAIN * 2_u32.pow(doubled.min(12))).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        assert_eq!(pause_after(0), Duration::ZERO);
        assert_eq!(pause_after(1), AGAIN);
        assert_eq!(pause_after(3), AGAIN * 4);
        assert_eq!(pause_after(u32::MAX), LONGEST);
    }
}

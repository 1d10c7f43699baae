//! How is a checkpoint kept in a directory?

use std::io;

use daybook_domain::kernel::TenantId;
use daybook_store::audit::Outside;

use super::desk::{Seal, Waiting};
use super::round::Round;

/// Keeps them in the data directory, each in place of the one before: the sealer has made sure that
/// it continues that.
pub(super) async fn follow(to: &Outside, waiting: Waiting) -> Round {
    in_background(to, waiting, |to, waiting| {
        let notes = waiting.iter().map(|(tenant, seal)| (*tenant, &*seal.note));
        match to.keep(notes) {
            Ok(()) => {
                let kept = waiting
                    .iter()
                    .map(|(tenant, seal)| (*tenant, seal.checkpoint.size));
                Round {
                    kept: kept.collect(),
                    ..Round::default()
                }
            }
            Err(error) => Round::missed(waiting, error.to_string()),
        }
    })
    .await
}

/// Keeps them in a directory of somebody else, which believes nobody: a checkpoint takes the place of a
/// smaller one alone.
pub(super) async fn witness(to: &Outside, waiting: Waiting) -> Round {
    in_background(to, waiting, |to, waiting| {
        let mut round = Round::default();
        for (tenant, seal) in waiting {
            let taken = take(to, tenant, &seal);
            round.note(tenant, seal, taken.map_err(Some));
        }
        round
    })
    .await
}

fn take(to: &Outside, tenant: TenantId, seal: &Seal) -> Result<(), String> {
    let told = |error: io::Error| error.to_string();
    // What cannot be read is no evidence of anything.
    let there = to.last(tenant).map_err(told)?;
    if let Some(there) = there.as_deref().and_then(Seal::read) {
        let (old, new) = (&there.checkpoint, &seal.checkpoint);
        if old.size == new.size && old.root != new.root {
            return Err(format!(
                "another checkpoint of {} events is kept for tenant {tenant}, and stays: two \
                 histories were signed; see \"When an anchor has another history\" in \
                 docs/operating.md",
                old.size
            ));
        }
        if old.size >= new.size {
            return Ok(());
        }
    }
    to.keep([(tenant, &*seal.note)]).map_err(told)
}

async fn in_background(
    to: &Outside,
    waiting: Waiting,
    work: impl FnOnce(&Outside, Waiting) -> Round + Send + 'static,
) -> Round {
    let (to, spare) = (to.clone(), waiting.clone());
    let done = tokio::task::spawn_blocking(move || work(&to, waiting)).await;
    done.unwrap_or_else(|error| Round::missed(spare, error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use daybook_audit::testing::{History, signer};
    use uuid::Uuid;

    use super::*;

    /// The checkpoint of so many events of a history; `other` ends otherwise.
    fn seal(size: usize, other: bool) -> Arc<Seal> {
        let mut history = History::of(12);
        if other {
            history.rows[0].payload = b"{}".to_vec();
            history.rows[0].digest();
            history.seal();
        }
        let note = history.checkpoint(size, &signer(1)).to_string();
        Arc::new(Seal::read(&note).unwrap())
    }

    #[tokio::test]
    async fn a_checkpoint_takes_the_place_of_a_smaller_one_alone() {
        let directory = tempfile::tempdir().unwrap();
        let to = Outside::at(directory.path()).unwrap();
        let tenant = TenantId(Uuid::from_u128(1));
        let offer =
            async |seal: &Arc<Seal>| witness(&to, HashMap::from([(tenant, seal.clone())])).await;
        let (small, large, other) = (seal(5, false), seal(9, false), seal(9, true));
        assert_ne!(large.checkpoint.root, other.checkpoint.root);
        for seal in [&small, &large] {
            let round = offer(seal).await;
            assert_eq!(round.kept, [(tenant, seal.checkpoint.size)]);
            assert_eq!(to.last(tenant).unwrap().as_deref(), Some(&*seal.note));
        }
        // Once more, and late: it has them.
        for seal in [&large, &small] {
            assert!(offer(seal).await.missed.is_empty());
        }
        // Of the same size, and another.
        let round = offer(&other).await;
        assert_eq!(round.missed.len(), 1);
        assert!(round.reason.unwrap().contains("two histories"));
        assert_eq!(to.last(tenant).unwrap().as_deref(), Some(&*large.note));
    }
}

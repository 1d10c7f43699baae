//! How does a round end in which an anchor was offered checkpoints?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daybook_domain::kernel::TenantId;
use futures::StreamExt;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};

use super::desk::{Seal, Waiting};
use crate::outbound::{Answer, Outbound};

/// Checkpoints on their way at one time.
const PARALLEL: usize = 8;

/// What became of the checkpoints of a round.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// What the anchor has now: whose, and how many events they are about.
    pub(super) kept: Vec<(TenantId, u64)>,
    /// What is to be offered again, after a failure.
    pub(super) missed: Waiting,
    /// What is to be offered again, since its time has not come.
    pub(super) early: Waiting,
    /// What stood in the way, of the first of them.
    pub(super) reason: Option<String>,
}

/// Why a checkpoint was not taken.
#[derive(Debug)]
pub(super) enum Miss {
    /// Nobody answers: the others need not be tried now.
    Away(String),
    /// It was turned down.
    Refused(String),
}

/// An anchor that takes checkpoints one by one.
pub(super) trait Taking: Sync {
    /// Takes one, for good.
    fn take(&self, tenant: TenantId, seal: &Seal) -> impl Future<Output = Result<(), Miss>> + Send;
}

impl Round {
    /// Nothing was kept.
    pub(super) fn missed(waiting: Waiting, reason: String) -> Self {
        Self {
            missed: waiting,
            reason: Some(reason),
            ..Self::default()
        }
    }

    /// Offers everything, a few at one time, until nobody answers.
    pub(super) async fn of(anchor: &impl Taking, waiting: Waiting) -> Self {
        let away = AtomicBool::new(false);
        let away = &away;
        let taking = futures::stream::iter(waiting).map(|(tenant, seal)| async move {
            if away.load(Ordering::Relaxed) {
                return (tenant, seal, Err(None));
            }
            let taken = anchor.take(tenant, &seal).await;
            let taken = taken.map_err(|miss| match miss {
                Miss::Away(reason) => {
                    away.store(true, Ordering::Relaxed);
                    Some(reason)
                }
                Miss::Refused(reason) => Some(reason),
            });
            (tenant, seal, taken)
        });
        let mut round = Self::default();
        let mut taking = Box::pin(taking.buffer_unordered(PARALLEL));
        while let Some((tenant, seal, taken)) = taking.next().await {
            round.note(tenant, seal, taken);
        }
        drop(taking);
        round
    }

    /// Notes what became of one.
    pub(super) fn note(
        &mut self,
        tenant: TenantId,
        seal: Arc<Seal>,
        taken: Result<(), Option<String>>,
    ) {
        match taken {
            Ok(()) => self.kept.push((tenant, seal.checkpoint.size)),
            Err(reason) => {
                self.missed.insert(tenant, seal);
                self.reason = self.reason.take().or(reason);
            }
        }
    }
}

/// Asks a server that takes checkpoints.
pub(super) async fn ask(
    outbound: &Outbound,
    request: Result<Request<Full<Bytes>>, hyper::http::Error>,
) -> Result<Answer, Miss> {
    let request = request.map_err(|error| Miss::Refused(error.to_string()))?;
    outbound.ask(request).await.map_err(Miss::Away)
}

/// What an answer other than yes is called.
pub(super) fn refused(status: StatusCode) -> Miss {
    Miss::Refused(format!("the answer was {status}"))
}

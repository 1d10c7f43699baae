//! One request: who asks, when, under which id, and how fresh the answer must be.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use daybook_domain::tenancy::public::Permission;
use daybook_store::{self as store, TenantTx};
use tracing::Span;

use crate::access::{Caller, Scope, log_correlation};
use crate::api::Api;
use crate::fault::{Code, Fault};

/// A request's own data; resolvers get it with [`Asking::of`].
#[derive(Debug, Clone)]
pub struct Asking {
    /// What it can reach.
    pub api: Api,
    /// Who asks.
    pub caller: Caller,
    /// From which address; none when it is not known.
    pub peer: Option<IpAddr>,
    /// The id that logs and errors carry.
    pub request_id: String,
    /// Why, as the client said: a reference.
    pub reason: Option<String>,
    /// When it came.
    pub at: DateTime<Utc>,
    /// How fresh its answer must be.
    pub freshness: Freshness,
    /// The position its answer reflects.
    pub reflected: Reflected,
    /// The span of the HTTP request that it came with.
    pub request_span: Span,
}

/// The tenant's position that an answer reflects; it rises while resolvers wait for more. Cheap to
/// clone.
#[derive(Debug, Clone)]
pub struct Reflected {
    position: Arc<AtomicI64>,
    as_of: Arc<Mutex<BTreeSet<i64>>>,
}

impl Reflected {
    /// What all read models had reached before the first resolver ran.
    pub fn new(position: i64) -> Self {
        Self {
            position: Arc::new(AtomicI64::new(position)),
            as_of: Arc::default(),
        }
    }

    /// Notes that whatever this answer reads was waited for.
    pub(super) fn rise(&self, position: i64) {
        self.position.fetch_max(position, Ordering::Relaxed);
    }

    /// Notes that a part of the answer is as of this position.
    pub(super) fn look_back(&self, position: i64) {
        self.lock().insert(position);
    }

    /// The positions of the past that parts of the answer are of, in order.
    pub fn as_of(&self) -> Vec<i64> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        // A set is whole after every step: a panicking holder leaves it usable.
        self.as_of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The position.
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// The tenant's position it must reflect; none for whatever is there.
    pub min_position: Option<i64>,
    /// How long to wait for it; none for the usual patience.
    pub timeout: Option<Duration>,
}

/// The longest a client may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Asking {
    /// The request a resolver runs for.
    ///
    /// # Errors
    /// An internal fault when the gateway attached none.
    pub fn of<'c>(ctx: &Context<'c>) -> Result<&'c Self, Fault> {
        ctx.data::<Self>().map_err(|_| {
            tracing::error!("a resolver ran without its request");
            Fault::internal()
        })
    }

    /// The request and the place from which its caller may do it.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` or `FORBIDDEN`.
    pub fn permitted<'c>(
        ctx: &Context<'c>,
        permission: Permission,
    ) -> Result<(&'c Self, &'c Scope), Fault> {
        let asking = Self::of(ctx)?;
        Ok((asking, asking.caller.require(permission)?))
    }

    /// Says in the log what a command of the request belongs together with: on the lines of its operation
    /// and on that of the request.
    pub(super) fn log(&self, command: &store::Context) {
        for span in [&Span::current(), &self.request_span] {
            log_correlation(span, command);
        }
    }

    /// A transaction on the caller's tenant in which the named read models are as fresh as was
    /// asked for.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time, or the database is away.
    pub async fn read(
        &self,
        scope: &Scope,
        read_models: &[&'static str],
    ) -> Result<TenantTx, Fault> {
        self.refresh(Some(scope), read_models).await?;
        Ok(self.api.store().tenant_tx(scope.tenant).await?)
    }

    /// Waits until the named read models are as fresh as was asked for: for what lies in no
    /// tenant. Without a tenant there is no position to ask for.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time.
    pub async fn refresh(
        &self,
        scope: Option<&Scope>,
        read_models: &[&'static str],
    ) -> Result<(), Fault> {
        let (Some(scope), Some(position)) = (scope, self.freshness.min_position) else {
            return Ok(());
        };
        let asked = self.freshness.timeout;
        let asked = asked.unwrap_or(self.api.options().patience);
        let wait = self.reached(scope, position, read_models);
        let waited = tokio::time::timeout(asked.min(LONGEST_WAIT), wait).await;
        waited.map_err(|_| behind(position))??;
        self.reflected.rise(position);
        Ok(())
    }

    /// Waits until the tenant's log has the position and the read models have read it.
    async fn reached(
        &self,
        scope: &Scope,
        position: i64,
        read_models: &[&'static str],
    ) -> Result<(), Fault> {
        let log_position = loop {
            let found = self
                .api
                .store()
                .log_position(scope.tenant, position)
                .await?;
            if let Some(log_position) = found {
                break log_position;
            }
            // The event may be on its way here from another database node.
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        self.settled(log_position, read_models, LONGEST_WAIT).await
    }

    /// Waits until every read model shows what is in the log now, as far as this process knows.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time.
    pub async fn shown_up_to_now(&self) -> Result<(), Fault> {
        let head = self.api.store().tail().head();
        let patience = self.api.options().patience;
        self.settled(head, self.api.read_models(), patience).await
    }

    /// Waits until the read models have read the log position.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time.
    pub async fn settled(
        &self,
        log_position: i64,
        read_models: &[&'static str],
        patience: Duration,
    ) -> Result<(), Fault> {
        let waited = self
            .api
            .positions()
            .wait(read_models, log_position, patience)
            .await;
        waited.map_err(|_| behind(log_position))
    }
}

fn behind(position: i64) -> Fault {
    tracing::warn!(position, "a read model did not get there in time");
    let text = "what was written is safe, but lists do not show it yet; ask again in a moment";
    Fault::new(Code::ConsistencyTimeout, text).retry_after(Duration::from_millis(500))
}

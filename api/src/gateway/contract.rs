//! What Daybook answers the transports.

use std::future::Future;
use std::time::Duration;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use futures::future::BoxFuture;
use uuid::Uuid;

use super::{Asked, Attached, Budget, Credentials, Sharing, Throttled};
use crate::fault::Fault;

/// Daybook behind the transports.
pub trait Gateway: Send + Sync + 'static {
    /// Who is asking. Cheap to clone.
    type Caller: Clone + Send + Sync + 'static;

    /// Says who is asking.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` or `FORBIDDEN`; a gateway that serves anonymous callers has a caller for
    /// them.
    fn authenticate(
        &self,
        credentials: Credentials<'_>,
    ) -> impl Future<Output = Result<Self::Caller, Fault>> + Send;

    /// Adds the caller and the per-request data (loaders, positions) to a request.
    ///
    /// Called once per execution. A subscription that is shared runs under its first subscriber,
    /// for as long as anybody listens.
    fn attach(&self, caller: &Self::Caller, asked: &Asked<'_>, request: Request) -> Attached;

    /// Takes from the caller's rate bucket what an operation of that cost is charged: the cost, or one
    /// request.
    ///
    /// # Errors
    /// When the bucket does not hold it; then nothing is taken.
    fn charge(
        &self,
        caller: &Self::Caller,
        cost: u64,
    ) -> impl Future<Output = Result<Budget, Throttled>> + Send;

    /// How long a query or mutation may take.
    fn time_limit(&self, caller: &Self::Caller, kind: OperationType) -> Duration;

    /// Resolves when the caller's rights end or change: at expiry, revocation, change of role.
    fn rights_end(&self, caller: &Self::Caller) -> BoxFuture<'static, ()>;

    /// On which shelf the documents lie that the caller registers and finds again: its tenant's.
    fn shelf(&self, caller: &Self::Caller) -> Uuid;

    /// Whether subscribers of the root field can share one execution.
    fn sharing(&self, caller: &Self::Caller, field: &str) -> Sharing;

    /// The position of the last event of the caller's tenant that is committed.
    fn position(&self, caller: &Self::Caller) -> u64;
}

//! The one place that knows cqrs-es: any aggregate of ours as one of its, and our log as its store.
//!
//! With it, stock postgres-es runs our aggregates (the oracle of the tests, the baseline of the
//! benchmarks), and a cqrs-es application runs on our log unchanged.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use cqrs_es::{AggregateContext, AggregateError, DomainEvent, EventEnvelope, EventStore};
use daybook_domain::kernel::{self, Decision, Event, TenantId, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ExecuteError, StoreError};
use crate::execute::{Actor, Context, Fingerprint};
use crate::log::HistoryFilter;
use crate::store::Store;

/// An aggregate of ours as cqrs-es wants it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "A: serde::de::DeserializeOwned"))]
pub struct Stored<A>(pub A);

/// An event of ours as cqrs-es wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "E: serde::de::DeserializeOwned"))]
pub struct StoredEvent<E>(pub E);

impl<E: Event> DomainEvent for StoredEvent<E> {
    fn event_type(&self) -> String {
        encode(&self.0).name
    }

    fn event_version(&self) -> String {
        self.0.version().to_string()
    }
}

impl<A: kernel::Aggregate> cqrs_es::Aggregate for Stored<A> {
    const TYPE: &'static str = A::NAME;
    type Command = Box<dyn FnOnce(&A) -> Decision<A> + Send>;
    type Event = StoredEvent<A::Event>;
    type Error = A::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        decide: Self::Command,
        _services: &(),
        sink: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), A::Refusal> {
        for event in decide(&self.0)? {
            sink.write(StoredEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.0.evolve(event.0);
    }
}

/// One tenant's part of our log as a cqrs-es event store. Aggregate ids are UUIDs.
#[derive(Debug, Clone)]
pub struct LogEventStore<A> {
    store: Store,
    tenant: TenantId,
    mint_and_clock: fn() -> (Uuid, chrono::DateTime<chrono::Utc>),
    aggregate: PhantomData<fn() -> A>,
}

/// A loaded aggregate, to be committed on the version it was loaded at.
#[derive(Debug)]
pub struct LogContext<A> {
    stream_id: Uuid,
    version: i64,
    aggregate: Stored<A>,
}

impl<A: kernel::Aggregate> AggregateContext<Stored<A>> for LogContext<A> {
    fn aggregate(&mut self) -> &mut Stored<A> {
        &mut self.aggregate
    }
}

impl<A: kernel::Aggregate> LogEventStore<A> {
    /// The tenant's part of `store`. The function gives each commit its command id and time.
    pub fn new(
        store: Store,
        tenant: TenantId,
        mint_and_clock: fn() -> (Uuid, chrono::DateTime<chrono::Utc>),
    ) -> Self {
        Self {
            store,
            tenant,
            mint_and_clock,
            aggregate: PhantomData,
        }
    }
}

/// Appends events that were decided elsewhere.
#[derive(Debug)]
struct Record<A: kernel::Aggregate>(Vec<A::Event>);

impl<A: kernel::Aggregate> kernel::Command for Record<A> {
    type Aggregate = A;

    fn decide(&self, _state: &A) -> Decision<A> {
        Ok(self.0.clone())
    }
}

impl<A: kernel::Aggregate> EventStore<Stored<A>> for LogEventStore<A> {
    type AC = LogContext<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<Stored<A>>>, AggregateError<A::Refusal>> {
        let stream_id = parse(aggregate_id)?;
        let filter = HistoryFilter {
            stream_id: Some(stream_id),
            ..HistoryFilter::default()
        };
        let page = self
            .store
            .history(self.tenant, 0, &filter, i64::from(i32::MAX))
            .await;
        let records = page.map_err(unexpected)?.events;
        records
            .into_iter()
            .map(|record| envelope(&record))
            .collect()
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<LogContext<A>, AggregateError<A::Refusal>> {
        let stream_id = parse(aggregate_id)?;
        let loaded = self
            .store
            .load::<A>(self.tenant, stream_id)
            .await
            .map_err(unexpected)?;
        let aggregate = Stored(Arc::unwrap_or_clone(loaded.state));
        Ok(LogContext {
            stream_id,
            version: loaded.version,
            aggregate,
        })
    }

    async fn commit(
        &self,
        events: Vec<StoredEvent<A::Event>>,
        context: LogContext<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<Stored<A>>>, AggregateError<A::Refusal>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (command_id, at) = (self.mint_and_clock)();
        let fingerprint = Fingerprint::of("cqrs-es", &command_id);
        let mut commit = Context::new(Actor::System("cqrs_es"), command_id, fingerprint, at)
            .expecting(Some(context.version));
        commit.metadata = metadata.into_iter().collect();
        let events = Record::<A>(events.into_iter().map(|event| event.0).collect());
        let receipt = self
            .store
            .execute(self.tenant, context.stream_id, events, commit)
            .await;
        let receipt = receipt.map_err(|error| match error {
            ExecuteError::Conflict { .. } => AggregateError::AggregateConflict,
            other => AggregateError::UnexpectedError(Box::new(other)),
        })?;
        receipt
            .events
            .iter()
            .map(|record| envelope(record))
            .collect()
    }
}

fn envelope<A: kernel::Aggregate>(
    record: &crate::log::Recorded,
) -> Result<EventEnvelope<Stored<A>>, AggregateError<A::Refusal>> {
    /// What [`Context`] writes of a command's metadata.
    #[derive(Default, Deserialize)]
    struct Request {
        #[serde(default)]
        metadata: HashMap<String, String>,
    }
    let request: Request = serde_json::from_slice(&record.request).unwrap_or_default();
    Ok(EventEnvelope {
        aggregate_id: record.stream_id.to_string(),
        sequence: usize::try_from(record.version).unwrap_or_default(),
        payload: StoredEvent(record.decode().map_err(|e| unexpected(e.into()))?),
        metadata: request.metadata,
    })
}

fn parse<E: std::error::Error>(aggregate_id: &str) -> Result<Uuid, AggregateError<E>> {
    aggregate_id
        .parse()
        .map_err(|error| AggregateError::UnexpectedError(Box::new(error)))
}

fn unexpected<E: std::error::Error>(error: StoreError) -> AggregateError<E> {
    AggregateError::UnexpectedError(Box::new(error))
}

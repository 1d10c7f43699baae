//! Do stock cqrs-es and postgres-es leave the same events for the same commands?
//!
//! They know nothing of claims, counters and series, so the commands here need none to be settled.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateError, CqrsFramework, EventEnvelope, EventStore, Query};
use daybook_domain::kernel::{Command, Decision, Event as _, TenantId, encode};
use daybook_postgres::testing::shared;
use daybook_store::{LogEventStore, Store, Stored};
use postgres_es::PostgresEventRepository;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::account::{Account, Close, Deposit, Open, Promote, Refusal, Retag, Withdraw};
use crate::world::{World, context, empty_database, id, now, tenant};

/// The table of postgres-es, as its documentation has it.
const TABLE: &str = "create table events (aggregate_type text not null, \
    aggregate_id text not null, sequence bigint check (sequence >= 0) not null, \
    event_type text not null, event_version text not null, payload json not null, \
    metadata json not null, primary key (aggregate_type, aggregate_id, sequence))";

type Stock = PersistedEventStore<PostgresEventRepository, Stored<Account>>;
type Boxed = Box<dyn FnOnce(&Account) -> Decision<Account> + Send>;
type Failure = AggregateError<Refusal>;

/// The commands that need nothing settled.
#[derive(Debug, Clone)]
enum Plain {
    Open,
    Deposit(i64),
    Withdraw(i64),
    Retag(u8),
    Promote,
    Close,
}

impl Plain {
    fn boxed(&self, stream: usize) -> Boxed {
        fn boxed<C: Command<Aggregate = Account>>(command: C) -> Boxed {
            Box::new(move |account| command.decide(account))
        }
        match self.clone() {
            Plain::Open => boxed(Open::default()),
            Plain::Deposit(amount) => boxed(Deposit(amount)),
            Plain::Withdraw(amount) => boxed(Withdraw(amount)),
            Plain::Retag(tag) => boxed(Retag(Some(format!("{stream}.{tag}")))),
            Plain::Promote => boxed(Promote),
            Plain::Close => boxed(Close),
        }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        3 => Just(Plain::Open),
        3 => (1..9i64).prop_map(Plain::Deposit),
        3 => (1..9i64).prop_map(Plain::Withdraw),
        2 => (0..3u8).prop_map(Plain::Retag),
        1 => Just(Plain::Promote),
        1 => Just(Plain::Close),
    ]
}

/// A view as cqrs-es applications have them: what was dispatched.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, usize, String, HashMap<String, String>)>>>);

impl Query<Stored<Account>> for Seen {
    fn dispatch<'a, 'b, 'c, 'f>(
        &'a self,
        aggregate_id: &'b str,
        events: &'c [EventEnvelope<Stored<Account>>],
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'f>>
    where
        'a: 'f,
        'b: 'f,
        'c: 'f,
    {
        let mut seen = self.0.lock().unwrap();
        for event in events {
            let payload = format!("{:?}", event.payload.0);
            seen.push((
                aggregate_id.into(),
                event.sequence,
                payload,
                event.metadata.clone(),
            ));
        }
        Box::pin(std::future::ready(()))
    }
}

/// A cqrs-es application: it knows nothing of the store it runs on.
async fn application<S: EventStore<Stored<Account>>>(
    store: S,
    commands: &[(usize, Plain)],
    streams: &[Uuid],
) -> (Seen, Vec<Result<(), Refusal>>) {
    let seen = Seen::default();
    let cqrs = CqrsFramework::new(store, vec![Box::new(seen.clone())], ());
    let mut outcomes = Vec::new();
    for (n, (stream, command)) in commands.iter().enumerate() {
        let metadata = HashMap::from([
            ("step".to_owned(), n.to_string()),
            ("by".to_owned(), "an \"auditor\"".to_owned()),
        ]);
        let id = streams[*stream].to_string();
        let done = cqrs
            .execute_with_metadata(&id, command.boxed(*stream), metadata)
            .await;
        outcomes.push(match done {
            Ok(()) => Ok(()),
            Err(Failure::UserError(refusal)) => Err(refusal),
            Err(other) => panic!("{other:?}"),
        });
    }
    (seen, outcomes)
}

async fn stored_by<S: EventStore<Stored<Account>>>(
    store: &S,
    stream: Uuid,
) -> Vec<(String, usize, String, Vec<u8>, HashMap<String, String>)> {
    let events = store.load_events(&stream.to_string()).await.unwrap();
    let stored = |event: EventEnvelope<Stored<Account>>| {
        let encoded = encode(&event.payload.0);
        let version = event.payload.0.version();
        assert_eq!(encoded.version, version);
        (
            event.aggregate_id,
            event.sequence,
            encoded.name,
            encoded.payload,
            event.metadata,
        )
    };
    events.into_iter().map(stored).collect()
}

fn mint() -> (Uuid, chrono::DateTime<chrono::Utc>) {
    (id(), now())
}

struct Both {
    world: World,
    store: Store,
    pool: PgPool,
}

impl Both {
    async fn new() -> Self {
        let world = World::new().await;
        let pool = postgres_es::default_postgress_pool(&empty_database(shared()).await).await;
        pool.execute(TABLE).await.unwrap();
        let store = world.store().await;
        Self { world, store, pool }
    }

    fn stock(&self) -> Stock {
        PersistedEventStore::new_event_store(PostgresEventRepository::new(self.pool.clone()))
    }

    fn ours(&self, tenant: TenantId) -> LogEventStore<Account> {
        LogEventStore::new(self.store.clone(), tenant, mint)
    }
}

fn check(property: impl AsyncFn(&Both, &[(usize, Plain)])) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let both = runtime.block_on(Both::new());
    let commands = proptest::collection::vec((0..3usize, plain()), 1..40);
    let config = Config {
        cases: 25,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&commands, |commands| {
        runtime.block_on(property(&both, &commands));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn the_same_commands_leave_the_same_events() {
    check(async |both, commands| {
        let tenant = tenant();
        let streams = [id(), id(), id()];
        let (_, theirs) = application(both.stock(), commands, &streams).await;
        for ((stream, command), theirs) in commands.iter().zip(theirs) {
            let ours = execute(&both.store, tenant, streams[*stream], (*stream, command)).await;
            assert_eq!(ours, theirs.map_err(|refusal| refusal.to_string()));
        }
        let log = both.world.log().await;
        for stream in streams {
            let theirs = stored_by(&both.stock(), stream).await;
            let ours: Vec<_> = log
                .iter()
                .filter(|row| row.stream_id == stream)
                .map(|row| (row.version, &row.event_type, &row.payload))
                .collect();
            let theirs: Vec<_> = theirs
                .iter()
                .map(|(_, n, name, payload, _)| (i64::try_from(*n).unwrap(), name, payload))
                .collect();
            assert_eq!(ours, theirs);
        }
    });
}

async fn execute(
    store: &Store,
    tenant: TenantId,
    stream: Uuid,
    (n, command): (usize, &Plain),
) -> Result<(), String> {
    let context = context(id(), &"plain");
    let batch = store.batch(tenant, context);
    let batch = match command.clone() {
        Plain::Open => batch.and(stream, Open::default()),
        Plain::Deposit(amount) => batch.and(stream, Deposit(amount)),
        Plain::Withdraw(amount) => batch.and(stream, Withdraw(amount)),
        Plain::Retag(tag) => batch.and(stream, Retag(Some(format!("{n}.{tag}")))),
        Plain::Promote => batch.and(stream, Promote),
        Plain::Close => batch.and(stream, Close),
    };
    match batch.execute().await {
        Ok(_) => Ok(()),
        Err(daybook_store::ExecuteError::Refused(refused)) => Err(refused.message),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_cqrs_es_application_runs_on_the_log_unchanged() {
    check(async |both, commands| {
        let tenant = tenant();
        let streams = [id(), id(), id()];
        let (their_view, theirs) = application(both.stock(), commands, &streams).await;
        let (our_view, ours) = application(both.ours(tenant), commands, &streams).await;
        assert_eq!(ours, theirs);
        assert_eq!(*our_view.0.lock().unwrap(), *their_view.0.lock().unwrap());
        for stream in streams {
            assert_eq!(
                stored_by(&both.ours(tenant), stream).await,
                stored_by(&both.stock(), stream).await
            );
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_race_is_an_aggregate_conflict_on_both() {
    async fn race<S: EventStore<Stored<Account>>>(store: &S) {
        let stream = id().to_string();
        let mut first = store.load_aggregate(&stream).await.unwrap();
        let second = store.load_aggregate(&stream).await.unwrap();
        let opened = || {
            let opened = Open::default().decide(&Account::default()).unwrap();
            opened.into_iter().map(daybook_store::StoredEvent).collect()
        };
        cqrs_es::AggregateContext::aggregate(&mut first);
        store.commit(opened(), first, HashMap::new()).await.unwrap();
        let lost = store.commit(opened(), second, HashMap::new()).await;
        assert!(
            matches!(lost, Err(AggregateError::AggregateConflict)),
            "{lost:?}"
        );
        assert_eq!(store.load_events(&stream).await.unwrap().len(), 1);
    }
    let both = Both::new().await;
    race(&both.stock()).await;
    race(&both.ours(tenant())).await;
}

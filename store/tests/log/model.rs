//! Does the log do what a few maps in memory do?
//!
//! Random commands run on two stores. One at a time, each outcome must be the model's; several at
//! once, the order of the log must explain everything that is in it.

use std::collections::{BTreeMap, HashMap};

use daybook_domain::kernel::{
    Aggregate, Claim, Command, Event as _, Realm, Refusal as _, TenantId, encode,
};
use daybook_store::{Batch, ExecuteError, Receipt, Store};
use futures::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::account::{
    ACCOUNTS, Account, Bill, Close, Demote, Deposit, EMAIL, Event, OWNERS, Open, Promote, Refusal,
    Retag, TAG, TALLY, Tally, TallyUp, Withdraw,
};
use crate::world::{Row, World, assert_gapless, context, id, tenant};

/// Any of the account's commands.
#[derive(Debug, Clone)]
enum Any {
    Open(Open),
    Deposit(Deposit),
    Withdraw(Withdraw),
    Retag(Retag),
    Promote(Promote),
    Demote(Demote),
    Tally(TallyUp),
    Bill(Bill),
    Close(Close),
}

impl Any {
    fn decide(&self, account: &Account) -> Result<Vec<Event>, Refusal> {
        match self {
            Any::Open(command) => command.decide(account),
            Any::Deposit(command) => command.decide(account),
            Any::Withdraw(command) => command.decide(account),
            Any::Retag(command) => command.decide(account),
            Any::Promote(command) => command.decide(account),
            Any::Demote(command) => command.decide(account),
            Any::Tally(command) => command.decide(account),
            Any::Bill(command) => command.decide(account),
            Any::Close(command) => command.decide(account),
        }
    }

    fn add<'s>(&self, batch: Batch<'s>, stream: Uuid) -> Batch<'s> {
        match self.clone() {
            Any::Open(command) => batch.and(stream, command),
            Any::Deposit(command) => batch.and(stream, command),
            Any::Withdraw(command) => batch.and(stream, command),
            Any::Retag(command) => batch.and(stream, command),
            Any::Promote(command) => batch.and(stream, command),
            Any::Demote(command) => batch.and(stream, command),
            Any::Tally(command) => batch.and(stream, command),
            Any::Bill(command) => batch.and(stream, command),
            Any::Close(command) => batch.and(stream, command),
        }
    }
}

/// A request: commands of a tenant on streams of their own, under a command id.
#[derive(Debug, Clone)]
struct Request {
    store: usize,
    tenant: usize,
    /// Out of a few, so that some are repeated, with the same input or another.
    command: u128,
    steps: BTreeMap<usize, Any>,
    /// Added to the first stream's version; none expects nothing.
    expected: Option<i64>,
}

fn any() -> impl Strategy<Value = Any> {
    let value = || proptest::option::of((0..3u8).prop_map(|n| n.to_string()));
    let limit = || proptest::option::of(-3..6i64);
    let tally =
        (-3..=3i64, limit(), limit()).prop_map(|(delta, min, max)| Tally { delta, min, max });
    prop_oneof![
        4 => (value(), value(), proptest::option::of(1..5i64))
            .prop_map(|(email, tag, most)| Any::Open(Open { email, tag, most })),
        3 => (1..5i64).prop_map(|amount| Any::Deposit(Deposit(amount))),
        2 => (1..5i64).prop_map(|amount| Any::Withdraw(Withdraw(amount))),
        2 => value().prop_map(|tag| Any::Retag(Retag(tag))),
        1 => Just(Any::Promote(Promote)),
        1 => Just(Any::Demote(Demote)),
        2 => proptest::collection::vec(tally, 0..3).prop_map(|tallies| Any::Tally(TallyUp(tallies))),
        2 => (0..3usize).prop_map(|count| Any::Bill(Bill(count))),
        2 => Just(Any::Close(Close)),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let steps = prop_oneof![
        3 => proptest::collection::btree_map(0..4usize, any(), 1..=1),
        1 => proptest::collection::btree_map(0..4usize, any(), 1..=3),
    ];
    let expected = prop_oneof![
        4 => Just(None),
        1 => Just(Some(0)),
        1 => (-1..=1i64).prop_map(Some),
    ];
    (0..2usize, 0..2usize, 0..40u128, steps, expected).prop_map(
        |(store, tenant, command, steps, expected)| Request {
            store,
            tenant,
            command,
            steps,
            expected,
        },
    )
}

/// What the model says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Went {
        position: i64,
        version: i64,
        events: Vec<(String, Vec<u8>)>,
        replayed: bool,
    },
    Refused(&'static str, String),
    Conflict(i64),
    Reused,
}

#[derive(Debug, Clone, Default)]
struct Stream {
    version: i64,
    account: Account,
}

/// The log in a few maps.
#[derive(Debug, Clone, Default)]
struct Model {
    streams: HashMap<(usize, usize), Stream>,
    positions: HashMap<usize, i64>,
    /// By tenant, none for the platform's; who holds it.
    claims: HashMap<(Option<usize>, &'static str, String), (usize, usize)>,
    counters: HashMap<(usize, String), i64>,
    commands: HashMap<(usize, u128), (String, Outcome)>,
    log: Vec<(usize, usize, String, Vec<u8>)>,
}

impl Model {
    fn stream(&self, tenant: usize, stream: usize) -> Stream {
        self.streams
            .get(&(tenant, stream))
            .cloned()
            .unwrap_or_default()
    }

    fn run(&mut self, request: &Request) -> Outcome {
        let key = (request.tenant, request.command);
        let input = format!("{:?}", request.steps);
        if let Some((earlier, outcome)) = self.commands.get(&key) {
            if *earlier != input {
                return Outcome::Reused;
            }
            let mut outcome = outcome.clone();
            if let Outcome::Went { replayed, .. } = &mut outcome {
                *replayed = true;
            }
            return outcome;
        }
        let mut after = self.clone();
        match after.decide(request) {
            Ok(outcome) => {
                *self = after;
                self.commands.insert(key, (input, outcome.clone()));
                outcome
            }
            Err(outcome) => outcome,
        }
    }

    fn decide(&mut self, request: &Request) -> Result<Outcome, Outcome> {
        let refused = |refusal: Refusal| Outcome::Refused(refusal.code(), refusal.to_string());
        let mut decided = Vec::new();
        for (stream, any) in &request.steps {
            let before = self.stream(request.tenant, *stream);
            decided.push((*stream, any.decide(&before.account).map_err(refused)?));
        }
        let first = *request.steps.keys().next().unwrap();
        let current = self.stream(request.tenant, first).version;
        if request.expected.is_some_and(|off| off != 0) {
            return Err(Outcome::Conflict(current));
        }
        let mut events = Vec::new();
        for (stream, some) in &decided {
            for event in some {
                let event = self.draw(request.tenant, event.clone());
                self.settle((request.tenant, *stream), &event)
                    .map_err(refused)?;
                events.push((*stream, event));
            }
        }
        let mut stored = Vec::new();
        for (stream, event) in events {
            let state = self.streams.entry((request.tenant, stream)).or_default();
            state.version += 1;
            state.account.evolve(event.clone());
            *self.positions.entry(request.tenant).or_default() += 1;
            let encoded = encode(&event);
            stored.push((encoded.name.clone(), encoded.payload.clone()));
            self.log
                .push((request.tenant, stream, encoded.name, encoded.payload));
        }
        Ok(Outcome::Went {
            position: self
                .positions
                .get(&request.tenant)
                .copied()
                .unwrap_or_default(),
            version: self.stream(request.tenant, first).version,
            events: stored,
            replayed: false,
        })
    }

    fn draw(&mut self, tenant: usize, event: Event) -> Event {
        let Some(draw) = event.draw() else {
            return event;
        };
        let name = format!("series:{}", draw.series);
        let last = self.counters.entry((tenant, name)).or_default();
        *last += 1;
        event.drawn(last.unsigned_abs())
    }

    fn settle(&mut self, holder: (usize, usize), event: &Event) -> Result<(), Refusal> {
        for claim in event.claims() {
            let (Claim::Take {
                realm,
                scope,
                value,
            }
            | Claim::Release {
                realm,
                scope,
                value,
            }) = claim.clone();
            let tenant = (realm == Realm::Tenant).then_some(holder.0);
            let key = (tenant, scope, value.clone());
            let held = self.claims.get(&key).copied();
            match claim {
                Claim::Take { .. } if held.is_some_and(|held| held != holder) => {
                    return Err(Refusal::Taken { scope, value });
                }
                Claim::Take { .. } => drop(self.claims.insert(key, holder)),
                Claim::Release { .. } if held == Some(holder) => drop(self.claims.remove(&key)),
                Claim::Release { .. } => {}
            }
        }
        for count in event.counts() {
            let stands = self
                .counters
                .entry((holder.0, count.name.to_owned()))
                .or_default();
            let value = *stands + count.delta;
            if count.min.is_some_and(|min| value < min) || count.max.is_some_and(|max| value > max)
            {
                let (name, value) = (count.name, *stands);
                return Err(Refusal::Limited { name, value });
            }
            *stands = value;
        }
        Ok(())
    }
}

/// A case's own tenants, streams and command ids on shared stores.
struct Case<'w> {
    world: &'w World,
    stores: &'w [Store; 2],
    salt: Uuid,
    tenants: [TenantId; 2],
}

impl Case<'_> {
    fn stream(&self, stream: usize) -> Uuid {
        Uuid::new_v5(&self.salt, stream.to_string().as_bytes())
    }

    fn command(&self, command: u128) -> Uuid {
        Uuid::new_v5(&self.salt, format!("command {command}").as_bytes())
    }

    /// Addresses are unique in the installation: every case has its own.
    fn salted(&self, request: &Request) -> Request {
        let mut request = request.clone();
        for any in request.steps.values_mut() {
            if let Any::Open(open) = any {
                open.email = open
                    .email
                    .take()
                    .map(|email| format!("{email}@{}", self.salt));
            }
        }
        request
    }

    async fn run(&self, request: &Request, version: i64) -> Outcome {
        let input = format!("{:?}", request.steps);
        let context = context(self.command(request.command), &input)
            .expecting(request.expected.map(|off| version + off));
        let tenant = self.tenants[request.tenant];
        let mut batch = self.stores[request.store].batch(tenant, context);
        for (stream, any) in &request.steps {
            batch = any.add(batch, self.stream(*stream));
        }
        outcome(batch.execute().await)
    }

    async fn rows(&self) -> Vec<Row> {
        self.world.log_of(&self.tenants).await
    }

    async fn compare(&self, model: &Model) {
        let rows = self.rows().await;
        let stored: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.tenant_id,
                    row.stream_id,
                    row.event_type.clone(),
                    row.payload.clone(),
                )
            })
            .collect();
        let expected: Vec<_> = model
            .log
            .iter()
            .map(|(tenant, stream, name, payload)| {
                (
                    self.tenants[*tenant].0,
                    self.stream(*stream),
                    name.clone(),
                    payload.clone(),
                )
            })
            .collect();
        assert_eq!(stored, expected);
        for (store, tenant) in [(0, 0), (1, 1), (0, 1), (1, 0)] {
            self.compare_tenant(model, &self.stores[store], tenant)
                .await;
        }
    }

    async fn compare_tenant(&self, model: &Model, store: &Store, tenant: usize) {
        let ours = self.tenants[tenant];
        let last = self.rows().await.last().map_or(0, |row| row.log_position);
        store.tail().past(last - 1).await;
        for stream in 0..4 {
            let loaded = store
                .load::<Account>(ours, self.stream(stream))
                .await
                .unwrap();
            let expected = model.stream(tenant, stream);
            assert_eq!(
                (loaded.version, &*loaded.state),
                (expected.version, &expected.account)
            );
        }
        for name in [ACCOUNTS, OWNERS, TALLY, "series:test.bills"] {
            let expected = model.counters.get(&(tenant, name.to_owned())).copied();
            assert_eq!(
                store.counter(ours, name).await.unwrap(),
                expected.unwrap_or_default()
            );
        }
        for value in ["0", "1", "2"] {
            let expected = model.claims.get(&(Some(tenant), TAG, value.to_owned()));
            let held = store.claim(ours, TAG, value).await.unwrap();
            assert_eq!(held, expected.map(|(_, stream)| self.stream(*stream)));
            let email = format!("{value}@{}", self.salt);
            let expected = model.claims.get(&(None, EMAIL, email.clone()));
            let held = store.platform_claim(EMAIL, &email).await.unwrap();
            let holder = expected.map(|(t, stream)| (self.tenants[*t], self.stream(*stream)));
            assert_eq!(held, holder);
        }
    }
}

fn outcome(result: Result<Receipt, ExecuteError>) -> Outcome {
    match result {
        Ok(receipt) => Outcome::Went {
            position: receipt.position,
            version: receipt.version,
            events: receipt
                .events
                .iter()
                .map(|event| (event.event_type.clone(), event.payload.clone()))
                .collect(),
            replayed: receipt.replayed,
        },
        Err(ExecuteError::Refused(refused)) => Outcome::Refused(refused.code, refused.message),
        Err(ExecuteError::Conflict { current, .. }) => Outcome::Conflict(current),
        Err(ExecuteError::CommandIdReused(_)) => Outcome::Reused,
        Err(error) => panic!("{error:?}"),
    }
}

/// Runs `property` on `cases` random inputs, each with tenants of its own.
fn check<T: std::fmt::Debug>(
    cases: u32,
    strategy: &impl Strategy<Value = T>,
    property: impl AsyncFn(Case<'_>, T),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (world, stores) = runtime.block_on(async {
        let world = World::new().await;
        let stores = [world.store().await, world.store().await];
        (world, stores)
    });
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |input| {
        let case = Case {
            world: &world,
            stores: &stores,
            salt: id(),
            tenants: [tenant(), tenant()],
        };
        runtime.block_on(property(case, input));
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(async { assert_gapless(&world.log().await) });
}

#[test]
fn one_after_the_other_every_outcome_is_the_models() {
    let requests = proptest::collection::vec(request(), 1..40);
    check(40, &requests, async |case, requests| {
        let mut model = Model::default();
        for request in &requests {
            let request = case.salted(request);
            let first = *request.steps.keys().next().unwrap();
            let version = model.stream(request.tenant, first).version;
            let expected = model.run(&request);
            assert_eq!(case.run(&request, version).await, expected, "{request:?}");
        }
        case.compare(&model).await;
    });
}

#[test]
fn all_at_once_the_order_of_the_log_explains_everything() {
    let rounds = proptest::collection::vec(proptest::collection::vec(request(), 2..12), 1..6);
    check(25, &rounds, async |case, rounds| {
        let mut model = Model::default();
        for round in rounds {
            let round: Vec<_> = round
                .iter()
                .map(|request| Request {
                    expected: None,
                    ..case.salted(request)
                })
                .collect();
            let seen = case.rows().await.len();
            let outcomes = join_all(round.iter().map(|request| case.run(request, 0))).await;
            let rows = case.rows().await;
            replay(&case, &mut model, (&round, &outcomes), &rows[seen..]);
        }
        case.compare(&model).await;
    });
}

/// In the order in which they are in the log, the model lets the same commands through with the
/// same outcomes; those that left nothing had a reason at one moment at least.
fn replay(
    case: &Case<'_>,
    model: &mut Model,
    (round, outcomes): (&[Request], &[Outcome]),
    rows: &[Row],
) {
    let keys = rows.iter().map(|row| (row.tenant_id, row.command_id));
    let mut order: Vec<(Uuid, Uuid)> = keys.collect();
    order.dedup();
    let mut left: Vec<usize> = (0..round.len()).collect();
    let mut moments = vec![model.clone()];
    for key in order {
        let at = left.iter().position(|n| {
            let fresh = matches!(
                &outcomes[*n],
                Outcome::Went {
                    replayed: false,
                    ..
                }
            );
            fresh
                && key
                    == (
                        case.tenants[round[*n].tenant].0,
                        case.command(round[*n].command),
                    )
        });
        let n = left.remove(at.expect("every event belongs to a command that went"));
        assert_eq!(model.run(&round[n]), outcomes[n], "{:?}", round[n]);
        moments.push(model.clone());
    }
    for n in left {
        let explained = moments.iter_mut().any(|moment| {
            let said = moment.clone().run(&round[n]);
            said == outcomes[n] || matches!(&outcomes[n], Outcome::Conflict(_))
        });
        // What had nothing to do is in no row, but its command id is used up.
        if let Outcome::Went {
            events,
            replayed: false,
            ..
        } = &outcomes[n]
        {
            assert_eq!(events.len(), 0);
            let key = (round[n].tenant, round[n].command);
            let input = format!("{:?}", round[n].steps);
            model.commands.insert(key, (input, outcomes[n].clone()));
        } else {
            moments.push(model.clone());
        }
        let again = matches!(
            &outcomes[n],
            Outcome::Went { replayed: true, .. } | Outcome::Reused
        );
        assert!(
            explained || again,
            "nothing explains {:?} of {:?}",
            outcomes[n],
            round[n]
        );
    }
}

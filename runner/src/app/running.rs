//! A running Daybook.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use daybook_projections::engine::Positions;
use daybook_store::reader::ReaderState;
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::address::public_url;
use super::api::{Api, ApiParts};
use super::duty::Duty;
use super::tasks::{Tasks, process_id};
use crate::clock::Clock;
use crate::config::Config;
use crate::console::Console;
use crate::database::{Provided, provide};
use crate::failure::Failure;
use crate::http::{self, Bound, Mounted, Observed, Server};
use crate::react::mail::Carrier;
use crate::react::privacy::{Forgetting, Journal, keep_up, replay};
use crate::react::{exports, seal, timers};
use crate::signal::Ending;
use crate::telemetry;

/// Between two looks at readers that start.
const LOOK: Duration = Duration::from_millis(10);
/// How long read models may take to forget who was erased before a backup was restored.
const FORGOTTEN: Duration = Duration::from_mins(5);
/// What is told while readers start.
const STARTING_READERS: &str = "starting readers";
/// How long readers may take to start.
const START: Duration = Duration::from_secs(8);

/// What is needed to start.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub config: Config,
    /// What this process is for.
    pub duty: Duty,
    /// What time it is.
    pub clock: Clock,
    /// Who is told what happens.
    pub console: Console,
    /// The addresses, bound before anything slow begins; none for a process that does not answer.
    pub bound: Option<Bound>,
}

/// A Daybook that runs in this process. Stop it with [`App::stop`]; dropped, its tasks are cut off.
#[derive(Debug)]
pub struct App {
    provided: Provided,
    store: Store,
    positions: Positions,
    tasks: Tasks,
    answering: Option<Answering>,
    draining: CancellationToken,
    drain_time: Duration,
}

/// The part of an app that clients see.
struct Answering {
    server: Server,
    drained: BoxFuture<'static, ()>,
    addresses: Vec<SocketAddr>,
    url: Url,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Starts everything of its duty: PostgreSQL where none is given, migrations, readers, API.
    ///
    /// # Errors
    /// The first thing that stands in the way; what was started is stopped again.
    pub async fn start(start: Start) -> Result<Self, Failure> {
        let carrier = Carrier::new(&start.config.mail)?;
        seal::usable(&start.config.audit.anchors)?;
        let provided = provide(&start.config, &start.console).await?;
        let opened = match open_all(&start, provided.database()).await {
            Ok(opened) => opened,
            Err(failure) => {
                provided.leave().await?;
                return Err(failure);
            }
        };
        let store = opened.store;
        let positions = Positions::new(&store, &daybook_projections::all());
        let mut tasks = Tasks::new();
        let (forgotten, is_forgotten) = watch::channel(());
        if start.duty.reads() {
            start.console.step(STARTING_READERS);
            let began = Instant::now();
            tasks.read(&store, &positions, &start);
            let forgetting = Forgetting {
                positions: positions.clone(),
                journal: opened.journal.clone(),
            };
            tasks.react(&store, &start, (carrier, forgetting));
            tasks.scrub((&provided, &start.config), is_forgotten);
            if let Some(sealing) = opened.sealing {
                tasks.seal(sealing);
            }
            let ready = at_work(&store, began);
            start.console.during(STARTING_READERS, ready).await;
        }
        let keeping = keep_up(store.clone(), opened.journal, forgotten);
        tasks.beside("journal", keeping);
        tasks.tidy(telemetry::numbers());
        let mut app = Self {
            provided,
            store,
            positions,
            tasks,
            answering: None,
            draining: CancellationToken::new(),
            drain_time: start.config.limits.drain_time,
        };
        if let Err(failure) = app.open_doors(opened.again, start).await {
            app.stop(&Ending::default()).await?;
            return Err(failure);
        }
        Ok(app)
    }

    /// Answers clients, once nobody is known who had been erased.
    async fn open_doors(&mut self, again: usize, mut start: Start) -> Result<(), Failure> {
        if again > 0 {
            let forgotten = forgotten_again(&self.store, &self.positions);
            let step = "waiting until nobody is shown who had been erased";
            start.console.during(step, forgotten).await?;
        }
        let Some(bound) = start.bound.take() else {
            return Ok(());
        };
        let url = public_url(&start.config, bound.addresses())?;
        self.answer((bound, url), start)
    }

    fn answer(&mut self, (bound, url): (Bound, Url), start: Start) -> Result<(), Failure> {
        let addresses = bound.addresses().to_vec();
        let limits = start.config.limits;
        let origins = start.config.security.cors_origins.clone();
        let proxies = start.config.listen.trusted_proxies.clone();
        let numbers = telemetry::numbers();
        let database = self.provided.database().clone();
        let observed = Observed::new(self.store.clone(), database, limits.lag_events, numbers);
        let api = if start.duty.answers() {
            Api::new(ApiParts {
                store: self.store.clone(),
                positions: self.positions.clone(),
                config: start.config,
                public_url: url.clone(),
                clock: start.clock,
                draining: self.draining.clone(),
            })?
        } else {
            Api::none()
        };
        let router = http::routes(Mounted {
            api: api.router,
            observed,
            origins,
        });
        self.tasks.beside("rights", api.rights);
        self.answering = Some(Answering {
            server: Server::start(bound, &router, (&limits, &proxies), &self.draining),
            drained: api.drained,
            addresses,
            url,
        });
        Ok(())
    }

    /// The log.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How far the read models are.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// Where the log is.
    pub fn database(&self) -> &Database {
        self.provided.database()
    }

    /// What is listened on; empty in a process that does not answer.
    pub fn addresses(&self) -> &[SocketAddr] {
        let answering = self.answering.as_ref();
        answering.map_or(&[], |answering| &answering.addresses)
    }

    /// How clients reach us; none in a process that does not answer.
    pub fn url(&self) -> Option<&Url> {
        self.answering.as_ref().map(|answering| &answering.url)
    }

    /// Resolves when this process cannot go on; says why.
    pub async fn broken(&self) -> Failure {
        self.provided.moved().cancelled().await;
        Failure::failed(
            "the private PostgreSQL had to move to another port, since another program took its \
             own; start Daybook again",
        )
    }

    /// Stops: accepts nobody, lets requests and sockets end, stops readers and gives their leases
    /// back, closes the log, and stops a private PostgreSQL that nobody else uses.
    ///
    /// # Errors
    /// When PostgreSQL does not stop.
    pub async fn stop(mut self, ending: &Ending) -> Result<(), Failure> {
        self.draining.cancel();
        if let Some(answering) = self.answering.take() {
            let ended = async { tokio::join!(answering.server.ended(), answering.drained) };
            tokio::select! {
                _ = ended => (),
                () = tokio::time::sleep(self.drain_time) => {
                    tracing::warn!("connections that did not end in time were dropped");
                }
                () = ending.hurry.cancelled() => (),
            }
        }
        self.tasks.stop(ending).await;
        self.store.close().await;
        self.provided.leave().await
    }
}

/// Waits until somebody is at every read model, so that "ready" is true when it is said: somebody who
/// took or renewed its lease after we began. After a kill that takes until the lease of the dead runs out.
async fn at_work(store: &Store, began: Instant) {
    let projections = daybook_projections::all();
    let mut expected: BTreeSet<&str> = projections.iter().map(|it| it.name()).collect();
    expected.extend([
        timers::READER,
        exports::READER,
        daybook_store::audit::READER,
    ]);
    let all = async {
        loop {
            // Measured before they are looked up: what was renewed before we began is never taken for newer.
            let age = began.elapsed();
            let readers = store.readers().await.unwrap_or_default();
            let live = readers.iter().filter(|it| {
                it.state == ReaderState::Live && it.renewed_ago.is_some_and(|ago| ago < age)
            });
            let names: BTreeSet<&str> = live.map(|it| it.key.name.as_str()).collect();
            if expected.is_subset(&names) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(START, all).await.is_err() {
        tracing::warn!("nobody is at some read models yet; see /health/ready");
    }
}

/// Waits until no read model shows anybody who was erased again: nobody is answered before.
async fn forgotten_again(store: &Store, positions: &Positions) -> Result<(), Failure> {
    let projections = daybook_projections::all();
    let names: Vec<&'static str> = projections.iter().map(|it| it.name()).collect();
    let waited = positions.wait(&names, store.tail().head(), FORGOTTEN).await;
    waited.map_err(|behind| {
        Failure::failed(format!(
            "people who had been erased are back in a restored database, and {behind}; start \
             `daybook work` and then this again"
        ))
    })
}

/// What is open before anything runs.
struct Opened {
    store: Store,
    sealing: Option<seal::OpenSealing>,
    journal: Journal,
    /// How many people had to be erased again.
    again: usize,
}

async fn open_all(start: &Start, database: &Database) -> Result<Opened, Failure> {
    let (store, master) = open(start, database).await?;
    let opened = async {
        let console = &start.console;
        let sealing = open_seal(start, (&store, master));
        let sealing = console.during("opening the seal", sealing).await?;
        let journal = Journal::at(start.config.data.erasures());
        let again = replay(&store, &journal, (start.clock)());
        let step = "erasing again who had been erased";
        let again = console.during(step, again).await?;
        Ok((sealing, journal, again))
    };
    match opened.await {
        Ok((sealing, journal, again)) => Ok(Opened {
            store,
            sealing,
            journal,
            again,
        }),
        Err(failure) => {
            store.close().await;
            Err(failure)
        }
    }
}

/// Opens the keys, and what sealing needs in a process that reads.
async fn open_seal(
    start: &Start,
    (store, master): (&Store, MasterKey),
) -> Result<Option<seal::OpenSealing>, Failure> {
    let audit = &start.config.audit;
    let checked = store.check_master_key().await;
    checked.map_err(|error| seal::refused(&audit.master_key, error))?;
    if !start.duty.reads() {
        return Ok(None);
    }
    let opened = seal::open(audit, (store, master), (process_id(), start.clock)).await?;
    Ok(Some(opened))
}

async fn open(start: &Start, database: &Database) -> Result<(Store, MasterKey), Failure> {
    let console = &start.console;
    match start.duty {
        Duty::Everything => {
            let migrating = database.migrate();
            let applied = console.during("applying migrations", migrating).await?;
            if !applied.is_empty() {
                console.step(format!("applied {} migrations", applied.len()));
            }
        }
        Duty::Api | Duty::Work => {
            let looking = must_be_current(database);
            console.during("looking at the schema", looking).await?;
        }
    }
    let master = seal::master_key(&start.config.audit, database).await?;
    let options = StoreOptions {
        connections: start.config.database.connections,
        queue: start.config.limits.commands,
        cached: start.config.limits.cached_aggregates,
        clock: start.clock,
        master: master.clone(),
    };
    let opening = Store::open(database, options);
    let store = console.during("opening the log", opening).await?;
    Ok((store, master))
}

/// Refuses a database whose schema is older than this program, or whose server does not let its roles in.
///
/// # Errors
/// When it is so, or the database is away.
pub(crate) async fn must_be_current(database: &Database) -> Result<(), Failure> {
    match database.pending().await?.len() {
        0 => Ok(database.must_let_roles_in().await?),
        missing => Err(Failure::surroundings(format!(
            "the database at {} lacks {missing} migrations; run `daybook migrate` first",
            database.at()
        ))),
    }
}

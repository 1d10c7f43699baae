//! A running Daybook.

use std::net::SocketAddr;
use std::time::Duration;

use daybook_store::{Database, Store, StoreOptions};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::duty::Duty;
use crate::clock::Clock;
use crate::config::Config;
use crate::console::Console;
use crate::database::{Provided, provide};
use crate::failure::Failure;
use crate::http::{self, Bound, Mounted, Observed, Server};
use crate::signal::Ending;
use crate::telemetry::{self, Numbers};

/// How often what the numbers have gathered is drained.
const TIDY: Duration = Duration::from_secs(5);

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
    server: Option<Server>,
    tasks: JoinSet<()>,
    stopping: CancellationToken,
    addresses: Vec<SocketAddr>,
    url: Option<Url>,
}

impl App {
    /// Starts everything of its duty: PostgreSQL where none is given, migrations, readers, API.
    ///
    /// # Errors
    /// The first thing that stands in the way; what was started is stopped again.
    pub async fn start(start: Start) -> Result<Self, Failure> {
        let numbers = telemetry::numbers();
        let provided = provide(&start.config, &start.console).await?;
        let store = match open(&start, provided.database()).await {
            Ok(store) => store,
            Err(failure) => {
                provided.leave().await?;
                return Err(failure);
            }
        };
        let stopping = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let tidying = stopping.clone();
        let tidied = numbers.clone();
        tasks.spawn(async move {
            tidying.run_until_cancelled(tidy(tidied)).await;
        });
        let mut app = Self {
            provided,
            store,
            server: None,
            tasks,
            stopping,
            addresses: Vec::new(),
            url: None,
        };
        if let Some(bound) = start.bound {
            app.addresses = bound.addresses().to_vec();
            app.url = public_url(&start.config, &app.addresses);
            app.server = Some(app.serve(bound, &start.config, numbers));
        }
        Ok(app)
    }

    fn serve(&self, bound: Bound, config: &Config, numbers: Numbers) -> Server {
        let database = self.provided.database().clone();
        let lag_events = config.limits.lag_events;
        let router = http::routes(Mounted {
            api: axum::Router::new(),
            observed: Observed::new(self.store.clone(), database, lag_events, numbers),
            origins: config.security.cors_origins.clone(),
        });
        Server::start(bound, &router, &config.limits)
    }

    /// The log.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the log is.
    pub fn database(&self) -> &Database {
        self.provided.database()
    }

    /// What is listened on; empty in a process that does not answer.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How clients reach us; none in a process that does not answer.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
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
        if let Some(server) = self.server.take() {
            server.stop(ending).await;
        }
        self.stopping.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.store.close().await;
        self.provided.leave().await
    }
}

async fn open(start: &Start, database: &Database) -> Result<Store, Failure> {
    match start.duty {
        Duty::Everything => {
            let applied = database.migrate().await?;
            if !applied.is_empty() {
                start
                    .console
                    .step(format!("applied {} migrations", applied.len()));
            }
        }
        Duty::Api | Duty::Work => {
            let missing = database.pending().await?.len();
            if missing > 0 {
                return Err(Failure::surroundings(format!(
                    "the database at {} lacks {missing} migrations; run `daybook migrate` first",
                    database.at()
                )));
            }
        }
    }
    let options = StoreOptions {
        connections: start.config.database.connections,
        queue: start.config.limits.commands,
        cached: start.config.limits.cached_aggregates,
        clock: start.clock,
    };
    Ok(Store::open(database, options).await?)
}

/// The configured one, or the first address; one that means all addresses is reached on loopback.
fn public_url(config: &Config, addresses: &[SocketAddr]) -> Option<Url> {
    if let Some(url) = &config.listen.public_url {
        return Some(url.clone());
    }
    let mut first = *addresses.first()?;
    if first.ip().is_unspecified() {
        let loopback: [std::net::IpAddr; 2] = [
            std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::Ipv6Addr::LOCALHOST.into(),
        ];
        let same = loopback
            .into_iter()
            .find(|ip| ip.is_ipv4() == first.is_ipv4());
        first.set_ip(same.unwrap_or(first.ip()));
    }
    Url::parse(&format!("http://{first}")).ok()
}

async fn tidy(numbers: Numbers) {
    loop {
        tokio::time::sleep(TIDY).await;
        numbers.tidy();
    }
}

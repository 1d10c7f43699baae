//! What does a test hold of its server?

use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::cluster::{Cluster, Connection, Durability, Options};
use crate::error::Error;
use crate::fetch;
use crate::progress::Step;
use crate::surroundings::Surroundings;
use crate::testing::template;
use crate::testing::watcher::Watcher;

/// A server of this process alone; ends with it, or when dropped.
#[derive(Debug)]
pub struct Server {
    // Dropped in this order: the watcher clears up after the server has ended.
    cluster: Mutex<Cluster>,
    _watcher: Watcher,
}

/// The server that all tests of this process share, durable; each test makes a database of its own.
///
/// # Panics
/// When there is no server to be had; the text says what to install.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(private)
}

/// A durable server for one test, which may kill it.
///
/// # Panics
/// As [`shared`].
pub fn private() -> Server {
    private_with(Durability::Full)
}

/// As [`private`], with a choice of durability.
///
/// # Panics
/// As [`shared`].
#[expect(clippy::panic, reason = "a test without its server has nothing to say")]
pub fn private_with(durability: Durability) -> Server {
    match Server::start(durability) {
        Ok(server) => server,
        Err(error) => panic!("no PostgreSQL for this test: {error}"),
    }
}

impl Server {
    fn start(durability: Durability) -> Result<Self, Error> {
        let directory = template::temporary_directory()?;
        let mut options = prepared(&directory.path().join("pg"))?;
        options.durability = durability;
        // From here on the watcher removes the directory: it also does after kill -9.
        let watcher =
            Watcher::spawn(&options.home.join("server"), &directory.keep()).map_err(|source| {
                Error::NotRun {
                    program: "/bin/sh".into(),
                    source,
                }
            })?;
        Ok(Self {
            cluster: Mutex::new(Cluster::attach_or_start(options, &report)?),
            _watcher: watcher,
        })
    }

    /// A URL for this database as the superuser; the database need not be there yet.
    pub fn url(&self, database: &str) -> String {
        self.cluster().url(database)
    }

    /// The same over the socket, as a private server is used.
    pub fn socket_url(&self, database: &str) -> String {
        self.cluster().socket_url(database)
    }

    /// A URL for the database that is always there, to make others from.
    pub fn admin_url(&self) -> String {
        self.url("postgres")
    }

    /// Address and credentials of the superuser.
    pub fn connection(&self) -> Connection {
        self.cluster().connection().clone()
    }

    /// The process id of the server; after [`Server::kill`] that of the killed one.
    pub fn pid(&self) -> u32 {
        self.cluster().pid().unwrap_or_default()
    }

    /// Ends the server with kill -9 and waits until it is gone.
    ///
    /// # Panics
    /// When it is not gone after 10 s.
    pub fn kill(&self) {
        assert!(self.cluster().kill(), "the killed server is still there");
    }

    /// Starts the server again after [`Server::kill`], on the same port; returns when it answers.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::panic, reason = "a test without its server has nothing to say")]
    pub fn restart(&self) {
        if let Err(error) = self.cluster().revive(&|_| ()) {
            panic!("the killed server does not start again: {error}");
        }
    }

    /// A test that failed while it held the lock leaves nothing half done.
    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Options for a cluster in `home` that is copied from the template when it is first started: for
/// tests of what somebody does with a cluster. It is stopped by whoever uses it last.
///
/// # Panics
/// As [`shared`].
#[expect(clippy::panic, reason = "a test without its server has nothing to say")]
pub fn options(home: &Path) -> Options {
    match prepared(home) {
        Ok(options) => options,
        Err(error) => panic!("no PostgreSQL for this test: {error}"),
    }
}

fn prepared(home: &Path) -> Result<Options, Error> {
    // Looked for once in a process; only a failure is tried again.
    static FOUND: OnceLock<Options> = OnceLock::new();
    let found = if let Some(found) = FOUND.get() {
        found
    } else {
        let found = find_or_make_template()?;
        FOUND.get_or_init(|| found)
    };
    Ok(Options {
        home: home.to_path_buf(),
        ..found.clone()
    })
}

fn find_or_make_template() -> Result<Options, Error> {
    let place = template::place()?;
    let mut options = Options::new(&place, surroundings());
    options.cache = place.join("binaries");
    let binaries = fetch::binaries(&options, None, &report)?;
    options.surroundings.binaries = Some(binaries.directory().to_path_buf());
    let template = template::find_or_make(&place, binaries.version(), &options)?;
    options.template = Some(template);
    Ok(options)
}

fn report(step: &Step) {
    tracing::info!("{step}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration to take PATH from"
)]
fn surroundings() -> Surroundings {
    Surroundings::of_this_machine(std::env::var_os("PATH"))
}

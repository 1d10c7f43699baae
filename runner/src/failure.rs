//! How does a command end when it could not do its work?

use std::fmt::{self, Display};
use std::process::ExitCode;

use daybook_postgres::Error as ClusterError;
use daybook_store::{DatabaseError, ExecuteError, StoreError};

/// 128 and the number of SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Why a command ended, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failed,
    Surroundings,
    Found(u8),
    Interrupted,
}

impl Failure {
    /// The work itself went wrong: exit code 1.
    pub fn failed(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            kind: Kind::Failed,
        }
    }

    /// What was asked for, or what was found here, does not allow the work: exit code 2. The text
    /// says what to do.
    pub fn surroundings(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            kind: Kind::Surroundings,
        }
    }

    /// The work was done, and what it found is the exit code.
    pub fn found(code: u8, text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            kind: Kind::Found(code),
        }
    }

    /// Somebody asked the process to stop before the work was done: exit code 130, as of a shell's
    /// command that Ctrl-C ended.
    pub fn interrupted(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            kind: Kind::Interrupted,
        }
    }

    /// Whether somebody asked the process to stop.
    pub fn is_interruption(&self) -> bool {
        self.kind == Kind::Interrupted
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Failed => ExitCode::from(1),
            Kind::Surroundings => ExitCode::from(2),
            Kind::Found(code) => ExitCode::from(code),
            Kind::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        Self::surroundings(one_line(&error.to_string()))
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let text = one_line(&error.to_string());
        match error {
            DatabaseError::Url(_) => Self::surroundings(format!("{text}; set DATABASE_URL")),
            DatabaseError::Unreachable { .. } => Self::surroundings(format!(
                "{text}; start it, or correct DATABASE_URL, or unset it for a private one"
            )),
            DatabaseError::TooOld { .. } => Self::surroundings(format!(
                "{text}; upgrade it, or unset DATABASE_URL for a private one"
            )),
            DatabaseError::Rights(_) => Self::surroundings(format!(
                "{text}; grant that, or set DATABASE_URL to one who may"
            )),
            DatabaseError::Roles(_) => Self::surroundings(format!(
                "{text}; run `daybook migrate`, which sets them anew"
            )),
            DatabaseError::Newer { .. } => {
                Self::surroundings(format!("{text}; start the newer program"))
            }
            DatabaseError::Schema(_) | DatabaseError::Sql(_) => Self::failed(text),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(one_line(&error.to_string()))
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        Self::failed(one_line(&error.to_string()))
    }
}

/// What servers say may have several lines; people and logs get one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

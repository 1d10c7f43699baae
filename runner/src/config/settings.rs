//! The configuration as a whole.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::source::{self, Source};
use super::{
    Audit, Data, Database, Environment, Faults, Limits, Listen, Log, Mail, Security, Workers,
};

/// Everything that can be set; valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// What this installation is for.
    pub environment: Environment,
    /// Where Daybook can be reached.
    pub listen: Listen,
    /// Where it keeps its own files.
    pub data: Data,
    /// Which PostgreSQL holds the log.
    pub database: Database,
    /// What is logged.
    pub log: Log,
    /// How mail leaves.
    pub mail: Mail,
    /// How much may be asked of one process.
    pub limits: Limits,
    /// How much readers and reactors do at one time.
    pub workers: Workers,
    /// Whom we trust.
    pub security: Security,
    /// With what the log is sealed.
    pub audit: Audit,
}

impl Config {
    /// Reads the environment of this process and the file; `file` is the one somebody named.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, Faults> {
        Self::read(file, source::variables())
    }

    /// Reads these variables and the file; `file` is the one somebody named.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(
        file: Option<&Path>,
        variables: BTreeMap<String, OsString>,
    ) -> Result<Self, Faults> {
        let mut source = Source::new(variables);
        let named = file
            .map(Path::to_path_buf)
            .or_else(|| source.variable(source::FILE).map(PathBuf::from));
        if let Some(file) = named {
            source.read_file(&file, true);
        } else {
            let usual = Data::usual_place(&source).join("daybook.toml");
            source.read_file(&usual, false);
        }
        let listen = Listen::read(&mut source);
        let data = Data::read(&mut source);
        let config = Self {
            environment: Environment::read(&mut source),
            audit: Audit::read(&mut source, (&data, &listen)),
            listen,
            data,
            database: Database::read(&mut source),
            log: Log::read(&mut source),
            mail: Mail::read(&mut source),
            limits: Limits::read(&mut source),
            workers: Workers::read(&mut source),
            security: Security::read(&mut source),
        };
        match source.faults() {
            faults if faults.is_empty() => Ok(config),
            faults => Err(Faults(faults)),
        }
    }
}

//! What was this process told to do, and how?
//!
//! One optional file (`daybook.toml` in the data directory, or the one that `--config` or
//! `DAYBOOK_CONFIG` names) and environment variables, which win. Each section is a file here. The
//! environment is read in `source` and nowhere else. Everything is checked before anything
//! starts, and all faults are listed at once.

mod anchors;
mod audit;
mod data;
mod database;
mod environment;
mod fault;
mod limits;
mod listen;
mod log;
mod mail;
mod parse;
mod security;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod workers;

pub use anchors::{Anchors, Bucket, Style};
pub use audit::{Audit, MasterKeySource};
pub(crate) use audit::{key_of, written};
pub use data::Data;
pub use database::Database;
pub use environment::Environment;
pub use fault::{Fault, Faults};
pub use limits::Limits;
pub use listen::{Listen, Network};
pub use log::{Format, Log};
pub use mail::{Mail, Smtp, Tls};
pub use security::Security;
pub use settings::Config;
pub use workers::Workers;

//! What is wrong with this installation, and what is to be done about it?
//!
//! Each file looks at one part and reports [`Finding`]s; nothing is changed.

mod anchors;
mod finding;
mod log;
mod outside;
mod seal;
mod server;

pub use finding::{Finding, Grade, report};

use daybook_store::{Database, Store};

use crate::config::Config;
use crate::failure::Failure;

/// Examines the server and the schema: what works without a log. Also says whether the schema is
/// current, without which a log cannot be opened.
///
/// # Errors
/// When the database is away.
pub async fn examine_server(
    config: &Config,
    database: &Database,
) -> Result<(Vec<Finding>, bool), Failure> {
    server::examine(config, database).await
}

/// Examines the log, its readers, its seal, the anchors, mail and timers.
///
/// # Errors
/// When the database is away.
pub async fn examine_log(
    config: &Config,
    database: &Database,
    store: &Store,
) -> Result<Vec<Finding>, Failure> {
    let mut findings = log::examine(config, database, store).await?;
    findings.extend(seal::examine(config, store).await?);
    findings.extend(anchors::examine(config, store).await?);
    findings.extend(outside::examine(config, store).await?);
    Ok(findings)
}

//! The server, its set-up and the schema.

use chrono::TimeDelta;
use daybook_store::{CONNECTIONS_BESIDE_REQUESTS, Database};

use super::finding::Finding;
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;

/// Clocks that differ by more than this make times in the log hard to believe.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(2);

/// What is found, and whether the schema is current: without it a log cannot be opened.
pub(super) async fn examine(
    config: &Config,
    database: &Database,
) -> Result<(Vec<Finding>, bool), Failure> {
    let version = database.server_version().await?;
    let whose = if config.database.url.is_some() {
        "DATABASE_URL"
    } else {
        "private"
    };
    let mut findings = vec![Finding::good(
        "server",
        format!("PostgreSQL {version} at {} ({whose})", database.at()),
    )];
    let server = database.inspect_server().await?;
    let unsafe_settings = server.durability.iter().filter(|(_, value)| value != "on");
    let unsafe_settings: Vec<String> = unsafe_settings
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    findings.push(if unsafe_settings.is_empty() {
        Finding::good("durability", "what is acknowledged is on the disk")
    } else {
        Finding::fault(
            "durability",
            format!(
                "acknowledged events may be lost: {}",
                unsafe_settings.join(", ")
            ),
            "set them to on in postgresql.conf and reload the server",
        )
    });
    let connections = i64::from(config.database.connections + CONNECTIONS_BESIDE_REQUESTS);
    findings.push(if server.max_connections >= connections {
        Finding::good("connections", format!("{} allowed", server.max_connections))
    } else {
        Finding::warning(
            "connections",
            format!(
                "{} allowed, one process may use {connections}",
                server.max_connections
            ),
            "raise max_connections, and count the processes that share the server",
        )
    });
    let apart = (server.clock - clock::system()).abs();
    findings.push(if apart <= CLOCKS_APART {
        Finding::good("clock", "as the server's")
    } else {
        Finding::warning(
            "clock",
            format!("{} s apart from the server's", apart.num_seconds()),
            "let both follow a time server (NTP)",
        )
    });
    findings.push(Finding::good("size", mebibytes(server.size)));
    let pending = database.pending().await?.len();
    findings.push(schema(database, pending).await?);
    Ok((findings, pending == 0))
}

async fn schema(database: &Database, pending: usize) -> Result<Finding, Failure> {
    if pending > 0 {
        let text = format!("{pending} migrations are missing");
        return Ok(Finding::fault("schema", text, "run `daybook migrate`"));
    }
    let faults = database.catalogue_faults().await?;
    if faults.is_empty() {
        let text = "current; tenants are kept apart, the log only grows";
        return Ok(Finding::good("schema", text));
    }
    let advice = "undo what was changed by hand, or restore the schema from a backup";
    Ok(Finding::fault("schema", faults.join("; "), advice))
}

fn mebibytes(bytes: i64) -> String {
    format!("{} MiB in the database", bytes / (1 << 20))
}

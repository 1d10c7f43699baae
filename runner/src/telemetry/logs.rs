//! How do log lines leave the process?
//!
//! On stderr, for people or as one JSON object a line. Fields of the request (its id, tenant,
//! actor and correlation) come from the span that the HTTP server opens and the API fills in.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};
use crate::console;

/// Starts logging. The first call of a process decides; a test may call it again.
pub fn start(log: &Log) {
    // Checked when the configuration was read.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(console::log)
        .with_ansi(io::stderr().is_terminal());
    let started = match log.format {
        Format::Pretty => lines.try_init(),
        Format::Json => {
            let lines = lines.json().flatten_event(true);
            lines
                .with_current_span(true)
                .with_span_list(false)
                .try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

//! How much may be asked of one process?

use std::num::NonZeroU32;
use std::time::Duration;

use super::parse;
use super::source::{Setting, Source};

const CONNECTIONS: Setting = Setting {
    key: "limits.connections",
    variable: "DAYBOOK_LIMIT_CONNECTIONS",
};
const HEADER_TIME: Setting = Setting {
    key: "limits.header_time",
    variable: "DAYBOOK_LIMIT_HEADER_TIME",
};
const HEADER_BYTES: Setting = Setting {
    key: "limits.header_bytes",
    variable: "DAYBOOK_LIMIT_HEADER_BYTES",
};
const DRAIN_TIME: Setting = Setting {
    key: "limits.drain_time",
    variable: "DAYBOOK_LIMIT_DRAIN_TIME",
};
const COMMANDS: Setting = Setting {
    key: "limits.commands",
    variable: "DAYBOOK_LIMIT_COMMANDS",
};
const CACHED: Setting = Setting {
    key: "limits.cached_aggregates",
    variable: "DAYBOOK_LIMIT_CACHED_AGGREGATES",
};
const LAG: Setting = Setting {
    key: "limits.lag_events",
    variable: "DAYBOOK_LIMIT_LAG_EVENTS",
};
const REQUESTS: Setting = Setting {
    key: "limits.requests_per_minute",
    variable: "DAYBOOK_LIMIT_REQUESTS_PER_MINUTE",
};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// `[limits]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections of clients at one time; more wait to be accepted.
    pub connections: usize,
    /// Time for the headers of a request to arrive.
    pub header_time: Duration,
    /// Bytes of the headers of a request.
    pub header_bytes: usize,
    /// Time for requests and sockets to end when the process stops.
    pub drain_time: Duration,
    /// Commands that may wait for the log; more are refused as overloaded.
    pub commands: usize,
    /// Aggregates kept in memory.
    pub cached_aggregates: u64,
    /// Events a reader may be behind before the process calls itself not ready.
    pub lag_events: i64,
    /// Requests a minute for each user or key; none: what the tenant's plan says.
    pub requests_per_minute: Option<NonZeroU32>,
}

impl Limits {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            connections: source
                .get(CONNECTIONS, parse::number(1..=1_000_000))
                .unwrap_or(20_000),
            header_time: source
                .get(HEADER_TIME, parse::time(10 * MILLISECOND..=60 * SECOND))
                .unwrap_or(10 * SECOND),
            header_bytes: source
                .get(HEADER_BYTES, parse::number(8_192..=1_048_576))
                .unwrap_or(32_768),
            drain_time: source
                .get(DRAIN_TIME, parse::time(MILLISECOND..=600 * SECOND))
                .unwrap_or(10 * SECOND),
            commands: source
                .get(COMMANDS, parse::number(1..=1_000_000))
                .unwrap_or(10_000),
            cached_aggregates: source
                .get(CACHED, parse::number(0..=10_000_000))
                .unwrap_or(20_000),
            lag_events: source
                .get(LAG, parse::number(0..=1_000_000_000))
                .unwrap_or(10_000),
            requests_per_minute: source
                .get(REQUESTS, parse::number(1..=10_000_000))
                .and_then(NonZeroU32::new),
        }
    }
}

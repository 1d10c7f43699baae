//! Which numbers are there, and what do they mean?
//!
//! The one list: whoever records a number under a new name adds it here. A test of the running server, and
//! one of the sources, fail when one without a description is found.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

const SECONDS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
const COMMANDS: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_000.0,
];

const COUNTERS: &[(&str, &str)] = &[
    (
        "daybook_anchor_failures_total",
        "Rounds in which checkpoints were not kept outside, by anchor; they are tried again.",
    ),
    (
        "daybook_append_refused_total",
        "Commands refused because the queue of the log was full.",
    ),
    (
        "daybook_append_slow_total",
        "Batches that took the slow path: a race or a refusal in it.",
    ),
    (
        "daybook_command_conflicts_total",
        "Commands that lost every race for their stream.",
    ),
    (
        "daybook_events_appended_total",
        "Events this process appended to the log.",
    ),
    (
        "daybook_exports_failed_total",
        "Exports that were given up after every attempt.",
    ),
    (
        "daybook_graphql_operations_total",
        "GraphQL operations by kind and outcome.",
    ),
    (
        "daybook_http_panics_total",
        "Requests that ended in a panic of ours.",
    ),
    (
        "daybook_http_requests_total",
        "Requests by method, route and status.",
    ),
    (
        "daybook_log_gaps_total",
        "Gaps seen in the log. Anything but 0 is an alarm.",
    ),
    (
        "daybook_mail_total",
        "Attempts to send a mail by outcome: sent, retried or given_up.",
    ),
    (
        "daybook_position_lookups_total",
        "Times the database was asked how far the read models of other processes are.",
    ),
    (
        "daybook_postgres_restarts_total",
        "Times the private PostgreSQL was started again.",
    ),
    (
        "daybook_seal_checkpoints_total",
        "Checkpoints this process signed.",
    ),
    ("daybook_seal_events_total", "Events this process sealed."),
    (
        "daybook_seal_halts_total",
        "Times sealing was stopped for a tenant. Anything but 0 is an alarm.",
    ),
    (
        "daybook_sockets_closed_total",
        "WebSockets closed by us, by close code.",
    ),
    (
        "daybook_subscription_catch_ups_total",
        "Times a slow subscriber fell back to the log.",
    ),
    (
        "daybook_timers_fired_total",
        "Timers that fired, by kind and outcome.",
    ),
    (
        "daybook_token_reuse_total",
        "Sessions ended because a refresh token was used again after its successor.",
    ),
];

const GAUGES: &[(&str, &str)] = &[
    ("daybook_build_info", "1, with the version as a label."),
    (
        "daybook_http_connections",
        "Connections of clients that are open.",
    ),
    (
        "daybook_log_position",
        "Log position of the last event this process knows of.",
    ),
    ("daybook_mail_waiting", "Mails that wait to be sent."),
    (
        "daybook_pool_connections_busy",
        "Database connections for tenants that are in use.",
    ),
    (
        "daybook_pool_connections_max",
        "Database connections for tenants that may be opened.",
    ),
    (
        "daybook_pool_connections_open",
        "Database connections for tenants that are open.",
    ),
    (
        "daybook_reader_at_work",
        "1 when any process is at the reader, else 0.",
    ),
    (
        "daybook_reader_lag_events",
        "Events the reader has yet to read, whoever is at it.",
    ),
    (
        "daybook_reader_parked_streams",
        "Streams the reader stopped at, whoever is at it.",
    ),
    (
        "daybook_seal_halted_tenants",
        "Tenants whose sealing is stopped. Anything but 0 is an alarm.",
    ),
    ("daybook_sockets_open", "WebSockets that are open."),
    (
        "daybook_subscription_groups",
        "Executions that subscriptions share.",
    ),
    (
        "daybook_subscriptions_open",
        "Subscriptions that are open, by transport.",
    ),
    (
        "daybook_timers_due",
        "Timers that are due and have not fired.",
    ),
];

const HISTOGRAMS: &[(&str, Unit, &str)] = &[
    (
        "daybook_append_batch_commands",
        Unit::Count,
        "Commands in one batch of the log.",
    ),
    (
        "daybook_append_seconds",
        Unit::Seconds,
        "Time to append one batch to the log.",
    ),
    (
        "daybook_graphql_seconds",
        Unit::Seconds,
        "Time to answer a GraphQL operation by kind.",
    ),
    (
        "daybook_http_seconds",
        Unit::Seconds,
        "Time from a request to the head of its answer.",
    ),
    (
        "daybook_projection_batch_seconds",
        Unit::Seconds,
        "Time to post one batch of events.",
    ),
    (
        "daybook_seal_step_seconds",
        Unit::Seconds,
        "Time to seal one page of the log.",
    ),
    (
        "daybook_subscription_lag_results",
        Unit::Count,
        "Results a subscriber is behind when it takes one.",
    ),
];

/// Says what each number means.
pub(super) fn describe() {
    for (name, text) in COUNTERS {
        describe_counter!(*name, *text);
    }
    for (name, text) in GAUGES {
        describe_gauge!(*name, *text);
    }
    for (name, unit, text) in HISTOGRAMS {
        describe_histogram!(*name, *unit, *text);
    }
    metrics::gauge!("daybook_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Sorts times and counts into buckets that fit them.
pub(super) fn with_buckets(mut builder: PrometheusBuilder) -> PrometheusBuilder {
    for (name, unit, _) in HISTOGRAMS {
        let buckets = if *unit == Unit::Seconds {
            SECONDS
        } else {
            COMMANDS
        };
        let matcher = Matcher::Full((*name).to_owned());
        builder = match builder.set_buckets_for_metric(matcher, buckets) {
            Ok(builder) => builder,
            // Only an empty list of buckets is refused, and the builder is gone with it.
            Err(_) => PrometheusBuilder::new(),
        };
    }
    builder
}

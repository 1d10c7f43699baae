//! Is this process alive, is it of use, and what do its numbers say?

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daybook_store::reader::{ReaderState, ReaderStatus};
use daybook_store::{Database, Store};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::clock;
use crate::telemetry::Numbers;

/// How long the database may take to answer a check.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the schema is taken to be what it was.
const SCHEMA_AGE: Duration = Duration::from_secs(10);

/// What health and numbers are read from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Observed {
    /// The log.
    pub(crate) store: Store,
    /// Where it is.
    pub(crate) database: Database,
    /// Events a reader may be behind.
    pub(crate) lag_events: i64,
    /// The numbers of this process.
    pub(crate) numbers: Numbers,
    schema: Arc<Mutex<Option<(Instant, Check)>>>,
    /// The readers of which there are numbers.
    told: Arc<Mutex<Vec<ReaderLabels>>>,
}

/// Name and generation.
type ReaderLabels = [(&'static str, String); 2];

#[derive(Debug, Clone, Serialize)]
struct Check {
    ok: bool,
    detail: String,
}

#[derive(Debug, Serialize)]
struct Report {
    status: &'static str,
    checks: Checks,
}

#[derive(Debug, Serialize)]
struct Checks {
    database: Check,
    schema: Check,
    log: Check,
    readers: Check,
}

impl Check {
    fn of(ok: bool, detail: impl Into<String>) -> Self {
        Self {
            ok,
            detail: detail.into(),
        }
    }
}

impl Observed {
    pub(crate) fn new(store: Store, database: Database, lag_events: i64, numbers: Numbers) -> Self {
        Self {
            store,
            database,
            lag_events,
            numbers,
            schema: Arc::default(),
            told: Arc::default(),
        }
    }

    async fn report(&self) -> Report {
        let (readers, schema) = tokio::join!(self.readers(), self.schema());
        let fresh = self.store.tail().is_fresh();
        let log = if fresh {
            "followed"
        } else {
            "not looked at for a while"
        };
        let (database, readers) = match readers {
            Some(readers) => (Check::of(true, "answers"), self.judge(&readers)),
            None => (
                Check::of(false, "does not answer"),
                Check::of(false, "unknown"),
            ),
        };
        let checks = Checks {
            database,
            schema,
            log: Check::of(fresh, log),
            readers,
        };
        let ready = [
            &checks.database,
            &checks.schema,
            &checks.log,
            &checks.readers,
        ]
        .iter()
        .all(|check| check.ok);
        Report {
            status: if ready { "ready" } else { "unavailable" },
            checks,
        }
    }

    async fn readers(&self) -> Option<Vec<ReaderStatus>> {
        let asked = tokio::time::timeout(PATIENCE, self.store.readers()).await;
        asked.ok()?.ok()
    }

    /// Queries see the live generations: those must be read for, and not far behind.
    fn judge(&self, readers: &[ReaderStatus]) -> Check {
        let live = readers
            .iter()
            .filter(|reader| reader.state == ReaderState::Live);
        let late: Vec<String> = live
            .clone()
            .filter(|reader| !reader.at_work || reader.lag > self.lag_events)
            .map(|reader| {
                if reader.at_work {
                    format!("{} is {} events behind", reader.key.name, reader.lag)
                } else {
                    format!("nobody is at {}", reader.key.name)
                }
            })
            .collect();
        if late.is_empty() {
            Check::of(true, format!("{} at work", live.count()))
        } else {
            Check::of(false, late.join("; "))
        }
    }

    /// Asked for at most once in a while: it takes a connection of its own.
    async fn schema(&self) -> Check {
        let mut known = self.schema.lock().await;
        if let Some((at, check)) = &*known
            && at.elapsed() < SCHEMA_AGE
        {
            return check.clone();
        }
        let check = match tokio::time::timeout(PATIENCE, self.database.pending()).await {
            Ok(Ok(pending)) if pending.is_empty() => Check::of(true, "current"),
            Ok(Ok(pending)) => Check::of(
                false,
                format!(
                    "{} migrations are missing; run `daybook migrate`",
                    pending.len()
                ),
            ),
            Ok(Err(_)) | Err(_) => Check::of(false, "unknown"),
        };
        // What is wrong is asked for again the next time.
        *known = check.ok.then(|| (Instant::now(), check.clone()));
        check
    }

    /// Numbers that are looked up rather than recorded.
    async fn measure(&self) {
        let (busy, open, most) = self.store.pool_use();
        let busy = u32::try_from(busy).unwrap_or(u32::MAX);
        gauge("daybook_pool_connections_busy", busy);
        gauge("daybook_pool_connections_open", open);
        gauge("daybook_pool_connections_max", most);
        large("daybook_log_position", &[], self.store.tail().head());
        if let Ok(waiting) = self.store.outbox().waiting().await {
            large("daybook_mail_waiting", &[], waiting.mails);
        }
        if let Ok(due) = self.store.timers().late(clock::system()).await {
            large("daybook_timers_due", &[], due);
        }
        self.measure_readers().await;
    }

    /// What was told of a reader that is gone, or that cannot be looked up now, is true no more.
    async fn measure_readers(&self) {
        let readers = self.readers().await.unwrap_or_default();
        let mut told = self.told.lock().await;
        let before = mem::take(&mut *told);
        for reader in readers {
            let labels = [
                ("reader", reader.key.name),
                ("generation", reader.key.generation.to_string()),
            ];
            large("daybook_reader_lag_events", &labels, reader.lag);
            large("daybook_reader_parked_streams", &labels, reader.parked);
            large("daybook_reader_at_work", &labels, i64::from(reader.at_work));
            told.push(labels);
        }
        for labels in before.iter().filter(|labels| !told.contains(labels)) {
            metrics::gauge!("daybook_reader_lag_events", labels).set(f64::NAN);
            metrics::gauge!("daybook_reader_parked_streams", labels).set(f64::NAN);
            metrics::gauge!("daybook_reader_at_work", labels).set(f64::NAN);
        }
    }
}

fn gauge(name: &'static str, value: u32) {
    metrics::gauge!(name).set(f64::from(value));
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "numbers leave as floats; exact up to 2^53"
)]
fn large(name: &'static str, labels: &[(&'static str, String)], value: i64) {
    metrics::gauge!(name, labels).set(value as f64);
}

/// The process answers.
pub(super) async fn live() -> Response {
    json(StatusCode::OK, "{\"status\":\"alive\"}".to_owned())
}

/// The process can do its work: 200, else 503; with each check.
pub(super) async fn ready(State(observed): State<Observed>) -> Response {
    let report = observed.report().await;
    let status = if report.status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    json(status, serde_json::to_string(&report).unwrap_or_default())
}

/// All numbers, in the text format of Prometheus.
pub(super) async fn metrics(State(observed): State<Observed>) -> Response {
    observed.measure().await;
    let mut response = observed.numbers.render().into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn json(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

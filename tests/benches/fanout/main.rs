//! How long does an event take to a thousand subscribers, and is any of it lost?
//!
//! A thousand subscribers of one tenant, each with a socket of its own, in a process of their own
//! on the same machine; 20 events a second through the log. A time runs from the moment the event
//! bears, which is before its commit, to the moment a subscriber has read it. Then the rate at
//! which the slowest hundredth waits for more than a second; then a thousand reconnects at random
//! moments. The other side is the least that could do it: the same bytes to a thousand connections
//! by a broadcast within the process, with nothing stored.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect"
)]

mod bare;
mod subscribers;

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::time::{Duration, Instant};

use daybook_domain::crm::client::Register;
use daybook_domain::kernel::ClientId;
use daybook_tests::measure::{Report, rounded, say, spawn_as, started_as};
use daybook_tests::{Business, TestApp, fresh_id, run};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::subscribers::{Seen, Watch};

const SUBSCRIBERS: usize = 1_000;
const RATE: u32 = 20;
const TIME: Duration = Duration::from_secs(15);
/// Of each stage on the way to the limit.
const STAGE: Duration = Duration::from_secs(5);

const TARGET_P50_MS: f64 = 10.0;
const TARGET_P99_MS: f64 = 50.0;

fn main() {
    if let Some(watch) = started_as::<Watch>("--watch") {
        run(watch.run());
    } else if let Some(watch) = started_as::<bare::Watch>("--bare") {
        run(watch.run());
    } else {
        run(measure());
    }
}

/// One tenant with subscribers.
struct Audience {
    business: Business,
    base: String,
    secret: String,
}

async fn measure() {
    let app = TestApp::start().await;
    let business = Business::found(app.store(), &[]).await;
    let secret = business.key().await;
    let audience = Audience {
        base: app.base.clone(),
        business,
        secret,
    };
    let steady = audience.watch(RATE, TIME, 0).await;
    tell("Daybook", RATE, &steady);
    let other = bare::measure(SUBSCRIBERS, RATE, TIME).await;
    tell("bare broadcast", RATE, &other);
    let limit = audience.limit().await;
    say(&format!("p99 passes a second at {limit} events/s"));
    let wandering = audience.watch(RATE, TIME, 1).await;
    say(&format!(
        "{} reconnects: {} lost, {} doubled",
        wandering.reconnects, wandering.lost, wandering.doubled
    ));
    report(&steady, &other, (limit, &wandering));
    app.stop().await;
}

fn tell(who: &str, rate: u32, seen: &Seen) {
    let Seen {
        deliveries,
        p50_ms,
        p99_ms,
        max_ms,
        ..
    } = seen;
    say(&format!(
        "{who:<15} {rate:>5} events/s  {deliveries:>8} deliveries  p50 {p50_ms:>8.2} ms  \
         p99 {p99_ms:>8.2} ms  max {max_ms:>8.2} ms"
    ));
}

fn report(steady: &Seen, other: &Seen, (limit, wandering): (u32, &Seen)) {
    let times = |seen: &Seen| -> Value {
        json!({ "p50_ms": seen.p50_ms, "p99_ms": seen.p99_ms, "max_ms": seen.max_ms })
    };
    let (lost, doubled) = (
        steady.lost + wandering.lost,
        steady.doubled + wandering.doubled,
    );
    let whole = lost == 0 && doubled == 0 && wandering.reconnects >= SUBSCRIBERS;
    let mut ours = times(steady);
    ours["events_per_s_at_p99_1s"] = json!(limit);
    ours["reconnects"] = json!(wandering.reconnects);
    ours["lost"] = json!(lost);
    ours["doubled"] = json!(doubled);
    let report = Report {
        bench: "fanout",
        ours,
        other: times(other),
        ratio: json!({ "p50": rounded(steady.p50_ms / other.p50_ms) }),
        targets: json!({
            "p50_ms": TARGET_P50_MS, "p99_ms": TARGET_P99_MS, "lost": 0, "doubled": 0,
        }),
        met: whole && steady.p50_ms < TARGET_P50_MS && steady.p99_ms < TARGET_P99_MS,
    };
    report.print();
}

impl Audience {
    /// What a thousand subscribers see of so many events a second.
    async fn watch(&self, rate: u32, time: Duration, reconnects: u32) -> Seen {
        let (head, _) = self
            .business
            .store
            .tenant_head(self.business.tenant_id)
            .await
            .unwrap();
        let events = rate * u32::try_from(time.as_secs()).unwrap();
        let watch = Watch {
            base: self.base.clone(),
            secret: self.secret.clone(),
            subscribers: SUBSCRIBERS,
            after: head,
            events: i64::from(events),
            time,
            reconnects,
        };
        let child = spawn_as("--watch", &watch);
        let (child, out) = ready(child).await;
        self.write(rate, events).await;
        seen(child, out).await
    }

    /// Appends events at an even pace, whatever each takes.
    async fn write(&self, rate: u32, events: u32) {
        let (begin, pause) = (Instant::now(), Duration::from_secs(1) / rate);
        let mut writing = JoinSet::new();
        for number in 0..events {
            tokio::time::sleep_until((begin + pause * number).into()).await;
            let business = self.business.clone();
            writing.spawn(async move {
                let client_id = ClientId(fresh_id());
                let register = Register {
                    client_id,
                    name: format!("Client {number}"),
                    country: Some("United Kingdom".to_owned()),
                    at: (business.clock)(),
                    ..Register::default()
                };
                // On the way to the limit some are refused; subscribers then count them as lost.
                drop(business.try_run(client_id, register).await);
            });
        }
        while let Some(written) = writing.join_next().await {
            written.unwrap();
        }
    }

    /// The first rate of events a second at which the slowest hundredth waits for a second.
    async fn limit(&self) -> u32 {
        let mut rate = RATE * 2;
        loop {
            let seen = self.watch(rate, STAGE, 0).await;
            tell("Daybook", rate, &seen);
            if seen.p99_ms > 1_000.0 || seen.lost > 0 {
                return rate;
            }
            rate = (f64::from(rate) * 1.5) as u32;
        }
    }
}

/// Waits until the subscribers are there.
async fn ready(mut child: Child) -> (Child, BufReader<std::process::ChildStdout>) {
    let waiting = tokio::task::spawn_blocking(move || {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        (child, out)
    });
    waiting.await.unwrap()
}

/// Waits for what they saw.
async fn seen(mut child: Child, mut out: BufReader<std::process::ChildStdout>) -> Seen {
    let waiting = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "the subscribers failed");
        serde_json::from_str(&text).unwrap()
    });
    waiting.await.unwrap()
}

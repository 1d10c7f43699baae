//! How soon is a history of a million events an archive, and in how much memory?
//!
//! Ours: `daybook audit export` in a process of its own, beside the installation that it is of: every
//! event read, held against the signed tree, written twice (lines and a spreadsheet), packed, and the
//! whole archive verified before it gets its name. The other: the server's own `copy` of the same
//! rows, to a client that throws them away. Both take turns; the middle round of each counts.
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a program that measures: it ends at the first fault"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use daybook_domain::tenancy::public::Role;
use daybook_tests::measure::{Report, peak_mb, rounded, say};
use daybook_tests::registrations::fill;
use daybook_tests::{Business, TestApp, daybook};
use futures::TryStreamExt;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

const EVENTS: usize = 1_000_000;
/// Clients registered in one batch of the set-up.
const BATCH: usize = 200;
const ROUNDS: usize = 3;
/// Events a second that are to be reached: an hour for a hundred million.
const LEAST: f64 = 25_000.0;
/// Megabytes that are to be undercut, however long the history is.
const MOST_MB: f64 = 256.0;

/// One export.
struct Round {
    seconds: f64,
    peak_mb: f64,
    archive_mb: f64,
}

#[tokio::main]
async fn main() {
    let app = TestApp::start().await;
    let business = Business::found(app.store(), &[Role::Owner]).await;
    let begun = Instant::now();
    fill(app.store(), &[business.tenant_id], (EVENTS, BATCH)).await;
    sealed(&business).await;
    let took = begun.elapsed().as_secs();
    say(&format!("{EVENTS} events appended and sealed in {took} s"));
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut theirs, mut peak, mut archive) = (Vec::new(), Vec::new(), 0.0_f64, 0.0);
    for round in 1..=ROUNDS {
        let file = folder.path().join(format!("history-{round}.tar.gz"));
        let one = export(&app, &business, &file);
        std::fs::remove_file(&file).unwrap();
        let copied = copy(&app, &business).await;
        say(&format!(
            "round {round}: ours {:.1} s, at most {:.0} MB; copy {copied:.1} s",
            one.seconds, one.peak_mb
        ));
        (peak, archive) = (peak.max(one.peak_mb), one.archive_mb);
        ours.push(one.seconds);
        theirs.push(copied);
    }
    app.stop().await;
    let [ours, theirs] = [ours, theirs].map(middle);
    let per_second = EVENTS as f64 / ours;
    let report = Report {
        bench: "export",
        ours: json!({
            "seconds": rounded(ours),
            "events_per_second": per_second.round(),
            "peak_mb": rounded(peak),
            "archive_mb": rounded(archive),
        }),
        other: json!({ "copy_seconds": rounded(theirs) }),
        ratio: json!({ "seconds": rounded(ours / theirs) }),
        targets: json!({
            "events_per_second": format!(">= {LEAST}"),
            "peak_mb": format!("< {MOST_MB}"),
        }),
        met: per_second >= LEAST && peak < MOST_MB,
    };
    report.print();
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Waits until everything is sealed.
async fn sealed(business: &Business) {
    let log = business.store.sealed(business.tenant_id);
    let last = log.last_position().await.unwrap();
    loop {
        let vouched = log.vouched().await.unwrap();
        if vouched.is_some_and(|it| it.checkpoint.size >= last) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Exports once, and looks at the process while it is at it.
fn export(app: &TestApp, business: &Business, file: &Path) -> Round {
    let out = file.display().to_string();
    let arguments = [
        "audit",
        "export",
        "--tenant",
        &business.subdomain,
        "--out",
        &out,
    ];
    let url = [("DATABASE_URL", app.database.as_str())];
    let begun = Instant::now();
    let mut child = daybook(app.data.path(), &arguments, &url).spawn().unwrap();
    let mut peak = 0.0_f64;
    let status = loop {
        peak = peak.max(peak_mb(child.id()).unwrap_or_default());
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    assert!(status.success(), "{status}");
    Round {
        seconds,
        peak_mb: peak,
        archive_mb: file.metadata().unwrap().len() as f64 / 1e6,
    }
}

/// The same rows, as fast as the server gives them away; in seconds.
async fn copy(app: &TestApp, business: &Business) -> f64 {
    let mut admin = PgConnection::connect(&app.database).await.unwrap();
    admin.execute("set search_path = daybook").await.unwrap();
    let begun = Instant::now();
    let rows = format!(
        "copy (select * from events where tenant_id = '{}' order by position) \
         to stdout (format binary)",
        business.tenant_id
    );
    let mut bytes = 0;
    {
        let mut chunks = admin.copy_out_raw(&rows).await.unwrap();
        while let Some(chunk) = chunks.try_next().await.unwrap() {
            bytes += chunk.len();
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert!(bytes > EVENTS * 100);
    admin.close().await.unwrap();
    seconds
}

//! How soon is a second start ready, and how much memory does an idle process take?
//!
//! The release binary with its private PostgreSQL, against the server alone: the same cluster,
//! started and asked once.
#![expect(
    clippy::float_arithmetic,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use daybook_postgres::{Cluster, testing};
use daybook_tests::measure::{Report, Times, rounded, say};
use daybook_tests::{Process, daybook};
use serde_json::json;

const ROUNDS: usize = 5;
/// After which a process is idle.
const QUIET: Duration = Duration::from_secs(5);

const TARGET_S: f64 = 1.0;
const TARGET_MB: f64 = 100.0;

fn main() {
    let data = tempfile::tempdir().unwrap();
    let first = Instant::now();
    stop(start(data.path()).0);
    say(&format!(
        "first start and stop: {:.2} s",
        first.elapsed().as_secs_f64()
    ));
    let mut ready = Vec::new();
    for _ in 0..ROUNDS {
        let (process, time) = start(data.path());
        ready.push(u64::try_from(time.as_micros()).unwrap());
        stop(process);
    }
    let (process, _) = start(data.path());
    // What is measured is a process that nobody asks anything.
    std::thread::sleep(QUIET);
    let memory = memory_mb(process.id());
    stop(process);
    let (ready, bare) = (Times::new(ready), Times::new(bare()));
    report(&ready, &bare, memory);
}

fn report(ready: &Times, bare: &Times, memory: f64) {
    let seconds = |times: &Times| rounded(times.percentile_ms(50.0) / 1_000.0);
    let worst = rounded(ready.percentile_ms(100.0) / 1_000.0);
    let (ours, other) = (seconds(ready), seconds(bare));
    say(&format!(
        "daybook up, ready   {ours:.3} s (worst of {ROUNDS}: {worst:.3} s)"
    ));
    say(&format!("PostgreSQL alone    {other:.3} s"));
    say(&format!("idle memory         {memory:.1} MB"));
    let report = Report {
        bench: "start",
        ours: json!({ "ready_s": ours, "worst_s": worst, "idle_mb": memory }),
        other: json!({ "postgres_s": other }),
        ratio: json!({ "ready": rounded(ours / other) }),
        targets: json!({ "ready_s": TARGET_S, "idle_mb": TARGET_MB }),
        met: worst < TARGET_S && memory < TARGET_MB,
    };
    report.print();
}

fn start(data: &Path) -> (Process, Duration) {
    let since = Instant::now();
    let mut process = Process::start(&mut daybook(data, &["up"], &[]));
    process.ready();
    (process, since.elapsed())
}

fn stop(mut process: Process) {
    process.interrupt();
    assert!(process.ends().success(), "{}", process.log());
}

/// What the process itself holds in memory, without PostgreSQL, in megabytes.
fn memory_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    rounded(kilobytes * 1_024.0 / 1_000_000.0)
}

/// The times of starts of the server alone.
fn bare() -> Vec<u64> {
    let data = tempfile::tempdir().unwrap();
    let options = || testing::options(&data.path().join("pg"));
    drop(Cluster::attach_or_start(options(), &|_| ()).unwrap());
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let since = Instant::now();
        let cluster = Cluster::attach_or_start(options(), &|_| ()).unwrap();
        times.push(u64::try_from(since.elapsed().as_micros()).unwrap());
        drop(cluster);
    }
    times
}

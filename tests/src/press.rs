//! How fast do so many clients get through, who press on, and is that fast enough?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::measure::{Report, rounded};

/// How long operations took, and all of them together.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    latencies: Vec<Duration>,
    elapsed: Duration,
}

impl Sample {
    /// Adds another round.
    pub fn extend(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.latencies.sort_unstable();
    }

    /// Operations per second.
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// The latency that this share of operations, in percent, did not exceed; milliseconds.
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.get(last * percent / 100);
        at.map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }
}

/// Runs operations `0..count` by so many clients, each beginning its next one when it is done with
/// the last.
pub async fn press<F>(
    clients: usize,
    count: usize,
    operation: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Sample
where
    F: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let operation = Arc::new(operation);
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for _ in 0..clients {
        let (next, operation) = (next.clone(), operation.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return latencies;
                }
                let begun = Instant::now();
                operation(n).await;
                latencies.push(begun.elapsed());
            }
        });
    }
    let mut sample = Sample::default();
    while let Some(latencies) = tasks.join_next().await {
        sample.latencies.extend(latencies.unwrap());
    }
    sample.elapsed = started.elapsed();
    sample.latencies.sort_unstable();
    sample
}

/// The figures of both sides, what is asked of them, and whether they reach it.
#[derive(Debug, Default)]
pub struct Verdict {
    ours: Map<String, Value>,
    other: Map<String, Value>,
    ratio: Map<String, Value>,
    targets: Map<String, Value>,
    missed: bool,
}

impl Verdict {
    /// A figure of ours and of the other side.
    pub fn figures(&mut self, name: &str, ours: f64, other: f64) {
        self.ours.insert(name.to_owned(), json!(rounded(ours)));
        self.other.insert(name.to_owned(), json!(rounded(other)));
    }

    /// Ours is to be at least `least` times the other's.
    pub fn at_least(&mut self, name: &str, (ours, other): (f64, f64), least: f64) {
        let ratio = ours / other.max(f64::EPSILON);
        self.figures(name, ours, other);
        self.ratio.insert(name.to_owned(), json!(rounded(ratio)));
        self.targets
            .insert(name.to_owned(), json!(format!(">= {least}")));
        self.missed |= ratio < least;
    }

    /// Ours is to be lower than the other's.
    pub fn lower(&mut self, name: &str, (ours, other): (f64, f64)) {
        self.figures(name, ours, other);
        let ratio = ours / other.max(f64::EPSILON);
        self.ratio.insert(name.to_owned(), json!(rounded(ratio)));
        self.targets.insert(name.to_owned(), json!("< 1"));
        self.missed |= ratio >= 1.0;
    }

    /// Prints the line.
    pub fn print(self, bench: &'static str) {
        Report {
            bench,
            ours: Value::Object(self.ours),
            other: Value::Object(self.other),
            ratio: Value::Object(self.ratio),
            targets: Value::Object(self.targets),
            met: !self.missed,
        }
        .print();
    }
}

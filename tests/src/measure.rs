//! How is a measurement told?

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Times in microseconds, sorted.
#[derive(Debug, Clone, Default)]
pub struct Times {
    sorted: Vec<u64>,
}

impl Times {
    /// From times in any order.
    pub fn new(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        Self { sorted: micros }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The time that `percent` of all are below, in milliseconds; 0 of none.
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        let Some(last) = self.sorted.len().checked_sub(1) else {
            return 0.0;
        };
        let at = (last as f64 * percent / 100.0).round() as usize;
        self.sorted
            .get(at)
            .map_or(0.0, |micros| *micros as f64 / 1_000.0)
    }

    /// Middle, tail and worst, in milliseconds.
    pub fn summary(&self) -> Value {
        json!({
            "p50_ms": rounded(self.percentile_ms(50.0)),
            "p99_ms": rounded(self.percentile_ms(99.0)),
            "max_ms": rounded(self.percentile_ms(100.0)),
        })
    }
}

/// Per second.
pub fn rate(count: usize, time: Duration) -> f64 {
    rounded(count as f64 / time.as_secs_f64())
}

/// Three digits are more than enough.
pub fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

/// The most memory that a process held at any moment until now, in megabytes; none when it is gone.
pub fn peak_mb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1_024.0 / 1e6)
}

/// The last line of a benchmark.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Its name.
    pub bench: &'static str,
    /// What Daybook did.
    pub ours: Value,
    /// What the other side did in the same run.
    pub other: Value,
    /// Ours by theirs.
    pub ratio: Value,
    /// What is to be reached.
    pub targets: Value,
    /// Whether it was.
    pub met: bool,
}

impl Report {
    /// Prints it, as one line of JSON.
    pub fn print(&self) {
        say(&serde_json::to_string(self).unwrap());
    }
}

/// Prints a line.
pub fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Runs this program once more as `role`, in a process of its own, with `input` on its standard
/// input.
pub fn spawn_as(role: &str, input: &impl Serialize) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    serde_json::to_writer(&mut stdin, input).unwrap();
    child
}

/// Whether this program was started as `role`, and with what.
pub fn started_as<T: DeserializeOwned>(role: &str) -> Option<T> {
    let is_it = std::env::args().nth(1).is_some_and(|first| first == role);
    is_it.then(|| serde_json::from_reader(std::io::stdin()).unwrap())
}

//! How is another program run to its end, within a bound, while somebody is told of it?

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Its standard output and standard error as they came, lossily read as UTF-8.
    pub(crate) output: String,
}

impl Outcome {
    /// The last lines that are not blank, in one line, for an error's text.
    pub(crate) fn last_lines(&self) -> String {
        last_lines(&self.output)
    }
}

/// Runs a program to its end.
///
/// Its output goes to a file and not to pipes, so a grandchild that keeps them open cannot hold us.
///
/// # Errors
/// When it cannot be started, or has not ended in time; it is killed then.
pub(crate) fn run(
    command: &mut Command,
    bound: Duration,
    each_second: &dyn Fn(u64),
) -> io::Result<Outcome> {
    let mut output = tempfile::tempfile()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .spawn()?;
    let mut watch = Stopwatch::start();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if watch.elapsed() > bound {
            child.kill()?;
            child.wait()?;
            let text = format!("it did not end within {} s", bound.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        watch.each_second(each_second);
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Outcome {
        status,
        output: read_from_start(&mut output)?,
    })
}

fn read_from_start(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a program of PostgreSQL says that the disk is full, at a write or at half of one.
pub(crate) fn says_disk_full(text: &str) -> bool {
    ["No space left on device", "Check free disk space"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// The complaints among the lines, else the last five that are not blank; joined in one line.
pub(crate) fn last_lines(text: &str) -> String {
    const COMPLAINTS: [&str; 6] = ["FATAL:", "PANIC:", "ERROR:", "DETAIL:", "HINT:", "error:"];
    // A server that cannot read its configuration says so in these, and then only that it could not.
    const REASONS: [&str; 3] = ["in file \"", "could not ", "invalid "];
    let complaint = |line: &str| {
        let reason = REASONS.iter().any(|sign| line.contains(sign));
        let told = COMPLAINTS.iter().filter_map(|sign| line.find(sign)).min();
        let at = told.or_else(|| line.find("LOG:").filter(|_| reason))?;
        line.get(at..)
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let mut lines: Vec<String> = text.lines().filter_map(complaint).collect();
    if lines.is_empty() {
        let told = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines = told.map(str::to_owned).collect();
    }
    let skipped = lines.len().saturating_sub(5);
    lines.split_off(skipped).join("; ")
}

/// Elapsed time that reports each full second once.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    reported: u64,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            reported: 0,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Calls back when another full second has passed since the last call.
    pub(crate) fn each_second(&mut self, report: impl FnOnce(u64)) {
        let seconds = self.elapsed().as_secs();
        if seconds > self.reported {
            self.reported = seconds;
            report(seconds);
        }
    }
}

//! How does a test run the binary, and what does it know of a process it started?
//!
//! For the tests of this crate and of the whole system. Nothing here returns an error: a test stops
//! at the first thing it does not expect.
#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take. Generous, for machines that build something else meanwhile.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The program on a data directory and a free port, with nothing of our own environment but `PATH`.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary looks for PostgreSQL where we would"
)]
pub fn daybook(program: &Path, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("DAYBOOK_DATA", data)
        .env("DAYBOOK_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null());
    command
}

/// A process that stays. Dropped, it is asked to end, and killed if it does not.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Mutex<Receiver<String>>,
    seen: Vec<String>,
}

impl Process {
    /// Starts it, and listens to what it prints.
    pub fn start(command: &mut Command) -> Self {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Self {
            child,
            lines: Mutex::new(lines),
            seen: Vec::new(),
        }
    }

    /// Waits for a line that holds `text`, on either stream; that line.
    #[track_caller]
    pub fn says(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let lines = self.lines.get_mut().unwrap();
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
        panic!("it never said {text:?}, but:\n{}", self.seen.join("\n"));
    }

    /// Waits until it is ready; where it listens.
    #[track_caller]
    pub fn ready(&mut self) -> SocketAddr {
        let line = self.says("  Health   http://");
        let address = line.trim().trim_start_matches("Health   http://");
        let address = address.trim_end_matches("/health/ready").parse().unwrap();
        self.says("ready in ");
        address
    }

    /// Everything it has said until now.
    pub fn log(&mut self) -> String {
        let lines = self.lines.get_mut().unwrap();
        self.seen.extend(lines.try_iter());
        self.seen.join("\n")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as Ctrl-C does.
    pub fn interrupt(&self) {
        signal("-INT", self.id());
    }

    /// Ends it with kill -9, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // By its own end where it can: a private PostgreSQL then ends with it.
        if self.child.try_wait().unwrap().is_some() {
            return;
        }
        signal("-CONT", self.id());
        self.interrupt();
        let until = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                self.child.kill().unwrap();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Sends a signal to a process this test is responsible for.
pub fn signal(name: &str, process: u32) {
    let mut kill = Command::new("kill");
    kill.args([name, &process.to_string()])
        .stderr(Stdio::null());
    kill.status().unwrap();
}

/// Whether a process is there.
pub fn is_alive(process: u32) -> bool {
    // One that has ended and was not waited for yet has no command line any more.
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

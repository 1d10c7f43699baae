//! What a test knows of a `daybook` process it started.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Generous, for machines that build something else meanwhile.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A process that stays; killed when dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary on a data directory, with nothing of our own environment but `PATH`.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary looks for PostgreSQL where we would"
)]
pub(crate) fn daybook(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("DAYBOOK_DATA", data)
        .env("DAYBOOK_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
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
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line that holds `text`, on either stream, and returns it.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(until - Instant::now()) {
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
        panic!("it never said {text:?}, but:\n{}", self.seen.join("\n"));
    }

    /// Waits until it is ready; returns where it listens.
    #[track_caller]
    pub(crate) fn ready(&mut self) -> SocketAddr {
        let line = self.says("  Health   http://");
        let address = line.trim().trim_start_matches("Health   http://");
        let address = address.trim_end_matches("/health/ready").parse().unwrap();
        self.says("ready in ");
        address
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        signal("-INT", self.id());
    }

    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < until,
                "it does not end:\n{}",
                self.seen.join("\n")
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // By its own end where it can: a private PostgreSQL then ends with it.
        if self.child.try_wait().unwrap().is_some() {
            return;
        }
        self.interrupt();
        let until = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                self.child.kill().unwrap();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Sends a signal to a process this test is responsible for.
pub(crate) fn signal(name: &str, process: u32) {
    let mut kill = Command::new("kill");
    kill.args([name, &process.to_string()])
        .stderr(Stdio::null());
    kill.status().unwrap();
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process is there.
pub(crate) fn is_alive(process: u32) -> bool {
    // One that has ended and was not waited for yet has no command line any more.
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// The whole answer to a request: head and body, as text.
pub(crate) fn ask(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The answer to a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    ask(address, &request)
}

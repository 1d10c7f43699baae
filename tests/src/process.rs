//! A `daybook` process, as an operator starts it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::wait::PATIENCE;

/// A process that stays. Dropped, it is asked to end, and killed if it does not.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Mutex<Receiver<String>>,
    seen: Vec<String>,
}

/// The binary, built where it is missing or older than what the test was built from.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(find_or_build)
}

fn find_or_build() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let deps = program.ancestors().find(|it| it.ends_with("deps")).unwrap();
    let profile = deps.parent().unwrap();
    let binary = profile.join("daybook");
    let is_current = written(&binary).is_some_and(|at| newest_library(deps) <= Some(at));
    if !is_current {
        build(profile);
    }
    binary
}

/// When the newest library of ours was built.
fn newest_library(deps: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(deps)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let ours = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libdaybook-") && name.ends_with(".rlib")
    });
    ours.filter_map(|path| written(&path)).max()
}

fn written(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// From the same selection of packages as the tests, so that nothing is built twice.
fn build(profile: &Path) {
    let target = profile.parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--bin", "daybook", "--target-dir"])
        .arg(target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let built = cargo.current_dir(root).status().unwrap();
    assert!(built.success(), "the binary could not be built");
}

impl Process {
    /// Starts `daybook` on a data directory with these settings, and of our own environment with
    /// nothing but `PATH`.
    pub fn start(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = command(data, arguments, variables)
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
            lines: Mutex::new(lines),
            seen: Vec::new(),
        }
    }

    /// Runs `daybook` to its end; what it printed on stdout.
    pub fn output(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = command(data, arguments, variables).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits for a line that holds `text`, on either stream; that line.
    #[track_caller]
    pub fn says(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let lines = self.lines.get_mut().unwrap();
            match lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("it never said {text:?}, but:\n{}", self.seen.join("\n"));
                }
            }
        }
    }

    /// Waits until it is ready; where it is reached, without a slash at the end.
    #[track_caller]
    pub fn ready(&mut self) -> String {
        let line = self.says("  Health   http://");
        let base = line.trim().trim_start_matches("Health   ");
        let base = base.trim_end_matches("/health/ready").to_owned();
        self.says("ready in ");
        base
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
    pub fn kill(mut self) {
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

#[expect(
    clippy::disallowed_methods,
    reason = "the binary looks for PostgreSQL where we would"
)]
fn command(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("DAYBOOK_DATA", data)
        .env("DAYBOOK_LISTEN", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command
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

//! How does a server process come up, and what does it mean when it does not?

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::cluster::home::{Home, open_private};
use crate::cluster::postmaster::{Phase, PidFile};
use crate::cluster::probe;
use crate::error::Error;
use crate::find::Binaries;
use crate::privilege::step_down;
use crate::program::{Stopwatch, last_lines, says_disk_full};
use crate::progress::{Progress, Step};

/// How long a server may neither answer nor end.
const SILENCE_BOUND: Duration = Duration::from_mins(1);

/// How long it may replay its log.
const RECOVERY_BOUND: Duration = Duration::from_mins(30);

/// A log that has grown beyond this begins anew; the old one is kept once.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

/// One server process to be.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) home: &'a Home,
    pub(crate) binaries: &'a Binaries,
    pub(crate) path: Option<&'a OsString>,
    pub(crate) port: u16,
    pub(crate) socket_dir: &'a Path,
}

/// Why a server process ended before it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The port belongs to another program.
    PortTaken,
    /// Processes of a server that was killed still hold its memory, or another server runs here.
    StillInUse,
    /// The disk is full.
    DiskFull,
    /// Its files are damaged.
    Damaged(String),
    /// Anything else.
    Other(String),
}

impl Failure {
    fn read(said: &str) -> Self {
        const TAKEN: &[&str] = &["could not bind", "could not create any TCP/IP sockets"];
        const IN_USE: &[&str] = &["shared memory block", "lock file \"postmaster.pid\""];
        const DAMAGED: &[&str] = &[
            "could not locate a valid checkpoint record",
            "could not locate required checkpoint record",
            "invalid checkpoint record",
            "global/pg_control",
            "incorrect checksum in control file",
            "could not read directory \"pg_",
            "could not open directory \"pg_",
            "PANIC:",
        ];
        let says = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
        if says_disk_full(said) {
            Self::DiskFull
        } else if says(TAKEN) {
            Self::PortTaken
        } else if says(IN_USE) {
            Self::StillInUse
        } else if says(DAMAGED) {
            Self::Damaged(last_lines(said))
        } else {
            Self::Other(last_lines(said))
        }
    }

    /// The error that this is, when trying again will not help.
    pub(crate) fn into_error(self, home: &Home, port: u16) -> Error {
        let log = home.log();
        match self {
            Self::PortTaken => Error::PortTaken { port },
            Self::DiskFull => Error::DiskFull { path: home.data() },
            Self::Damaged(said) => Error::Damaged {
                directory: home.data(),
                said,
            },
            Self::Other(said) => Error::NotStarted { log, said },
            Self::StillInUse => Error::NotStarted {
                log,
                said: "another server still uses the data directory".to_owned(),
            },
        }
    }
}

impl Launch<'_> {
    /// Spawns the server as our child and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be spawned, or is silent for too long; it is killed then. A server that ended
    /// by itself is the inner error.
    pub(crate) fn run(&self, progress: Progress<'_>) -> Result<Result<Child, Failure>, Error> {
        let log = self.home.log();
        let (file, from) = open_log(&log).map_err(|source| Error::writing(&log, source))?;
        let mut child = self.spawn(file)?;
        match self.wait(&mut child, progress) {
            Ok(Waited::Answers) => Ok(Ok(child)),
            Ok(Waited::Ended) => Ok(Err(Failure::read(&log_since(&log, from)))),
            Err(error) => {
                // It is of no use to anybody now; that it may be gone already is no news.
                let _gone = child.kill().and_then(|()| child.wait());
                Err(error)
            }
        }
    }

    fn spawn(&self, log: File) -> Result<Child, Error> {
        let postgres = self.binaries.program("postgres");
        let failed = |source| Error::NotRun {
            program: postgres.clone(),
            source,
        };
        let mut command = Command::new(&postgres);
        step_down(&mut command, self.home.account());
        command
            .env_clear()
            .env("LC_ALL", "C")
            .envs(self.path.map(|path| ("PATH", path)))
            .arg("-D")
            .arg(self.home.data())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c"])
            .arg(format!("unix_socket_directories={}", quoted(self.socket_dir)))
            .args(["-c", "unix_socket_permissions=0700"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            // Ctrl-C in a terminal goes to a whole group: we are to end first, and then the server.
            .process_group(0);
        command.spawn().map_err(failed)
    }

    fn wait(&self, child: &mut Child, progress: Progress<'_>) -> Result<Waited, Error> {
        progress(&Step::Starting { seconds: 0 });
        let pid = child.id();
        // Only an error of ours could keep us from hearing of its end; the bounds end that wait.
        let ended = || child.try_wait().is_ok_and(|status| status.is_some());
        await_answer(self.home, pid, ended, progress)
    }
}

/// How waiting for an answer came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The server answers.
    Answers,
    /// Its process is gone.
    Ended,
}

/// Waits until the server with this process id answers on the port in its pid file.
///
/// # Errors
/// When it is silent for too long.
pub(crate) fn await_answer(
    home: &Home,
    pid: u32,
    mut ended: impl FnMut() -> bool,
    progress: Progress<'_>,
) -> Result<Waited, Error> {
    let mut watch = Stopwatch::start();
    loop {
        if ended() {
            return Ok(Waited::Ended);
        }
        // Asking a server that says itself that it is busy would only fill its log; and another
        // program's server may answer on the port until ours has bound it.
        let phase =
            PidFile::read(home)
                .filter(|file| file.pid == pid)
                .map_or(Phase::Early, |file| match file.phase {
                    Phase::Ready if !probe::answers(file.port, "postgres") => Phase::Busy,
                    phase => phase,
                });
        let (bound, step): (_, fn(u64) -> Step) = match phase {
            Phase::Ready => return Ok(Waited::Answers),
            Phase::Busy => (RECOVERY_BOUND, |seconds| Step::Recovering { seconds }),
            Phase::Early => (SILENCE_BOUND, |seconds| Step::Starting { seconds }),
        };
        if watch.elapsed() > bound {
            return Err(Error::Stuck {
                pid,
                what: "answer",
            });
        }
        watch.each_second(|seconds| progress(&step(seconds)));
        thread::sleep(Duration::from_millis(5));
    }
}

/// A list of one directory, as the server reads it: by commas, with quotes around the unusual.
fn quoted(directory: &Path) -> String {
    format!(
        "\"{}\"",
        directory.display().to_string().replace('"', "\"\"")
    )
}

fn open_log(path: &Path) -> io::Result<(File, u64)> {
    let length = fs::metadata(path).map_or(0, |file| file.len());
    if length > LOG_BYTES {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    let file = open_private(path, true)?;
    let from = file.metadata()?.len();
    Ok((file, from))
}

/// What the log gained since; empty if it cannot be read.
fn log_since(path: &Path, from: u64) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_or_else(
        |error| error.to_string(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_failures_apart_by_the_log() {
        let taken = "LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use";
        assert_eq!(Failure::read(taken), Failure::PortTaken);
        let lingering = "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use";
        assert_eq!(Failure::read(lingering), Failure::StillInUse);
        let full = "FATAL:  could not write lock file: No space left on device";
        assert_eq!(Failure::read(full), Failure::DiskFull);
        let lost = "PANIC:  could not locate a valid checkpoint record";
        assert_eq!(
            Failure::read(lost),
            Failure::Damaged(lost.replace("  ", " "))
        );
        let other = "FATAL:  unrecognized configuration parameter \"x\"";
        assert_eq!(
            Failure::read(other),
            Failure::Other(other.replace("  ", " "))
        );
    }

    #[test]
    fn quotes_a_directory_for_the_list_of_sockets() {
        assert_eq!(quoted(Path::new("/a, b\"c")), "\"/a, b\"\"c\"");
    }
}

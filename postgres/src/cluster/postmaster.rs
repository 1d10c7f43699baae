//! Does a server run on this data directory, whoever started it?
//!
//! Its pid file says which process; whether that process is this server is asked of the process,
//! because after a restart of the machine or the container the number may belong to anything.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cluster::home::Home;
use crate::error::Error;

/// How far a server has come, by its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It reads its configuration, or binds its port.
    Early,
    /// It starts, replays its log, or stops.
    Busy,
    /// It takes sessions.
    Ready,
}

/// The name of the file in the data directory.
const NAME: &str = "postmaster.pid";

/// What a server wrote about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    /// Its process id.
    pub(crate) pid: u32,
    /// Its TCP port.
    pub(crate) port: u16,
    /// How far it has come.
    pub(crate) phase: Phase,
}

impl PidFile {
    /// Reads it; none if there is none or it is being written.
    pub(crate) fn read(home: &Home) -> Option<Self> {
        let text = fs::read_to_string(home.data().join(NAME)).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        // Then the data directory and the time of the start.
        let port = lines.nth(2)?.trim().parse().ok()?;
        // Then the socket's directory, the addresses, the key of the shared memory.
        let phase = match lines.nth(3).map(str::trim) {
            None => Phase::Early,
            Some("ready") => Phase::Ready,
            Some(_) => Phase::Busy,
        };
        Some(Self { pid, port, phase })
    }
}

/// The server that runs on this data directory, if any.
pub(crate) fn running(home: &Home) -> Option<PidFile> {
    PidFile::read(home).filter(|file| is_ours(home, file.pid))
}

/// Whether this process is a server on this data directory; a killed one that nobody has waited
/// for is not.
pub(crate) fn is_ours(home: &Home, pid: u32) -> bool {
    exists(pid) && runs_on(pid, &home.data())
}

/// Whether there is such a process, of whichever user.
fn exists(pid: u32) -> bool {
    process(pid).is_some_and(|pid| kill(pid, None) != Err(Errno::ESRCH))
}

/// Sends a signal; true if there was a process to get it.
pub(crate) fn signal(pid: u32, signal: Signal) -> bool {
    process(pid).is_some_and(|pid| kill(pid, signal).is_ok())
}

/// Zero and negative numbers mean groups of processes.
fn process(pid: u32) -> Option<Pid> {
    i32::try_from(pid)
        .ok()
        .filter(|pid| *pid > 0)
        .map(Pid::from_raw)
}

fn runs_on(pid: u32, data: &Path) -> bool {
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(line) => {
            use std::os::unix::ffi::OsStrExt;
            let data = data.as_os_str().as_bytes();
            line.split(|byte| *byte == 0)
                .any(|argument| argument == data)
        }
        // macOS has no /proc.
        Err(_) => Command::new("/bin/ps")
            .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
            .output()
            .is_ok_and(|output| {
                let line = String::from_utf8_lossy(&output.stdout);
                line.contains(data.to_string_lossy().as_ref())
            }),
    }
}

/// Keeps a left-over pid file from stopping the next start.
///
/// A server refuses to start while the process of the pid file exists, even if it is another
/// program that got the number. Deleting the file would also delete the key of the shared memory,
/// by which a server notices that processes of a killed one still work on the data. So only the
/// process id is replaced, by ours, which the server knows as its parent and passes over.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn disown_stale(home: &Home) -> Result<(), Error> {
    let path = home.data().join(NAME);
    let Some(stale) = PidFile::read(home).filter(|file| exists(file.pid)) else {
        return Ok(());
    };
    let text = fs::read_to_string(&path).map_err(|source| Error::reading(&path, source))?;
    let text = text.replacen(&stale.pid.to_string(), &std::process::id().to_string(), 1);
    fs::write(&path, text).map_err(|source| Error::writing(&path, source))
}

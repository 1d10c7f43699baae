//! Places, programs and processes that the tests of this crate share.

#![expect(dead_code, reason = "each test program uses some of it")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use daybook_postgres::{PackageClient, Surroundings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use tempfile::TempDir;

/// An account for tests as an ordinary user when we are root.
pub(crate) const NOBODY: u32 = 65_534;

/// A directory that everybody may enter, and that `uid` owns if we may give it away.
pub(crate) fn directory_of(uid: u32) -> TempDir {
    let directory = tempfile::Builder::new()
        .prefix("daybook-test-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    if is_root() {
        chown(directory.path(), Some(uid), Some(uid)).unwrap();
    }
    directory
}

pub(crate) fn directory() -> TempDir {
    directory_of(Uid::effective().as_raw())
}

pub(crate) fn is_root() -> bool {
    Uid::effective().is_root()
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to take PATH from"
)]
pub(crate) fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap()
}

/// All that this machine offers.
pub(crate) fn machine() -> Surroundings {
    Surroundings::of_this_machine(Some(path()))
}

/// The installed servers, and no other way to one.
pub(crate) fn installed_only() -> Surroundings {
    Surroundings {
        clients: Vec::new(),
        ..machine()
    }
}

/// A machine with these directories on its path and nothing installed anywhere else.
pub(crate) fn bare(directories: &[&Path]) -> Surroundings {
    Surroundings {
        binaries: None,
        path: Some(std::env::join_paths(directories).unwrap()),
        roots: Vec::new(),
        clients: vec![PackageClient::Npm, PackageClient::Pip],
    }
}

/// Writes a shell script that can be run.
pub(crate) fn script(directory: &Path, name: &str, text: &str) {
    fs::create_dir_all(directory).unwrap();
    let draft = directory.join(format!("{name}.sh"));
    fs::write(&draft, format!("#!/bin/sh\n{text}\n")).unwrap();
    install(&draft, &directory.join(name));
}

/// Copies a program to where anybody may run it. Another process writes it: what this one writes,
/// other tests' children may hold open at the moment it is to be run ("text file busy").
fn install(program: &Path, to: &Path) {
    let mut install = Command::new("install");
    install.args(["-m", "755"]).arg(program).arg(to);
    assert!(install.status().unwrap().success());
}

/// Scripts that claim to be a server of this version.
pub(crate) fn pretend(directory: &Path, version: &str) {
    for name in ["postgres", "initdb"] {
        script(
            directory,
            name,
            &format!("echo '{name} (PostgreSQL) {version}'"),
        );
    }
}

/// A directory with links to these programs of the real path; none if one of them is not there.
pub(crate) fn links(directory: &Path, programs: &[(&str, PathBuf)]) -> PathBuf {
    for (name, program) in programs {
        std::os::unix::fs::symlink(program, directory.join(name)).unwrap();
    }
    directory.to_path_buf()
}

/// Where a program of the real path lies.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&path())
        .map(|it| it.join(name))
        .find(|it| it.is_file())
}

/// Whether a PostgreSQL asks for a password on this port.
pub(crate) fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut tag = [0];
    stream
        .write_all(b"\0\0\0\x16\0\x03\0\0user\0daybook\0\0")
        .is_ok()
        && stream.read_exact(&mut tag).is_ok()
        && tag == *b"R"
}

/// Whether one of five tries takes less than a second: other programs may be busy here.
pub(crate) fn within_a_second(mut attempt: impl FnMut() -> Duration) -> bool {
    (0..5).any(|_| attempt() < Duration::from_secs(1))
}

/// Waits until something is so, at most 20 s.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "still not so: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether this process runs; one that has ended and that nobody has waited for does not.
pub(crate) fn is_running(pid: u32) -> bool {
    let state = |stat: String| stat.rsplit(')').next()?.trim().chars().next();
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => state(stat) != Some('Z'),
        Err(_) => exists(pid) && !Path::new("/proc/self/stat").exists(),
    }
}

/// Whether there is such a process, or its remains.
pub(crate) fn exists(pid: u32) -> bool {
    kill(Pid::from_raw(pid.try_into().unwrap()), None).is_ok()
}

pub(crate) fn kill_9(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

/// The program that holds a server until its input closes.
pub(crate) struct Holder {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) origin: String,
    pub(crate) port: u16,
    pub(crate) pid: u32,
    pub(crate) url: String,
    /// From its start to its first line.
    pub(crate) took: Duration,
}

impl Holder {
    /// Starts it on this directory and waits until it has a server.
    #[track_caller]
    pub(crate) fn start(home: &Path) -> Self {
        Self::of(holder(home))
    }

    #[track_caller]
    pub(crate) fn of(mut command: Command) -> Self {
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [origin, port, pid, url] = words[..] else {
            panic!("the holder has no server: {line:?}, {:?}", child.wait());
        };
        Self {
            origin: origin.to_owned(),
            port: port.parse().unwrap(),
            pid: pid.parse().unwrap(),
            url: url.to_owned(),
            took: began.elapsed(),
            child,
            output,
        }
    }

    /// Closes its input; its last line.
    pub(crate) fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest.trim().to_owned()
    }

    /// Ends it with kill -9: it has no chance to stop its server.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The holder for this directory, not started.
pub(crate) fn holder(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_private-postgres"));
    command.arg(home);
    command
}

/// A copy of the holder that any user may run, wherever the build lies.
pub(crate) fn holder_for(uid: u32, place: &Path, home: &Path) -> Command {
    let program = place.join("private-postgres");
    install(Path::new(env!("CARGO_BIN_EXE_private-postgres")), &program);
    let mut command = Command::new(program);
    command.arg(home).env("HOME", place).current_dir(place);
    if is_root() {
        command.uid(uid).gid(uid);
    }
    command
}

/// Runs a holder that is expected to fail; its code and what it complained of last.
pub(crate) fn failure(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    (
        status.code(),
        text.lines().last().unwrap_or_default().to_owned(),
    )
}

//! Holds a private PostgreSQL until its standard input closes: for trying things out, and for the
//! tests of what several processes do with one directory.
//!
//! ```text
//! private-postgres DIRECTORY [--without-installed] [--port PORT]
//! ```
//!
//! Standard output has a line `started PORT PID URL` or `attached PORT PID URL`, and one at the end,
//! `stopped` or `left to others`. Progress and errors go to standard error; the exit code is then 2.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use daybook_postgres::{Cluster, Ending, Error, Options, Origin, Surroundings};

fn main() -> ExitCode {
    let Some(options) = options(std::env::args_os().skip(1)) else {
        complain("usage: private-postgres DIRECTORY [--without-installed] [--port PORT]");
        return ExitCode::from(2);
    };
    match hold(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program's only configuration is its PATH"
)]
fn options(mut arguments: impl Iterator<Item = OsString>) -> Option<Options> {
    let surroundings = Surroundings::of_this_machine(std::env::var_os("PATH"));
    let mut options = Options::new(arguments.next()?, surroundings);
    while let Some(argument) = arguments.next() {
        match argument.to_str()? {
            "--without-installed" => options.surroundings.roots.clear(),
            "--port" => options.port = arguments.next()?.to_str()?.parse().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

fn hold(options: Options) -> Result<(), Error> {
    let cluster = Cluster::attach_or_start(options, &|step| complain(&step.to_string()))?;
    let origin = match cluster.origin() {
        Origin::Started => "started",
        Origin::Attached => "attached",
    };
    let (port, pid) = (cluster.connection().port, cluster.pid().unwrap_or_default());
    say(&format!(
        "{origin} {port} {pid} {}",
        cluster.url("postgres")
    ));
    // However the input ends, it has ended.
    let _ended = io::stdin().read_to_end(&mut Vec::new());
    say(match cluster.leave()? {
        Ending::Stopped => "stopped",
        Ending::LeftToOthers => "left to others",
    });
    Ok(())
}

/// Nobody may be listening any more, and that is no reason to leave a server behind.
fn say(line: &str) {
    let _unheard = writeln!(io::stdout(), "{line}");
}

fn complain(line: &str) {
    let _unheard = writeln!(io::stderr(), "{line}");
}

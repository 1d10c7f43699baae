//! How is an empty cluster made, so that it is either whole or not there?

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use secrecy::SecretString;

use crate::cluster::home::{Home, write_private};
use crate::cluster::options::Options;
use crate::cluster::settings;
use crate::error::Error;
use crate::find::Binaries;
use crate::privilege::{Account, give, require_named_user, step_down};
use crate::program::{self, Outcome};
use crate::progress::{Progress, Step};

const BOUND: Duration = Duration::from_mins(5);

/// The first version with a collation of its own, which does not depend on the system's library.
const BUILTIN_LOCALE_SINCE: u32 = 17;

/// Makes the data directory of `home`; needs a turn.
///
/// # Errors
/// When `initdb` fails, or the disk is full, or our uid has no name.
pub(crate) fn make(
    home: &Home,
    options: &Options,
    binaries: &Binaries,
    progress: Progress<'_>,
) -> Result<(), Error> {
    require_named_user()?;
    let password = SecretString::from(hex::encode(rand::random::<[u8; 24]>()));
    let fresh = home.fresh_data()?;
    let password_file = home.server().join("initial-password");
    write_private(&password_file, &password)
        .map_err(|source| Error::writing(&password_file, source))?;
    give(&password_file, home.account())?;
    let job = Job {
        home,
        options,
        binaries,
        target: fresh.path(),
        password_file: &password_file,
    };
    let outcome = job.run(progress);
    fs::remove_file(&password_file).map_err(|source| Error::writing(&password_file, source))?;
    job.judge(&outcome?)?;
    include_settings(fresh.path(), home.account())?;
    home.keep_password(&password)?;
    home.adopt_data(fresh)
}

struct Job<'a> {
    home: &'a Home,
    options: &'a Options,
    binaries: &'a Binaries,
    target: &'a Path,
    password_file: &'a Path,
}

impl Job<'_> {
    fn run(&self, progress: Progress<'_>) -> Result<Outcome, Error> {
        let directory = self.home.data();
        let report = |seconds| {
            progress(&Step::Initialising {
                directory: directory.clone(),
                seconds,
            });
        };
        report(0);
        if self.binaries.version().major >= BUILTIN_LOCALE_SINCE {
            let arguments = [
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ];
            return self.initdb(&arguments, &report);
        }
        let outcome = self.initdb(&["--locale=C.UTF-8"], &report)?;
        if outcome.status.success() || !outcome.output.contains("invalid locale") {
            return Ok(outcome);
        }
        // The same order of strings, but only ASCII letters have an upper case.
        self.initdb(&["--locale=C"], &report)
    }

    fn initdb(&self, locale: &[&str], report: &dyn Fn(u64)) -> Result<Outcome, Error> {
        let initdb = self.binaries.program("initdb");
        let mut command = Command::new(&initdb);
        step_down(&mut command, self.home.account());
        command
            .env_clear()
            .env("LC_ALL", "C")
            .envs(
                self.options
                    .surroundings
                    .path
                    .iter()
                    .map(|path| ("PATH", path)),
            )
            .args([
                "--encoding=UTF8",
                "--auth=scram-sha-256",
                "--data-checksums",
            ])
            .args(locale)
            .arg(format!("--username={}", self.options.superuser))
            .arg("--pwfile")
            .arg(self.password_file)
            .arg("--pgdata")
            .arg(self.target);
        program::run(&mut command, BOUND, report).map_err(|source| Error::NotRun {
            program: initdb,
            source,
        })
    }

    fn judge(&self, outcome: &Outcome) -> Result<(), Error> {
        let directory = self.home.data();
        if outcome.status.success() {
            Ok(())
        } else if program::says_disk_full(&outcome.output) {
            Err(Error::DiskFull { path: directory })
        } else {
            Err(Error::Initdb {
                directory,
                said: outcome.last_lines(),
            })
        }
    }
}

fn include_settings(data: &Path, account: Option<&Account>) -> Result<(), Error> {
    let path = data.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(settings::INCLUDES.as_bytes()))
        .map_err(|source| Error::writing(path, source))?;
    let path = data.join("local.conf");
    fs::write(&path, settings::LOCAL).map_err(|source| Error::writing(&path, source))?;
    give(&path, account)
}

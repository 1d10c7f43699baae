//! How does a home without a running server come to have one?

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::home::Home;
use crate::cluster::launch::{Failure, Launch, Waited, await_answer};
use crate::cluster::lifecycle::Origin;
use crate::cluster::options::Options;
use crate::cluster::presence::take_turn;
use crate::cluster::record::Record;
use crate::cluster::shutdown::Server;
use crate::cluster::{copy, initdb, postmaster, settings, socket};
use crate::error::Error;
use crate::fetch;
use crate::find::Binaries;
use crate::progress::{Progress, Step};

/// How long the processes of a killed server may linger, or free ports be lost to others.
const RETRY_BOUND: Duration = Duration::from_secs(20);

/// A server that answers: the running one, or a new one. Needs a turn.
///
/// # Errors
/// When there is none to be had or it does not start.
pub(crate) fn bring_up(
    home: &Home,
    options: &Options,
    progress: Progress<'_>,
) -> Result<(Server, Origin), Error> {
    if let Some(found) = attach(home, progress)? {
        return Ok((found, Origin::Attached));
    }
    let start = Start { home, options };
    let binaries = start.make_ready(progress)?;
    start.launch(&binaries, progress)
}

/// A home with a cluster in it that has never run.
///
/// # Errors
/// As for a start.
pub(crate) fn initialise(options: &Options) -> Result<Home, Error> {
    let mut home = Home::open(&options.home)?;
    let _turn = take_turn(&home, &|_| ())?;
    home.settle()?;
    Start {
        home: &home,
        options,
    }
    .make_ready(&|_| ())?;
    Ok(home)
}

fn attach(home: &Home, progress: Progress<'_>) -> Result<Option<Server>, Error> {
    let Some(found) = postmaster::running(home) else {
        return Ok(None);
    };
    let ended = || !postmaster::is_ours(home, found.pid);
    Ok(match await_answer(home, found.pid, ended, progress)? {
        Waited::Answers => Some(Server::Found(found.pid)),
        Waited::Ended => None,
    })
}

struct Start<'a> {
    home: &'a Home,
    options: &'a Options,
}

impl Start<'_> {
    /// Finds the binaries, and makes the cluster if there is none.
    fn make_ready(&self, progress: Progress<'_>) -> Result<Binaries, Error> {
        let Self { home, options } = self;
        let made_by = home.data_version()?;
        let binaries = fetch::binaries(options, made_by.as_deref(), progress)?;
        progress(&Step::Using {
            directory: binaries.directory().to_path_buf(),
            version: binaries.version(),
        });
        match (&made_by, &options.template) {
            (Some(_), _) => home.password().map(drop)?,
            (None, Some(template)) => copy::make(home, template)?,
            (None, None) => initdb::make(home, options, &binaries, progress)?,
        }
        settings::write(home, options.durability)?;
        Ok(binaries)
    }

    fn launch(
        &self,
        binaries: &Binaries,
        progress: Progress<'_>,
    ) -> Result<(Server, Origin), Error> {
        let socket_dir = socket::prepare(self.home)?;
        let deadline = Instant::now() + RETRY_BOUND;
        loop {
            let port = self.choose_port(&socket_dir, progress)?;
            postmaster::disown_stale(self.home)?;
            socket::clear(&socket_dir)?;
            let launch = Launch {
                home: self.home,
                binaries,
                path: self.options.surroundings.path.as_ref(),
                port,
                socket_dir: &socket_dir,
            };
            match launch.run(progress)? {
                Ok(child) => return Ok((Server::Child(child), Origin::Started)),
                Err(failure) if !self.may_pass(&failure) || Instant::now() > deadline => {
                    return Err(failure.into_error(self.home, port));
                }
                Err(_) => {}
            }
            // One that somebody spawned and did not live to record may have come up first.
            if let Some(found) = attach(self.home, progress)? {
                return Ok((found, Origin::Attached));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn may_pass(&self, failure: &Failure) -> bool {
        match failure {
            Failure::StillInUse => true,
            Failure::PortTaken => self.options.port == 0,
            Failure::DiskFull | Failure::Damaged(_) | Failure::Other(_) => false,
        }
    }

    /// The wanted port, or the remembered one, or any; remembered before the server is spawned.
    fn choose_port(&self, socket_dir: &Path, progress: Progress<'_>) -> Result<u16, Error> {
        let record = Record::read(self.home);
        let port = match (self.options.port, record.as_ref().map(|record| record.port)) {
            (0, Some(remembered)) if is_free(remembered) => remembered,
            (0, remembered) => {
                let port = free_port().map_err(|source| Error::writing(socket_dir, source))?;
                if let Some(from) = remembered {
                    progress(&Step::PortMoved { from, to: port });
                }
                port
            }
            (wanted, _) if is_free(wanted) => wanted,
            (port, _) => return Err(Error::PortTaken { port }),
        };
        let superuser = record.map_or_else(|| self.options.superuser.clone(), |it| it.superuser);
        Record {
            port,
            superuser,
            socket_dir: PathBuf::from(socket_dir),
        }
        .write(self.home)?;
        Ok(port)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

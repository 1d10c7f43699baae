//! What does somebody hold who uses a private server?

use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::cluster::connection::Connection;
use crate::cluster::home::Home;
use crate::cluster::options::Options;
use crate::cluster::presence::{Presence, take_turn};
use crate::cluster::record::Record;
use crate::cluster::shutdown::Server;
use crate::cluster::start::bring_up;
use crate::cluster::{postmaster, socket};
use crate::error::Error;
use crate::progress::{Progress, Step};

/// Where the server came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// We started it.
    Started,
    /// It ran already.
    Attached,
}

/// What became of the server when we left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nobody else used it: it is stopped.
    Stopped,
    /// Somebody else uses it: it runs on, and the last one stops it.
    LeftToOthers,
}

/// A running private server that we use; when dropped, it is left as by [`Cluster::leave`].
#[derive(Debug)]
pub struct Cluster {
    options: Options,
    home: Home,
    connection: Connection,
    origin: Origin,
    /// None after leaving.
    running: Option<(Server, Presence)>,
}

impl Cluster {
    /// Uses the server that runs on this home, or makes and starts one.
    ///
    /// Blocks until the server answers: below a second for a cluster that is there.
    ///
    /// # Errors
    /// When there is no server to be had or it does not start; each text says what to do.
    pub fn attach_or_start(options: Options, progress: Progress<'_>) -> Result<Self, Error> {
        let mut home = Home::open(&options.home)?;
        let turn = take_turn(&home, progress)?;
        home.settle()?;
        let presence = Presence::announce(&home, &turn)?;
        let (server, origin) = bring_up(&home, &options, progress)?;
        let connection = connection(&home, &options)?;
        progress(&Step::Ready {
            port: connection.port,
            attached: origin == Origin::Attached,
        });
        Ok(Self {
            options,
            home,
            connection,
            origin,
            running: Some((server, presence)),
        })
    }

    /// How to reach it as the superuser.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A URL for this database as the superuser, with the password in it.
    pub fn url(&self, database: &str) -> String {
        self.connection.url(database)
    }

    /// The same over the socket: see [`Connection::socket_url`].
    pub fn socket_url(&self, database: &str) -> String {
        self.connection.socket_url(database)
    }

    /// Whether we started it or found it running.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The process id of the server; none after leaving.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|(server, _)| server.pid())
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.home.log()
    }

    /// The data directory, resolved; as root it may lie outside of the home.
    pub fn data(&self) -> PathBuf {
        self.home.data()
    }

    /// Whether the server has ended, or we have left.
    pub fn has_ended(&mut self) -> bool {
        match &mut self.running {
            Some((server, _)) => server.has_ended(&self.home),
            None => true,
        }
    }

    /// Starts the server again if it has ended, on the same port if that is still free; true if it
    /// had. Cheap when it has not: call it often.
    ///
    /// # Errors
    /// As [`Cluster::attach_or_start`].
    pub fn revive(&mut self, progress: Progress<'_>) -> Result<bool, Error> {
        let Some((server, _)) = &mut self.running else {
            return Ok(false);
        };
        if !server.has_ended(&self.home) {
            return Ok(false);
        }
        // Held until we return; others who saw the end wait here, and then find our server.
        let _turn = take_turn(&self.home, progress)?;
        let (revived, origin) = bring_up(&self.home, &self.options, progress)?;
        *server = revived;
        self.origin = origin;
        self.connection = connection(&self.home, &self.options)?;
        Ok(true)
    }

    /// Stops using the server, and stops it if nobody else uses it.
    ///
    /// # Errors
    /// When it does not end.
    pub fn leave(mut self) -> Result<Ending, Error> {
        self.end()
    }

    /// Ends the server with kill -9, for tests; true once it is gone.
    pub(crate) fn kill(&mut self) -> bool {
        match &mut self.running {
            Some((server, _)) => server.kill(&self.home),
            None => true,
        }
    }

    fn end(&mut self) -> Result<Ending, Error> {
        let Some((mut server, presence)) = self.running.take() else {
            return Ok(Ending::LeftToOthers);
        };
        let turn = take_turn(&self.home, &|_| ())?;
        if !presence.withdraw(&turn)? {
            server.let_go();
            return Ok(Ending::LeftToOthers);
        }
        server.stop(&self.home)?;
        // Somebody else may have started one after ours had died, and left since.
        if let Some(other) = postmaster::running(&self.home) {
            Server::Found(other.pid).stop(&self.home)?;
        }
        socket::tidy(&self.home);
        Ok(Ending::Stopped)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the private PostgreSQL could not be stopped");
        }
    }
}

fn connection(home: &Home, options: &Options) -> Result<Connection, Error> {
    let record = Record::read(home);
    let port = postmaster::running(home).map_or(options.port, |file| file.port);
    Ok(Connection {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port,
        user: record
            .as_ref()
            .map_or_else(|| options.superuser.clone(), |it| it.superuser.clone()),
        password: home.password()?,
        socket_dir: record.map_or_else(|| socket::directory(home), |it| it.socket_dir),
    })
}

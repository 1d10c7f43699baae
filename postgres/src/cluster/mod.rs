//! How is a private server made, started, shared and stopped?
//!
//! One directory, the *home*, holds everything:
//!
//! ```text
//! home/turn         locked while somebody starts or stops the server
//! home/users        locked, shared, by everybody who uses the server
//! home/record.json  port, superuser and socket directory of the last start
//! home/password     the superuser's password, 0600
//! home/server.log   what the server says
//! home/server/      0700, of the account the server runs as
//!     data/         the data directory; local.conf in it is the user's
//!     socket/
//! ```
//!
//! **Who stops it?** The last one out. Everybody who uses the server holds a shared lock on
//! `users`, which the system releases even after kill -9. Who leaves and then gets the exclusive
//! lock was the last, and stops the server; so a command that attached leaves it alone while `up`
//! runs, and `up` leaves it alone while a command still works. A server that outlived its users is
//! found through its pid file by the next one, who becomes a user like any other.
//!
//! **As root** the server runs as another user, who must be able to reach `home/server`. Where
//! that is not so (`/root` is 0700) `home/server` is a link to a new directory in `/var/lib`, or in
//! `/var/tmp` where that cannot be written.

mod connection;
pub(crate) mod copy;
mod home;
mod initdb;
mod launch;
mod lifecycle;
mod options;
mod postmaster;
mod presence;
mod probe;
mod record;
mod settings;
mod shutdown;
mod socket;
mod start;

pub use connection::Connection;

pub use lifecycle::{Cluster, Ending, Origin};
pub use options::{Durability, Options};
pub(crate) use start::initialise;

//! An API of a test's own, the people who use it, and what they say to it.

mod caller;
mod clock;
mod dns;
mod people;
mod reply;
mod server;
mod socket;

pub(crate) use caller::{Caller, command_id};
pub(crate) use clock::{Moved, moved};
pub(crate) use people::{PASSWORD, Person};
pub(crate) use reply::Reply;
pub(crate) use server::{World, until};
pub(crate) use socket::Socket;

//! A log in memory, a schema over it, a gateway, and a server.

mod gateway;
mod log;
mod schema;
mod server;

pub(crate) use log::Log;
pub(crate) use server::{PATIENCE, Server, Socket, until};

//! How GraphQL is spoken over WebSocket: `graphql-transport-ws`, and no older protocol.
//!
//! A socket has one task that reads, one that writes and one for each operation, all owned by the
//! socket. Operations queue their messages in lanes of their own, from which one of each is taken
//! in turn: a busy subscription cannot starve a query. Who queued a message also writes it, unless
//! the connection makes that wait: the writer does the waiting.

mod close;
mod message;
mod open;
mod operation;
mod outbox;
mod phase;
mod socket;
mod wire;
mod writer;

pub(crate) use open::open;

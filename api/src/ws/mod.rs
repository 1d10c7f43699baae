//! How GraphQL is spoken over WebSocket: `graphql-transport-ws`, and no older protocol.
//!
//! A socket has one task that reads, one that writes and one for each operation, all owned by the
//! socket. Operations queue their messages in lanes of their own, and the writer takes one from
//! each in turn: a busy subscription cannot starve a query.

mod close;
mod message;
mod open;
mod operation;
mod outbox;
mod phase;
mod socket;
mod writer;

pub(crate) use open::open;

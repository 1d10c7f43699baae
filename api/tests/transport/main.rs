//! The transports over a toy schema: real connections on 127.0.0.1, real clients.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::unused_async,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect, tables are long, and resolvers are async"
)]

mod bad_input;
mod http;
mod live;
mod peers;
mod persisted;
mod socket;
mod sse;
mod toy;

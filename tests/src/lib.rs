//! What tests and benchmarks of the whole system have in common: an app, tenants, clients.
//!
//! - [`TestApp`] runs Daybook inside of the test's own process, [`Process`] runs the binary.
//! - [`Business`] is a tenant with people in it; [`Client`], [`Socket`] and [`Stream`] are how they
//!   talk to it: over the wire, as anybody would.
//! - [`schema`] reads the schema over the wire and composes calls of every operation.
//!
//! `tests/` holds the tests, `benches/` the programs of `cargo bench`; see the benchmarks page of
//! the docs. Nothing here returns an error: a test stops at the first thing it does not expect.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect"
)]

mod app;
mod business;
mod client;
mod clock;
mod load;
pub mod measure;
pub mod press;
mod process;
pub mod registrations;
mod runtime;
pub mod schema;
mod socket;
mod stream;
mod wait;

pub use app::{Setup, TestApp, database, shared};
pub use business::{Business, Member, PASSWORD, fresh_id};
pub use client::{Answer, Client, id_of};
pub use clock::MovableClock;
pub use daybook::testing::{Process, is_alive, signal};
pub use load::{Answered, Load};
pub use process::{Ended, daybook, finished};
pub use runtime::run;
pub use socket::{Heard, Socket};
pub use stream::{Frame, Stream};
pub use wait::{PATIENCE, until};

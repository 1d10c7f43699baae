//! How does a test get a real PostgreSQL in a fraction of a second?
//!
//! [`shared`] is one server for all tests of a process, [`private`] one for a test that kills it.
//! Both are copies of a template that lies in the build's target directory, so only the first run
//! pays for `initdb`. They end with the process, however it ends: a watcher, which holds the other
//! end of a pipe to us, stops the server and removes its files when the pipe closes.
//!
//! Tests have nobody to hand them a configuration: this module alone reads `PATH` itself, and
//! panics where other code would return an error.

mod server;
mod template;
mod watcher;

pub use server::{Server, options, private, private_with, shared};

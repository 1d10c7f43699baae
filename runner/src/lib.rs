//! The `daybook` program: composition root, command line, configuration, telemetry, life cycle.
//!
//! [`main`] is the program. [`App`] is a running Daybook inside of any process: tests and
//! benchmarks start it without spawning anything.

pub mod app;
pub mod clock;
pub mod config;
pub mod console;
pub mod database;
pub mod demo;
pub mod dns;
pub mod doctor;
pub mod failure;
pub mod http;
pub mod import;
pub mod signal;
pub mod telemetry;
pub mod testing;

mod backup;
mod command;
mod digest;
mod export;
mod outbound;
mod private_file;
mod react;

pub use app::{App, Duty, Start};
pub use command::main;
pub use config::Config;
pub use failure::Failure;

/// A request makes some thousand small allocations on one thread and frees most of them there, which
/// the system's allocator is slow at. Without transparent huge pages: the kernel clears two megabytes
/// at the first touch of one, in the midst of somebody's request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

//! On which runtime does everything of a test program run?
//!
//! One for all tests of a program: what they share (an app, its connections) lives on the runtime
//! that made it, and must not end with the first test.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// Runs the body of a test to its end.
pub fn run<F: Future>(body: F) -> F::Output {
    runtime().block_on(body)
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.enable_all().build().unwrap()
    })
}

//! How long does a test wait for what must come?

use std::future::Future;
use std::time::{Duration, Instant};

/// How long anything may take. Generous, for machines that build something else meanwhile.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

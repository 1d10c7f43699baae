//! Answers that take the same time whatever was found.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Longer than the work usually takes; work that takes longer is answered at the next beat.
const BEAT: Duration = Duration::from_millis(300);

/// When a request's work began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    begun: Instant,
}

impl Pace {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
        }
    }

    /// Waits until the next whole beat since the beginning, so that nobody can tell from outside
    /// which work was done.
    pub(crate) async fn even_out(self) {
        let beat = BEAT.as_millis();
        let beats = self.begun.elapsed().as_millis() / beat + 1;
        let beats = u32::try_from(beats).unwrap_or(u32::MAX);
        sleep_until(self.begun + BEAT * beats).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ends_on_the_beat() {
        for (work, whole) in [(0, 300), (299, 300), (301, 600)] {
            let begun = Instant::now();
            let pace = Pace::begin();
            tokio::time::sleep(Duration::from_millis(work)).await;
            pace.even_out().await;
            assert_eq!(begun.elapsed(), Duration::from_millis(whole), "{work}");
        }
    }
}

//! When is done what no event and no queue asks for?

use std::future::Future;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

/// Does something at the times of a cron expression with seconds, in UTC, until stopped.
///
/// # Errors
/// When it is no such expression.
pub(super) async fn at_times<F, W>(
    times: &str,
    mut work: F,
    stop: &CancellationToken,
) -> Result<(), JobSchedulerError>
where
    F: FnMut() -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let mut scheduler = JobScheduler::new().await?;
    let job = Job::new_async(times, move |_, _| Box::pin(work()))?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    stop.cancelled().await;
    scheduler.shutdown().await
}

/// Whether a text is a cron expression with seconds.
pub(crate) fn are_times(text: &str) -> bool {
    Job::new(text, |_, _| ()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_times() {
        for good in ["0 0 3 * * *", "*/2 * * * * *", "0 30 2 * * Sun"] {
            assert!(are_times(good), "{good}");
        }
        for bad in ["", "never", "3:00", "0 0 25 * * *", "* * *"] {
            assert!(!are_times(bad), "{bad}");
        }
    }
}

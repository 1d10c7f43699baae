//! Wakes the tail when another process appended, and tells others when we did.
//!
//! A notice is only a hint: it goes out after the commit, from a connection of its own, at most
//! once in 10 ms (NOTIFY inside the append would take a lock that all commits share). The poll is
//! the truth, so a lost notice or a cut connection costs a quarter of a second and no event.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::tail::TailSource;
use crate::personal::SubjectKeys;

const CHANNEL: &str = "daybook_log";
const POLL: Duration = Duration::from_millis(250);
const COALESCE: Duration = Duration::from_millis(10);

/// Keeps the tail caught up until it is dropped.
pub(crate) async fn listen(pool: PgPool, tail: TailSource, keys: SubjectKeys) {
    let mut listener: Option<PgListener> = None;
    loop {
        if listener.is_none() {
            // First listen, then catch up: nothing can fall between the two.
            listener = connect(&pool).await;
        }
        if let Err(error) = tail.catch_up(&pool, &keys).await {
            tracing::warn!(%error, "the tail cannot read the log");
            sleep(POLL).await;
            continue;
        }
        let Some(connected) = &mut listener else {
            sleep(POLL).await;
            continue;
        };
        tokio::select! {
            heard = timeout(POLL, news(connected, &tail)) => {
                if let Ok(Err(error)) = heard {
                    tracing::warn!(%error, "the listening connection was cut; polling meanwhile");
                    listener = None;
                }
            }
            () = tail.falls_behind() => {}
        }
    }
}

/// Waits for a notice of a head that the tail has not reached; our own notices are not news.
async fn news(listener: &mut PgListener, tail: &TailSource) -> Result<(), sqlx::Error> {
    loop {
        let notice = listener.recv().await?;
        if notice
            .payload()
            .parse()
            .is_ok_and(|head: i64| head > tail.head())
        {
            return Ok(());
        }
    }
}

async fn connect(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    // A listener that reconnects by itself would hide that notices were lost meanwhile.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

/// Tells other processes about the head until the writer has gone.
pub(crate) async fn notify(pool: PgPool, mut written: watch::Receiver<i64>) {
    while written.changed().await.is_ok() {
        let head = *written.borrow_and_update();
        // Nobody waits for the disk: the append is there already, and a notice is only a hint.
        let sent =
            sqlx::query("select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(head.to_string())
                .execute(&pool)
                .await;
        if let Err(error) = sent {
            tracing::debug!(%error, "other processes were not told; their poll finds out");
        }
        sleep(COALESCE).await;
    }
}

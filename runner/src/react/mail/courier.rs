//! Who takes mails out of the outbox?

use std::time::Duration;

use chrono::TimeDelta;
use daybook_store::{ClaimedMail, Store, StoreError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::carrier::{Carrier, Outcome};
use super::schedule::pause_after;
use crate::clock::Clock;

/// Takes mails to the server for as long as the process runs.
#[derive(Debug, Clone)]
pub(crate) struct Courier {
    /// Where the outbox is.
    pub(crate) store: Store,
    /// Who takes them.
    pub(crate) carrier: Carrier,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Mails on their way at one time.
    pub(crate) parallel: usize,
    /// Between two looks at the outbox when nobody said anything.
    pub(crate) pause: Duration,
}

impl Courier {
    /// Sends what is due until stopped; then finishes what is on its way.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut sending = JoinSet::new();
        while !stop.is_cancelled() {
            let room = self.parallel.saturating_sub(sending.len());
            let claimed = self.claim(room).await;
            let found = claimed.len();
            for mail in claimed {
                let courier = self.clone();
                sending.spawn(async move { courier.send(mail).await });
            }
            // With room left and mails found there may be more; else something has to happen.
            if found < room || room == 0 {
                self.wait(&mut sending, &stop).await;
            }
        }
        while sending.join_next().await.is_some() {}
    }

    async fn wait(&self, sending: &mut JoinSet<()>, stop: &CancellationToken) {
        let outbox = self.store.outbox();
        tokio::select! {
            Some(_) = sending.join_next() => (),
            () = outbox.asked(), if sending.len() < self.parallel => (),
            () = tokio::time::sleep(self.pause) => (),
            () = stop.cancelled() => (),
        }
    }

    async fn claim(&self, room: usize) -> Vec<ClaimedMail> {
        if room == 0 {
            return Vec::new();
        }
        let limit = i64::try_from(room).unwrap_or(1);
        match self.store.outbox().claim((self.clock)(), limit).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                Vec::new()
            }
        }
    }

    async fn send(&self, claimed: ClaimedMail) {
        let outcome = match claimed.mail.expires_at {
            Some(end) if end <= (self.clock)() => {
                Outcome::Never("it was of no use any more".to_owned())
            }
            Some(_) | None => self.carrier.carry(&claimed).await,
        };
        if let Err(error) = self.settle(&claimed, outcome).await {
            // Its lease runs out, and then it is sent again.
            tracing::warn!(effect_id = %claimed.mail.effect_id, %error, "a mail was not settled");
        }
    }

    async fn settle(&self, claimed: &ClaimedMail, outcome: Outcome) -> Result<(), StoreError> {
        let (outbox, now) = (self.store.outbox(), (self.clock)());
        let (effect_id, attempt) = (claimed.mail.effect_id, claimed.attempt);
        let tenant = claimed.tenant;
        let pause = pause_after(attempt, effect_id).and_then(|it| TimeDelta::from_std(it).ok());
        let (settled, outcome) = match (outcome, pause) {
            (Outcome::Taken, _) => {
                tracing::info!(%effect_id, %tenant, attempt, "a mail was sent");
                (outbox.sent(claimed, now).await?, "sent")
            }
            (Outcome::NotNow(reason), Some(pause)) => {
                tracing::warn!(%effect_id, %tenant, attempt, reason, "a mail has to wait");
                (
                    outbox.retry(claimed, now + pause, &reason).await?,
                    "retried",
                )
            }
            (Outcome::NotNow(reason), None) | (Outcome::Never(reason), _) => {
                tracing::error!(%effect_id, %tenant, attempt, reason, "a mail was given up");
                (outbox.give_up(claimed, now, &reason).await?, "given_up")
            }
        };
        if !settled {
            tracing::warn!(%effect_id, %tenant, attempt, "somebody else has taken a mail over");
        }
        metrics::counter!("daybook_mail_total", "outcome" => outcome).increment(1);
        Ok(())
    }
}

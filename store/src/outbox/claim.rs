//! Sending: whose turn it is, and how it ended.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::mail::{COLUMNS, ClaimedMail, MailRow, Outbox};
use crate::error::StoreError;

/// How long one attempt may take before somebody else makes the next one.
const LEASE: &str = "2 minutes";

impl Outbox<'_> {
    /// Claims mails that are due at `now`, the longest due first, at most `limit`. Nobody else
    /// gets them for two minutes.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        let statement = format!(
            "with due as ( \
               select tenant_id, effect_id from mail \
               where state = 'waiting' and due_at <= $1 \
                 and (leased_until is null or leased_until < clock_timestamp()) \
               order by due_at limit $2 for update skip locked) \
             update mail m set attempts = attempts + 1, \
               leased_until = clock_timestamp() + interval '{LEASE}' \
             from due where m.tenant_id = due.tenant_id and m.effect_id = due.effect_id \
             returning {COLUMNS}"
        );
        let mut tx = self.store.dispatch_tx().await?;
        let rows: Vec<MailRow> = sqlx::query_as(&statement)
            .bind(now)
            .bind(limit)
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(|row| row.kept().into()).collect())
    }

    /// A server took the mail at `now`. `false`: the attempt had run out, and nothing was changed.
    ///
    /// # Errors
    /// When the database is away; the mail will be sent again.
    pub async fn sent(
        &self,
        claimed: &ClaimedMail,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.settle(claimed, Ending::Sent(now)).await
    }

    /// The attempt failed; the next one is due at `again`. `false`: the attempt had run out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retry(
        &self,
        claimed: &ClaimedMail,
        again: DateTime<Utc>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        self.settle(claimed, Ending::Again(again, reason)).await
    }

    /// Nobody will try again. `false`: the attempt had run out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn give_up(
        &self,
        claimed: &ClaimedMail,
        now: DateTime<Utc>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        self.settle(claimed, Ending::GivenUp(now, reason)).await
    }

    /// Takes away what was sent or given up before `now - keep`, and what has waited for longer
    /// than that and a week in vain; returns how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn purge(&self, now: DateTime<Utc>, keep: Duration) -> Result<u64, StoreError> {
        let statement = sqlx::query(
            "delete from mail where finished_at < $1 - make_interval(secs => $2) \
               or (state = 'waiting' and enqueued_at < $1 - make_interval(days => 7, secs => $2))",
        )
        .bind(now)
        .bind(keep.as_secs_f64());
        self.store.dispatch(statement).await
    }

    async fn settle(&self, claimed: &ClaimedMail, ending: Ending<'_>) -> Result<bool, StoreError> {
        let (state, due, finished, reason) = match ending {
            Ending::Sent(now) => ("sent", now, Some(now), None),
            Ending::Again(again, reason) => ("waiting", again, None, Some(reason)),
            Ending::GivenUp(now, reason) => ("given_up", now, Some(now), Some(reason)),
        };
        let statement = sqlx::query(
            "update mail set state = $4, due_at = $5, finished_at = $6, last_error = $7, \
               leased_until = null \
             where tenant_id = $1 and effect_id = $2 and attempts = $3 and state = 'waiting'",
        )
        .bind(claimed.tenant.0)
        .bind(claimed.mail.effect_id)
        .bind(claimed.attempt)
        .bind(state)
        .bind(due)
        .bind(finished)
        .bind(reason);
        Ok(self.store.dispatch(statement).await? == 1)
    }
}

enum Ending<'r> {
    Sent(DateTime<Utc>),
    Again(DateTime<Utc>, &'r str),
    GivenUp(DateTime<Utc>, &'r str),
}

//! Looking at what is kept: for operators, and for those to whom it goes.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::mail::{COLUMNS, KeptMail, MailRow, Outbox, TO_ONE_OF, Waiting};
use crate::error::StoreError;

impl Outbox<'_> {
    /// The newest mails of all tenants, newest first, at most `limit`; only those to an address
    /// that holds `to`, if it is given.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn newest(&self, to: Option<&str>, limit: i64) -> Result<Vec<KeptMail>, StoreError> {
        let query = format!(
            "select {COLUMNS} from mail m where $1::text is null or position(lower($1) in lower(m.recipient)) > 0 \
             order by m.enqueued_at desc, m.effect_id limit $2"
        );
        let mut tx = self.store.dispatch_tx().await?;
        let rows: Vec<MailRow> = sqlx::query_as(&query)
            .bind(to)
            .bind(limit)
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(MailRow::kept).collect())
    }

    /// Every mail of the tenant to one of these addresses, oldest first: what
    /// [`forget`](Self::forget) would take away. The addresses are given in lower case.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn to_one_of(
        &self,
        tenant: TenantId,
        addresses: &[String],
    ) -> Result<Vec<KeptMail>, StoreError> {
        // They are few: an address gets only so many in an hour, and is rid of them after some days.
        let query = format!(
            "select {COLUMNS} from mail m where {TO_ONE_OF} order by m.enqueued_at, m.effect_id"
        );
        let mut tx = self.store.dispatch_tx().await?;
        let rows: Vec<MailRow> = sqlx::query_as(&query)
            .bind(tenant.0)
            .bind(addresses)
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(MailRow::kept).collect())
    }

    /// One mail, whosever it is.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn find(&self, effect_id: Uuid) -> Result<Option<KeptMail>, StoreError> {
        let query = format!("select {COLUMNS} from mail m where m.effect_id = $1 limit 1");
        let mut tx = self.store.dispatch_tx().await?;
        let row: Option<MailRow> = sqlx::query_as(&query)
            .bind(effect_id)
            .fetch_optional(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(row.map(MailRow::kept))
    }

    /// What waits, and what was given up.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn waiting(&self) -> Result<Waiting, StoreError> {
        let mut tx = self.store.dispatch_tx().await?;
        let (mails, due_since, given_up): (i64, Option<DateTime<Utc>>, i64) = sqlx::query_as(
            "select count(*) filter (where state = 'waiting'), \
               min(due_at) filter (where state = 'waiting'), \
               count(*) filter (where state = 'given_up') from mail where state <> 'sent'",
        )
        .fetch_one(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(Waiting {
            mails,
            due_since,
            given_up,
        })
    }

    /// Resolves when this process asked for a mail, or at once when it has since the last call.
    pub async fn asked(&self) {
        self.store.mail_asked().notified().await;
    }
}

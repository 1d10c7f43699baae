//! Asking for a mail.

use daybook_domain::kernel::TenantId;

use super::mail::{Mail, Outbox};
use crate::error::StoreError;

impl Outbox<'_> {
    /// Keeps a mail to be sent as soon as possible. `false`: it was asked for before, and nothing
    /// changed.
    ///
    /// # Errors
    /// When the database is away, or the mail is longer than 1 MB, what comes with it than 100 KB,
    /// or its address or subject than 1 KB, or it holds the character U+0000.
    pub async fn enqueue(&self, tenant: TenantId, mail: &Mail) -> Result<bool, StoreError> {
        mail.check()?;
        let now = self.store.now();
        let mut tx = self.store.tenant_tx(tenant).await?;
        let inserted = sqlx::query(
            "insert into mail (tenant_id, effect_id, recipient, subject, body_text, body_html, \
               enqueued_at, due_at, expires_at, attachment_name, attachment_text) \
             values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10) on conflict (tenant_id, effect_id) do nothing",
        )
        .bind(tenant.0)
        .bind(mail.effect_id)
        .bind(&mail.to)
        .bind(&mail.subject)
        .bind(&mail.text)
        .bind(&mail.html)
        .bind(now)
        .bind(mail.expires_at)
        .bind(mail.attachment.as_ref().map(|it| &it.name))
        .bind(mail.attachment.as_ref().map(|it| &it.text))
        .execute(tx.connection())
        .await?;
        tx.commit().await?;
        let is_new = inserted.rows_affected() == 1;
        if is_new {
            self.store.mail_asked().notify_one();
        }
        Ok(is_new)
    }
}

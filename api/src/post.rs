//! Mails on their way out: composed here, kept in the outbox, sent by the runner.

use std::fmt::{self, Debug};

use daybook_domain::kernel::TenantId;
use daybook_store::{Mail, StoreError};

use crate::api::Api;

/// A mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text. It may hold a token: it goes into the mail and nowhere else.
    pub text: String,
}

impl Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({:?}, …)", self.subject)
    }
}

impl Api {
    /// Puts a mail into the outbox; from then on it survives us.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn post(&self, tenant: TenantId, letter: Letter) -> Result<(), StoreError> {
        let mail = Mail {
            effect_id: self.mint_id(),
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            html: None,
            attachment: None,
            expires_at: None,
        };
        self.store().outbox().enqueue(tenant, &mail).await?;
        Ok(())
    }
}

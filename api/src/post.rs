//! Mails on their way out: composed here, kept in the outbox, sent by the runner.

use std::fmt::{self, Debug};

use daybook_domain::kernel::TenantId;
use daybook_store::{Context, Mail, StoreError};
use uuid::Uuid;

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

impl Letter {
    /// The mail that goes with that command, and with no other: the command asks for it itself, so
    /// that none is lost between the two.
    pub(crate) fn with(self, context: &Context) -> Mail {
        self.mail(Uuid::new_v5(&context.command_id, b"mail"))
    }

    fn mail(self, effect_id: Uuid) -> Mail {
        Mail {
            effect_id,
            to: self.to,
            subject: self.subject,
            text: self.text,
            html: None,
            attachment: None,
            expires_at: None,
        }
    }
}

impl Api {
    /// Puts a mail into the outbox that follows from a question and from no command.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn post(&self, tenant: TenantId, letter: Letter) -> Result<(), StoreError> {
        let mail = letter.mail(self.mint_id());
        self.store().outbox().enqueue(tenant, &mail).await?;
        Ok(())
    }
}

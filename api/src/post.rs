//! Mails on their way out: composed here, kept and sent by whoever is given them.

use std::fmt::Debug;

use daybook_domain::kernel::TenantId;
use daybook_store::StoreError;
use futures::future::BoxFuture;

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
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({:?}, …)", self.subject)
    }
}

/// Where mails are put; from then on they survive us.
pub trait Post: Debug + Send + Sync {
    /// Takes a mail of a tenant.
    fn post(&self, tenant: TenantId, letter: Letter) -> BoxFuture<'_, Result<(), StoreError>>;
}

impl Api {
    /// Sends a mail.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) async fn post(&self, tenant: TenantId, letter: Letter) -> Result<(), StoreError> {
        self.options().post.post(tenant, letter).await
    }
}

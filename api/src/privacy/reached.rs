//! What is kept of somebody under their addresses alone: mails to them, and their places on the lists of
//! those who get the tenant's checkpoints. It is what an erasure takes away by the same addresses.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Email, TenantId};
use daybook_domain::privacy::data_subject::Subject;
use daybook_projections::privacy::{addresses, recipients};
use daybook_store::{KeptMail, MailState, Store, StoreError};
use serde::Serialize;

use crate::access::without_secrets;

/// What is kept under somebody's addresses.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reached {
    /// Mails to them, oldest first: on their way, or not taken away yet.
    mails: Vec<ToldMail>,
    /// Their places on lists of recipients, oldest first.
    checkpoint_recipients: Vec<Recipient>,
}

/// A mail, as whoever asks for the export may read it. That need not be who it is to: a token in it would
/// let them act in the other's name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldMail {
    recipient: String,
    subject: String,
    /// Without the secrets in it.
    text: String,
    html: Option<String>,
    /// The name of the file that came with it: the tenant's checkpoint, which says nothing of anybody.
    attachment: Option<String>,
    state: &'static str,
    attempts: i32,
    last_error: Option<String>,
    enqueued_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

/// A place on a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email: Email,
    /// When the list was set.
    set_at: DateTime<Utc>,
    /// Whether it is the list by which checkpoints are mailed; the others are about to be forgotten.
    is_in_force: bool,
}

/// Everything that a tenant keeps under the addresses of somebody, who is one of its own.
///
/// # Errors
/// The log is away.
pub(super) async fn find(
    store: &Store,
    (tenant, subject): (TenantId, Subject),
) -> Result<Reached, StoreError> {
    let addresses = addresses::of(store, tenant, subject).await?;
    let addresses: Vec<String> = addresses.into_iter().collect();
    let mails = store.outbox().to_one_of(tenant, &addresses).await?;
    let lists = recipients::lists(store, tenant).await?;
    let in_force = lists.last().map(|list| list.list_id);
    let mut places = Vec::new();
    for list in lists {
        let is_in_force = in_force == Some(list.list_id);
        let theirs = list.recipients.into_iter();
        let theirs = theirs.filter(|email| addresses.contains(&email.compared()));
        places.extend(theirs.map(|email| Recipient {
            email,
            set_at: list.at,
            is_in_force,
        }));
    }
    Ok(Reached {
        mails: mails.into_iter().map(ToldMail::from).collect(),
        checkpoint_recipients: places,
    })
}

impl From<KeptMail> for ToldMail {
    fn from(kept: KeptMail) -> Self {
        let mail = kept.mail;
        Self {
            recipient: mail.to,
            subject: mail.subject,
            text: without_secrets(&mail.text),
            html: mail.html.as_deref().map(without_secrets),
            attachment: mail.attachment.map(|file| file.name),
            state: match kept.state {
                MailState::Waiting => "waiting",
                MailState::Sent => "sent",
                MailState::GivenUp => "given_up",
            },
            attempts: kept.attempts,
            last_error: kept.last_error,
            enqueued_at: kept.enqueued_at,
            finished_at: kept.finished_at,
            expires_at: mail.expires_at,
        }
    }
}

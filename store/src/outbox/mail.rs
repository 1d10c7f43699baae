//! What a mail is to the outbox.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::Store;

/// The most bytes of an address, and of a subject.
const LINE: usize = 1_000;
/// The most bytes of the plain and the HTML form together.
const BODIES: usize = 1_048_576;
/// The most bytes of a file's name.
const NAME: usize = 200;
/// The most bytes of a file.
const FILE: usize = 100_000;

/// The queue of mails.
#[derive(Debug, Clone, Copy)]
pub struct Outbox<'s> {
    pub(super) store: &'s Store,
}

impl Store {
    /// The queue of mails.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox { store: self }
    }
}

/// A mail to be sent. Its debug text shows none of it: it may hold a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Of what it is the effect; the same id is sent once. Derived from the command's, where there is one.
    pub effect_id: Uuid,
    /// The address, with or without a name: `a@example.com` or `A. Person <a@example.com>`.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The mail as plain text.
    pub text: String,
    /// The same as HTML, if there is such a form.
    pub html: Option<String>,
    /// A file that comes with it.
    pub attachment: Option<Attachment>,
    /// When it is of no use any more; none: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A file of plain text that comes with a mail, and arrives byte for byte as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Mail {
    /// Passes a mail that can be kept.
    ///
    /// # Errors
    /// When it is longer than 1 MB, what comes with it than 100 KB, or its address or subject than
    /// 1 KB, or a text holds the character U+0000.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let attachment = self.attachment.as_ref();
        let html = self.html.as_deref().unwrap_or_default();
        let (name, file) = attachment.map_or(("", ""), |it| (&it.name, &it.text));
        let bodies = self.text.len() + html.len();
        let lengths = [
            (self.to.len(), LINE),
            (self.subject.len(), LINE),
            (bodies, BODIES),
            (file.len(), FILE),
            (name.len(), NAME),
        ];
        let texts = [&self.to, &self.subject, &self.text, html, name, file];
        if lengths.iter().any(|(length, most)| length > most) {
            let text = "a mail is longer than can be kept".to_owned();
            return Err(StoreError::Broken(text));
        }
        if texts.iter().any(|text| text.contains('\0')) {
            let text = "a mail holds the character U+0000".to_owned();
            return Err(StoreError::Broken(text));
        }
        Ok(())
    }

    /// About how many bytes it puts on the wire.
    pub(crate) fn size(&self) -> usize {
        let attachment = self.attachment.as_ref();
        let file = attachment.map_or(0, |it| it.name.len() + it.text.len());
        let html = self.html.as_ref().map_or(0, String::len);
        self.to.len() + self.subject.len() + self.text.len() + html + file
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("effect_id", &self.effect_id)
            .finish_non_exhaustive()
    }
}

/// A mail that is ours to send until its lease runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// Whose it is.
    pub tenant: TenantId,
    /// What to send.
    pub mail: Mail,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// When it was asked for.
    pub enqueued_at: DateTime<Utc>,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// To be sent.
    Waiting,
    /// A server took it.
    Sent,
    /// Nobody will try again.
    GivenUp,
}

/// A mail as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMail {
    /// Whose it is.
    pub tenant: TenantId,
    /// The mail.
    pub mail: Mail,
    /// Where it stands.
    pub state: MailState,
    /// When it was asked for.
    pub enqueued_at: DateTime<Utc>,
    /// When a server took it, or it was given up; none while it waits.
    pub finished_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub attempts: i32,
    /// What was wrong the last time; none when nothing was.
    pub last_error: Option<String>,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many mails.
    pub mails: i64,
    /// Since when the oldest of them is due; none when none is.
    pub due_since: Option<DateTime<Utc>>,
    /// How many were given up and are still kept.
    pub given_up: i64,
}

/// A row of the table, in the order of [`COLUMNS`].
#[derive(Debug, FromRow)]
pub(super) struct MailRow {
    tenant_id: Uuid,
    effect_id: Uuid,
    recipient: String,
    subject: String,
    body_text: String,
    body_html: Option<String>,
    attachment_name: Option<String>,
    attachment_text: Option<String>,
    state: String,
    enqueued_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    attempts: i32,
    last_error: Option<String>,
}

/// The columns of a row, of the table `m`.
pub(super) const COLUMNS: &str = "m.tenant_id, m.effect_id, m.recipient, m.subject, m.body_text, \
    m.body_html, m.attachment_name, m.attachment_text, m.state, m.enqueued_at, m.finished_at, \
    m.expires_at, m.attempts, m.last_error";
/// The condition for mails of the tenant `$1` to one of the addresses `$2`, which are in lower case: with
/// or without a name before them.
pub(super) const TO_ONE_OF: &str = "m.tenant_id = $1 and exists ( \
    select from unnest($2::text[]) as a (address) where lower(m.recipient) = a.address \
      or position('<' || a.address || '>' in lower(m.recipient)) > 0)";

impl MailRow {
    pub(super) fn kept(self) -> KeptMail {
        let state = match self.state.as_str() {
            "waiting" => MailState::Waiting,
            "sent" => MailState::Sent,
            _ => MailState::GivenUp,
        };
        KeptMail {
            tenant: TenantId(self.tenant_id),
            mail: Mail {
                effect_id: self.effect_id,
                to: self.recipient,
                subject: self.subject,
                text: self.body_text,
                html: self.body_html,
                attachment: self
                    .attachment_name
                    .zip(self.attachment_text)
                    .map(|(name, text)| Attachment { name, text }),
                expires_at: self.expires_at,
            },
            state,
            enqueued_at: self.enqueued_at,
            finished_at: self.finished_at,
            attempts: self.attempts,
            last_error: self.last_error,
        }
    }
}

impl From<KeptMail> for ClaimedMail {
    fn from(kept: KeptMail) -> Self {
        Self {
            tenant: kept.tenant,
            mail: kept.mail,
            attempt: kept.attempts,
            enqueued_at: kept.enqueued_at,
        }
    }
}

//! `daybook mail`: mails that are kept, with what they say.

use clap::Args;
use daybook_store::{KeptMail, MailState};
use uuid::Uuid;

use super::run::Given;
use crate::failure::Failure;

/// Lists the newest mails, or shows one. Without `DAYBOOK_SMTP_URL` this is where mails go: links
/// for verification, password resets and invitations are read here.
#[derive(Debug, Args)]
pub(super) struct Mail {
    /// Show this mail; the list says how each is called
    #[arg(value_name = "ID", conflicts_with = "last")]
    id: Option<Uuid>,
    /// Show the newest mail
    #[arg(long)]
    last: bool,
    /// Only mails to addresses that hold this text
    #[arg(long, value_name = "TEXT")]
    to: Option<String>,
    /// How many to list
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
}

impl Mail {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let console = given.console.clone();
        let text = given
            .with_sealed_store(|store| async move {
                let outbox = store.outbox();
                if let Some(id) = self.id {
                    let found = outbox.find(id).await?;
                    let missing = || Failure::failed(format!("no mail is called {id}"));
                    return Ok(shown(&found.ok_or_else(missing)?));
                }
                let to = self.to.as_deref();
                if self.last {
                    let newest = outbox.newest(to, 1).await?;
                    let none = || Failure::failed("no mail is kept");
                    return Ok(shown(newest.first().ok_or_else(none)?));
                }
                Ok(listed(&outbox.newest(to, self.limit.into()).await?))
            })
            .await?;
        console.result(text);
        Ok(())
    }
}

fn listed(mails: &[KeptMail]) -> String {
    if mails.is_empty() {
        return "no mail is kept".to_owned();
    }
    let line = |kept: &KeptMail| {
        let attempts = match kept.attempts {
            0 => String::new(),
            attempts => format!(", tried {attempts} times"),
        };
        let error = kept.last_error.as_deref().map(|error| format!(": {error}"));
        format!(
            "{} {} {}{attempts}{}\n    to {}: {}",
            kept.mail.effect_id,
            kept.enqueued_at.format("%Y-%m-%d %H:%M:%S"),
            state(kept.state),
            error.unwrap_or_default(),
            plain(&kept.mail.to),
            plain(&kept.mail.subject)
        )
    };
    mails.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn shown(kept: &KeptMail) -> String {
    let file = kept.mail.attachment.as_ref();
    let file = file.map(|it| format!("\n\n[{}]\n{}", plain(&it.name), plain(it.text.trim_end())));
    format!(
        "Id: {}\nState: {}\nDate: {}\nTo: {}\nSubject: {}\n\n{}{}",
        kept.mail.effect_id,
        state(kept.state),
        kept.enqueued_at.to_rfc2822(),
        plain(&kept.mail.to),
        plain(&kept.mail.subject),
        plain(kept.mail.text.trim_end()),
        file.unwrap_or_default()
    )
}

fn state(state: MailState) -> &'static str {
    match state {
        MailState::Waiting => "waiting",
        MailState::Sent => "sent",
        MailState::GivenUp => "given up",
    }
}

/// Whoever wrote it must not steer the reader's terminal.
fn plain(text: &str) -> String {
    let keep = |c: &char| !c.is_control() || *c == '\n';
    text.chars().filter(keep).collect()
}

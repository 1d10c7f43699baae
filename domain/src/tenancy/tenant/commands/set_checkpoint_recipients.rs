//! Says who gets the tenant's checkpoints by mail.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::events::{CheckpointRecipientsSet, TenantEvent};
use super::super::limits::MAX_RECIPIENTS;
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Decision, Email, FieldError};

/// Replaces the list; an empty one mails nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCheckpointRecipients {
    /// The new list, an identity that nothing else has.
    pub list_id: Uuid,
    /// Addresses; one that comes twice counts once.
    pub recipients: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for SetCheckpointRecipients {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let profile = tenant.writable()?;
        let recipients = parsed(&self.recipients)?;
        if recipients.len() > MAX_RECIPIENTS {
            return Err(Refusal::TooManyRecipients);
        }
        if recipients == profile.checkpoint_recipients {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::CheckpointRecipientsSet(
            CheckpointRecipientsSet {
                list_id: self.list_id,
                recipients,
                at: self.at,
            },
        )])
    }
}

/// Each once, in the order in which they come.
fn parsed(texts: &[String]) -> Result<Vec<Email>, FieldError> {
    let mut recipients: Vec<Email> = Vec::new();
    for text in texts {
        let email = Email::parse("recipients", text)?;
        let is_there = |it: &Email| it.compared() == email.compared();
        if !recipients.iter().any(is_there) {
            recipients.push(email);
        }
    }
    Ok(recipients)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, checkpoint_recipients_set, founded, refuses_unless_active,
    };
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command(recipients: &[&str]) -> SetCheckpointRecipients {
        SetCheckpointRecipients {
            list_id: Uuid::from_u128(13),
            recipients: recipients.iter().map(|&text| text.to_owned()).collect(),
            at: at(13),
        }
    }

    const LIST: [&str; 2] = ["Ada@auditor.example", "books@acme.example"];

    #[test]
    fn sets_the_list() {
        given(&[founded()])
            .when(&command(&LIST))
            .then(&[checkpoint_recipients_set()]);
    }

    #[test]
    fn takes_an_address_that_comes_twice_once() {
        let twice = [
            "Ada@auditor.example",
            "books@acme.example",
            "ada@AUDITOR.example",
        ];
        given(&[founded()])
            .when(&command(&twice))
            .then(&[checkpoint_recipients_set()]);
    }

    #[test]
    fn clears_the_list() {
        let cleared = CheckpointRecipientsSet {
            list_id: Uuid::from_u128(13),
            recipients: Vec::new(),
            at: at(13),
        };
        given(&[founded(), checkpoint_recipients_set()])
            .when(&command(&[]))
            .then(&[TenantEvent::CheckpointRecipientsSet(cleared)]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        given(&[founded(), checkpoint_recipients_set()])
            .when(&command(&LIST))
            .then(&[]);
        given(&[founded()]).when(&command(&[])).then(&[]);
    }

    #[test]
    fn refuses_what_is_no_address_and_too_many() {
        let tenant = given::<Tenant>(&[founded()]).state();
        let refused = command(&["nobody"]).decide(&tenant).unwrap_err();
        assert_eq!(refused.field(), "recipients");
        let many: Vec<String> = (0..=MAX_RECIPIENTS)
            .map(|n| format!("a{n}@acme.example"))
            .collect();
        let many = SetCheckpointRecipients {
            recipients: many,
            ..command(&[])
        };
        assert_eq!(many.decide(&tenant), Err(Refusal::TooManyRecipients));
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(&LIST), &[founded()]);
    }
}

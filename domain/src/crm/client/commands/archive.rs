//! Archive a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Archived, Client, ClientEvent, Status};
use crate::kernel::{Command, Decision, Text};

/// Puts the client's record away: no new documents, no changes. Documents already made out to it
/// go on: they can be paid and credited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Archive {
    /// Why, at most 500 characters.
    pub reason: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Archive {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let profile = client.profile()?;
        let limits = Text {
            field: "reason",
            max: 500,
        };
        let reason = self.reason.as_ref().map(|text| limits.line(text));
        let archived = Archived {
            reason: reason.transpose()?,
            at: self.at,
        };
        match profile.status {
            Status::Active | Status::Inactive => Ok(vec![ClientEvent::Archived(archived)]),
            Status::Archived => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::Refusal;
    use crate::crm::client::fixtures::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn archive() -> Archive {
        Archive {
            reason: Some("out of business".to_owned()),
            at: at(),
        }
    }

    #[test]
    fn archives_an_active_or_inactive_client() {
        for past in [
            vec![registered()],
            vec![registered(), deactivated()],
            vec![registered(), archived(), reactivated()],
        ] {
            let client = given(&past).when(&archive()).then(&[archived()]);
            assert!(!client.facts().unwrap().may_take_documents());
        }
    }

    #[test]
    fn archiving_again_changes_nothing() {
        given(&[registered(), archived()])
            .when(&archive())
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_client() {
        given(&[]).when(&archive()).refuses(&Refusal::Unknown);
    }

    #[test]
    fn refuses_an_empty_reason() {
        let command = Archive {
            reason: Some(String::new()),
            at: at(),
        };
        given(&[registered()])
            .when(&command)
            .refuses(&FieldError::Empty { field: "reason" }.into());
    }
}

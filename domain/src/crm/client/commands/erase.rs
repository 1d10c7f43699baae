//! Erase a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Client, ClientEvent, Erased, Refusal};
use crate::kernel::{Command, Decision};

/// Ends what is known of a client, whatever its status. Goes through together with the erasure of
/// its data subject, which decides whether that may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Erase {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        match client {
            Client::Unknown => Err(Refusal::Unknown),
            Client::Registered(_) => Ok(vec![ClientEvent::Erased(Erased { at: self.at })]),
            Client::Erased => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{archived, at, erased, registered};
    use crate::crm::client::{AddNote, Reactivate};
    use crate::kernel::testing::given;
    use crate::kernel::{MemberId, NoteId};

    fn command() -> Erase {
        Erase { at: at() }
    }

    #[test]
    fn erases_in_every_status() {
        for past in [vec![registered()], vec![registered(), archived()]] {
            given(&past).when(&command()).then(&[erased()]);
        }
    }

    #[test]
    fn erasing_again_changes_nothing() {
        given(&[registered(), erased()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_an_unknown_client() {
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }

    #[test]
    fn an_erased_client_is_one_that_never_was() {
        let past = [registered(), erased()];
        let reactivate = Reactivate { at: at() };
        given(&past).when(&reactivate).refuses(&Refusal::Unknown);
        let note = AddNote {
            note_id: NoteId::default(),
            text: "calls again".to_owned(),
            author: Some(MemberId::default()),
            at: at(),
        };
        given(&past).when(&note).refuses(&Refusal::Unknown);
        assert_eq!(given::<Client>(&past).state().facts(), None);
    }
}

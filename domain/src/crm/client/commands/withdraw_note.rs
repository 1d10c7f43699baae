//! Withdraw a note from a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Client, ClientEvent, NoteWithdrawn, Refusal};
use crate::kernel::{Command, Decision, NoteId};

/// Takes a note back, from an archived client too: what was noted by mistake is not shown any
/// more. That it was noted stays in the history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WithdrawNote {
    /// Which note.
    pub note_id: NoteId,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for WithdrawNote {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let profile = client.profile()?;
        if !profile.notes.contains(&self.note_id) {
            return Err(Refusal::NoteUnknown);
        }
        if profile.withdrawn_notes.contains(&self.note_id) {
            return Ok(vec![]);
        }
        Ok(vec![ClientEvent::NoteWithdrawn(NoteWithdrawn {
            note_id: self.note_id,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::crm::client::fixtures::*;
    use crate::kernel::testing::given;

    fn withdraw(id: u128) -> WithdrawNote {
        WithdrawNote {
            note_id: NoteId(Uuid::from_u128(id)),
            at: at(),
        }
    }

    #[test]
    fn withdraws_a_note_from_an_archived_client_too() {
        given(&[registered(), note_added(1)])
            .when(&withdraw(1))
            .then(&[note_withdrawn(1)]);
        given(&[registered(), note_added(1), archived()])
            .when(&withdraw(1))
            .then(&[note_withdrawn(1)]);
    }

    #[test]
    fn withdrawing_it_again_changes_nothing() {
        given(&[registered(), note_added(1), note_withdrawn(1)])
            .when(&withdraw(1))
            .then(&[]);
    }

    #[test]
    fn refuses_a_note_that_was_never_there() {
        given(&[registered(), note_added(1)])
            .when(&withdraw(2))
            .refuses(&Refusal::NoteUnknown);
    }

    #[test]
    fn refuses_an_unknown_client() {
        given(&[]).when(&withdraw(1)).refuses(&Refusal::Unknown);
    }
}

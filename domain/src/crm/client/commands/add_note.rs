//! Add a note to a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Client, ClientEvent, MAX_NOTES, NoteAdded, Refusal};
use crate::kernel::{Command, Decision, MemberId, NoteId, Text};

/// Adds a note, to an archived client too. A note is never changed;
/// one that was added by mistake is withdrawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AddNote {
    /// Its id, new.
    pub note_id: NoteId,
    /// At most 10,000 characters, on several lines if need be.
    pub text: String,
    /// The member who wrote it; none when a program did.
    pub author: Option<MemberId>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for AddNote {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let notes = &client.profile()?.notes;
        let limits = Text {
            field: "text",
            max: 10_000,
        };
        let text = limits.lines(&self.text)?;
        if notes.contains(&self.note_id) {
            return Ok(vec![]);
        }
        if notes.len() >= MAX_NOTES {
            return Err(Refusal::TooManyNotes { max: MAX_NOTES });
        }
        Ok(vec![ClientEvent::NoteAdded(NoteAdded {
            note_id: self.note_id,
            text,
            author: self.author,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::crm::client::fixtures::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn add(id: u128) -> AddNote {
        AddNote {
            note_id: NoteId(Uuid::from_u128(id)),
            text: " Prefers mail.\n".to_owned(),
            author: Some(MemberId(Uuid::from_u128(10))),
            at: at(),
        }
    }

    #[test]
    fn adds_a_note() {
        given(&[registered()]).when(&add(1)).then(&[note_added(1)]);
    }

    #[test]
    fn adds_a_note_to_an_archived_client() {
        given(&[registered(), archived()])
            .when(&add(1))
            .then(&[note_added(1)]);
    }

    #[test]
    fn adding_the_same_note_again_changes_nothing() {
        given(&[registered(), note_added(1)])
            .when(&add(1))
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_client() {
        given(&[]).when(&add(1)).refuses(&Refusal::Unknown);
    }

    #[test]
    fn refuses_an_empty_or_overlong_text() {
        let empty = AddNote {
            text: " \n".to_owned(),
            ..add(1)
        };
        let field = "text";
        given(&[registered()])
            .when(&empty)
            .refuses(&FieldError::Empty { field }.into());
        let long = AddNote {
            text: "x".repeat(10_001),
            ..add(1)
        };
        let max = 10_000;
        given(&[registered()])
            .when(&long)
            .refuses(&FieldError::TooLong { field, max }.into());
    }

    #[test]
    fn refuses_more_notes_than_there_may_be() {
        let past: Vec<_> = [registered()]
            .into_iter()
            .chain((1..=5_000).map(note_added))
            .collect();
        given(&past)
            .when(&add(5_001))
            .refuses(&Refusal::TooManyNotes { max: 5_000 });
    }
}

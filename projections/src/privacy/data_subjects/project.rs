//! How a data subject's row follows from its events. Whom nothing was done to has none.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::DataSubjectId;
use daybook_domain::privacy::data_subject::{Basis, DataSubjectEvent, Subject, SubjectKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// What was done with the data of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSubjectRow {
    /// Its stream.
    pub id: DataSubjectId,
    /// As what we know the person.
    pub kind: SubjectKind,
    /// The client, the member or the user.
    pub subject_id: Uuid,
    /// Where it stands.
    pub status: Status,
    /// Why the data must be kept; none when it need not.
    pub hold_reason: Option<String>,
    /// Since when it must be kept.
    pub held_at: Option<DateTime<Utc>>,
    /// When it was last handed out.
    pub exported_at: Option<DateTime<Utc>>,
    /// Why the person was erased.
    pub basis: Option<Basis>,
    /// When that was decided.
    pub erased_at: Option<DateTime<Utc>>,
    /// When it was carried out.
    pub forgotten_at: Option<DateTime<Utc>>,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// The tenant's position at which it changed last.
    pub position: i64,
}

/// Where the data of a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Kept like any other.
    None,
    /// Must be kept.
    Held,
    /// Erased; it is being carried out.
    Erasing,
    /// Erased, and nothing is left.
    Erased,
}

/// The read model of data subjects.
#[derive(Debug)]
pub enum DataSubjects {}

impl ReadModel for DataSubjects {
    type Event = DataSubjectEvent;
    type Row = DataSubjectRow;
    type Key = DataSubjectId;
    const TABLE: &'static str = "privacy_data_subjects";
    const KEY: &'static [&'static str] = &["id"];

    fn key(row: &DataSubjectRow) -> DataSubjectId {
        row.id
    }

    fn keys(_: &DataSubjectEvent, envelope: &Envelope) -> Vec<DataSubjectId> {
        vec![DataSubjectId(envelope.stream_id)]
    }

    fn apply(
        row: &mut Option<DataSubjectRow>,
        id: &DataSubjectId,
        event: &DataSubjectEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        let row = match event {
            DataSubjectEvent::Held(held) => {
                let row = begun(row, (*id, held.subject));
                row.status = Status::Held;
                row.hold_reason = Some(held.reason.clone());
                row.held_at = Some(held.at);
                row
            }
            DataSubjectEvent::Released(_) => {
                let row = existing(row)?;
                row.status = Status::None;
                row.end_hold();
                row
            }
            DataSubjectEvent::Exported(exported) => {
                let row = begun(row, (*id, exported.subject));
                row.exported_at = Some(exported.at);
                row
            }
            DataSubjectEvent::Erased(erased) => {
                let row = begun(row, (*id, erased.subject));
                row.status = Status::Erasing;
                row.basis = Some(erased.basis);
                row.erased_at = Some(erased.at);
                row.end_hold();
                row
            }
            DataSubjectEvent::Forgotten(forgotten) => {
                let row = existing(row)?;
                row.status = Status::Erased;
                row.forgotten_at = Some(forgotten.at);
                row
            }
        };
        row.version = envelope.version;
        row.position = envelope.position;
        Ok(())
    }
}

impl DataSubjectRow {
    fn end_hold(&mut self) {
        self.hold_reason = None;
        self.held_at = None;
    }
}

/// The row, which begins with whatever is done first.
fn begun(
    row: &mut Option<DataSubjectRow>,
    (id, subject): (DataSubjectId, Subject),
) -> &mut DataSubjectRow {
    row.get_or_insert_with(|| DataSubjectRow {
        id,
        kind: subject.kind,
        subject_id: subject.id,
        status: Status::None,
        hold_reason: None,
        held_at: None,
        exported_at: None,
        basis: None,
        erased_at: None,
        forgotten_at: None,
        version: 0,
        position: 0,
    })
}

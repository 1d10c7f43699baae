//! A person about whom something is kept.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ClientId, MemberId, UserId};
use daybook_domain::privacy::data_subject;
use daybook_projections::privacy::data_subjects::{self, DataSubjectRow};
use serde::Serialize;

use crate::fault::{Code, Fault};
use crate::graphql::{decode_id, encode_id};

/// As what a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "data_subject::SubjectKind")]
pub enum DataSubjectKind {
    /// A client of the tenant.
    Client,
    /// A member of the tenant.
    Member,
    /// The caller, as a user of the platform.
    User,
}

/// Where the data of a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "data_subjects::Status")]
pub enum DataSubjectStatus {
    /// Kept like any other.
    None,
    /// Under a legal hold: nobody erases it.
    Held,
    /// Erased; it is being carried out, which takes seconds.
    Erasing,
    /// Erased: nothing is left, and nothing brings it back.
    Erased,
}

/// The legal basis of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "data_subject::Basis")]
pub enum ErasureBasis {
    /// The person asked for it.
    Request,
    /// The person withdrew the consent on which the data was kept.
    ConsentWithdrawn,
    /// The person objects to the processing.
    Objection,
    /// What the data was collected for is done.
    NoLongerNeeded,
    /// The data should never have been kept.
    UnlawfulProcessing,
    /// A law or an authority demands it.
    LegalObligation,
    /// The term of the tenant's retention policy is over.
    RetentionOver,
}

/// What was done with the data of a person: a client, a member, or one's own account. Holds none
/// of that data.
#[derive(Debug, Clone, SimpleObject)]
pub struct DataSubject {
    /// Its id.
    pub(crate) id: ID,
    /// The id of the client, the member or the user.
    subject_id: ID,
    /// As what the person is known.
    kind: DataSubjectKind,
    /// Where the data stands.
    status: DataSubjectStatus,
    /// Why it must be kept; null when it need not.
    hold_reason: Option<String>,
    /// Since when it must be kept; null when it need not.
    held_at: Option<DateTime<Utc>>,
    /// When it was last handed out; null when it never was.
    exported_at: Option<DateTime<Utc>>,
    /// Why the person was erased; null when they were not.
    basis: Option<ErasureBasis>,
    /// When that was decided; null when it was not.
    erased_at: Option<DateTime<Utc>>,
    /// When it was carried out; null until then.
    forgotten_at: Option<DateTime<Utc>>,
    /// Its version, for `expectedVersion`; 0 when nothing was ever done.
    version: i64,
}

impl From<DataSubjectRow> for DataSubject {
    fn from(row: DataSubjectRow) -> Self {
        let subject = data_subject::Subject {
            kind: row.kind,
            id: row.subject_id,
        };
        Self {
            status: row.status.into(),
            hold_reason: row.hold_reason,
            held_at: row.held_at,
            exported_at: row.exported_at,
            basis: row.basis.map(Into::into),
            erased_at: row.erased_at,
            forgotten_at: row.forgotten_at,
            version: row.version,
            ..Self::untouched(subject)
        }
    }
}

impl DataSubject {
    /// Somebody to whose data nothing was ever done.
    pub(super) fn untouched(subject: data_subject::Subject) -> Self {
        Self {
            id: encode_id(subject.stream()),
            subject_id: encode_subject(subject),
            kind: subject.kind.into(),
            status: DataSubjectStatus::None,
            hold_reason: None,
            held_at: None,
            exported_at: None,
            basis: None,
            erased_at: None,
            forgotten_at: None,
            version: 0,
        }
    }
}

/// The global id of the client, the member or the user.
fn encode_subject(subject: data_subject::Subject) -> ID {
    match subject.kind {
        data_subject::SubjectKind::Client => encode_id(ClientId(subject.id)),
        data_subject::SubjectKind::Member => encode_id(MemberId(subject.id)),
        data_subject::SubjectKind::User => encode_id(UserId(subject.id)),
    }
}

/// The person behind the id of a client, a member or a user.
///
/// # Errors
/// `BAD_USER_INPUT` when it is the id of nothing like that.
pub(super) fn decode_subject(id: &ID) -> Result<data_subject::Subject, Fault> {
    if let Ok(client) = decode_id::<ClientId>(id) {
        return Ok(client.into());
    }
    if let Ok(member) = decode_id::<MemberId>(id) {
        return Ok(member.into());
    }
    if let Ok(user) = decode_id::<UserId>(id) {
        return Ok(user.into());
    }
    let text = "this needs the id of a client, a member or a user";
    Err(Fault::new(Code::BadUserInput, text))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn reads_the_ids_of_people_and_nothing_else() {
        let id = Uuid::from_u128(7);
        for subject in [
            data_subject::Subject::from(ClientId(id)),
            MemberId(id).into(),
            UserId(id).into(),
        ] {
            let text = encode_subject(subject);
            assert_eq!(decode_subject(&text).unwrap(), subject);
        }
        let invoice = encode_id(daybook_domain::kernel::InvoiceId(id));
        for nobody in [invoice, ID("client_".to_owned()), ID(String::new())] {
            assert!(decode_subject(&nobody).is_err(), "{nobody:?}");
        }
    }
}

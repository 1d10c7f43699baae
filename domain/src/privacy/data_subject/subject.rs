//! Who is the person, to us?

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::{ClientId, DataSubjectId, MemberId, UserId};

/// As what we know a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A client of the tenant.
    Client,
    /// A member of the tenant.
    Member,
    /// A user of the platform.
    User,
}

/// A person, as what we know them. One who is several of these is several subjects: each tenant
/// answers for what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// As what.
    pub kind: SubjectKind,
    /// The stream of the client, the member or the user, under whose key the personal fields are.
    pub id: Uuid,
}

impl From<ClientId> for Subject {
    fn from(id: ClientId) -> Self {
        Self {
            kind: SubjectKind::Client,
            id: id.0,
        }
    }
}

impl From<MemberId> for Subject {
    fn from(id: MemberId) -> Self {
        Self {
            kind: SubjectKind::Member,
            id: id.0,
        }
    }
}

impl From<UserId> for Subject {
    fn from(id: UserId) -> Self {
        Self {
            kind: SubjectKind::User,
            id: id.0,
        }
    }
}

impl Subject {
    /// Its one stream.
    pub fn stream(self) -> DataSubjectId {
        data_subject_id(self.id)
    }
}

/// The one stream of the data subject behind a client, a member or a user.
pub fn data_subject_id(subject: Uuid) -> DataSubjectId {
    DataSubjectId(Uuid::new_v5(&subject, b"privacy.data_subject"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subject_has_one_stream_which_is_not_its_own() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(data_subject_id(one), data_subject_id(one));
        assert_ne!(data_subject_id(one), data_subject_id(two));
        assert_ne!(data_subject_id(one).0, one);
        assert_eq!(Subject::from(ClientId(one)).stream(), data_subject_id(one));
    }
}

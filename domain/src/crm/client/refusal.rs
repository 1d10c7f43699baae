//! Why a command on a client is turned down.

use thiserror::Error;

use super::events::EXTERNAL_ID;
use crate::crm::fields::FieldFault;
use crate::kernel::{self, FieldError, Settlement};

/// A rule about clients said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A custom field does not take its value.
    #[error("custom field {key:?} {fault}")]
    CustomField {
        /// Which one.
        key: String,
        /// Why.
        fault: FieldFault,
    },
    /// There is no such client.
    #[error("there is no such client")]
    Unknown,
    /// The id belongs to a client already.
    #[error("the client is registered already with other details; change them instead")]
    AlreadyRegistered,
    /// The client is put away.
    #[error("the client is archived; reactivate it first")]
    Archived,
    /// Another client has the external id.
    #[error("another client has the external id {value:?}; use that client or choose another id")]
    ExternalIdTaken {
        /// The external id.
        value: String,
    },
    /// The client has no such note.
    #[error("the client has no such note")]
    NoteUnknown,
    /// As many notes as there may be, withdrawn ones included.
    #[error("the client has had {max} notes; no more can be added")]
    TooManyNotes {
        /// The most there may be.
        max: usize,
    },
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::CustomField { .. } => "CUSTOM_FIELD_INVALID",
            Self::Unknown => "CLIENT_NOT_FOUND",
            Self::AlreadyRegistered => "CLIENT_ALREADY_REGISTERED",
            Self::Archived => "CLIENT_ARCHIVED",
            Self::ExternalIdTaken { .. } => "EXTERNAL_ID_TAKEN",
            Self::NoteUnknown => "NOTE_NOT_FOUND",
            Self::TooManyNotes { .. } => "TOO_MANY_NOTES",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::CustomField { .. } => "values",
            Self::ExternalIdTaken { .. } => "externalId",
            Self::Unknown
            | Self::AlreadyRegistered
            | Self::Archived
            | Self::NoteUnknown
            | Self::TooManyNotes { .. } => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed { scope, value } if *scope == EXTERNAL_ID => {
                Some(Self::ExternalIdTaken {
                    value: value.clone(),
                })
            }
            Settlement::Claimed { .. } | Settlement::Limited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn a_lost_claim_names_the_external_id() {
        let claimed = |scope| Settlement::Claimed {
            scope,
            value: "17850".to_owned(),
        };
        let refusal = Refusal::unsettled(&claimed(EXTERNAL_ID)).unwrap();
        assert_eq!(refusal.code(), "EXTERNAL_ID_TAKEN");
        assert_eq!(refusal.field(), "externalId");
        assert!(refusal.to_string().contains("17850"));
        assert_eq!(Refusal::unsettled(&claimed("other.scope")), None);
    }
}

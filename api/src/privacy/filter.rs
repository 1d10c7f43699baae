//! Which consents and data subjects lists show.

use async_graphql::{ID, InputObject};
use daybook_projections::privacy::consents::Filter;
use daybook_projections::privacy::data_subjects;

use super::consent::ConsentStatus;
use super::data_subject::{DataSubjectKind, DataSubjectStatus};
use crate::fault::Fault;
use crate::graphql::{bounded, decode_id};

/// Which consents are wanted: those that meet every condition that is given.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ConsentFilter {
    /// Of one of these clients.
    client_id_in: Option<Vec<ID>>,
    /// For one of these purposes.
    purpose_in: Option<Vec<String>>,
    /// In one of these statuses.
    status_in: Option<Vec<ConsentStatus>>,
}

impl ConsentFilter {
    /// The read model's filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long or holds ids of another kind.
    pub(super) fn read(self) -> Result<Filter, Fault> {
        let clients = bounded(self.client_id_in)?.unwrap_or_default();
        let statuses = bounded(self.status_in)?.unwrap_or_default();
        Ok(Filter {
            clients: clients.iter().map(decode_id).collect::<Result<_, _>>()?,
            purposes: bounded(self.purpose_in)?.unwrap_or_default(),
            statuses: statuses.into_iter().map(Into::into).collect(),
        })
    }
}

/// Which data subjects are wanted: those that meet every condition that is given.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DataSubjectFilter {
    /// Known as one of these.
    kind_in: Option<Vec<DataSubjectKind>>,
    /// In one of these statuses.
    status_in: Option<Vec<DataSubjectStatus>>,
}

impl DataSubjectFilter {
    /// The read model's filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long.
    pub(super) fn read(self) -> Result<data_subjects::Filter, Fault> {
        let kinds = bounded(self.kind_in)?.unwrap_or_default();
        let statuses = bounded(self.status_in)?.unwrap_or_default();
        Ok(data_subjects::Filter {
            kinds: kinds.into_iter().map(Into::into).collect(),
            statuses: statuses.into_iter().map(Into::into).collect(),
        })
    }
}

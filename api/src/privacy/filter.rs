//! Which consents and data subjects lists show.

use async_graphql::{ID, InputObject};
use daybook_projections::privacy::consents::Filter;
use daybook_projections::privacy::data_subjects;

use super::consent::ConsentStatus;
use super::data_subject::{DataSubjectKind, DataSubjectStatus};
use crate::fault::Fault;
use crate::graphql::{converted, decoded};

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
        Ok(Filter {
            clients: decoded(self.client_id_in)?.unwrap_or_default(),
            purposes: converted(self.purpose_in)?,
            statuses: converted(self.status_in)?,
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
        Ok(data_subjects::Filter {
            kinds: converted(self.kind_in)?,
            statuses: converted(self.status_in)?,
        })
    }
}

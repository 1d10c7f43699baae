//! What clients agreed to, and what became of data subjects.

pub mod about;
pub mod addresses;
pub mod consents;
pub mod data_subjects;
pub mod recipients;
pub mod retention;

use std::sync::Arc;

use daybook_domain::privacy::consent::Consent;
use daybook_domain::privacy::data_subject::{DataSubject, DataSubjectEvent};
use daybook_domain::privacy::retention::Retention;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of consents.
pub const CONSENTS: &str = "privacy.consents";
/// The projection of data subjects.
pub const DATA_SUBJECTS: &str = "privacy.data_subjects";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Consent>(CONSENTS, 1)
            .table::<consents::Consents>()
            .build(),
        Definition::<DataSubjectEvent>::of_data_subjects(DATA_SUBJECTS, 1)
            .table::<data_subjects::DataSubjects>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![
        Folds::of::<Consent>(),
        Folds::of::<DataSubject>(),
        Folds::of::<Retention>(),
    ]
}

//! What clients agreed to.

pub mod consents;

use std::sync::Arc;

use daybook_domain::privacy::consent::Consent;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of consents.
pub const CONSENTS: &str = "privacy.consents";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Consent>(CONSENTS, 1)
            .table::<consents::Consents>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![Folds::of::<Consent>()]
}

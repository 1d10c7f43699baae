//! What was taken out of the history.

pub mod exports;

use std::sync::Arc;

use daybook_domain::audit::export::Export;
use daybook_domain::audit::seal::Seal;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of exports.
pub const EXPORTS: &str = "audit.exports";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Export>(EXPORTS, 1)
            .table::<exports::Exports>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![Folds::of::<Export>(), Folds::of::<Seal>()]
}

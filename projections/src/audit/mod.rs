//! What was taken out of the history.

pub mod exports;

use std::sync::Arc;

use daybook_domain::audit::export::Export;

use crate::engine::{Definition, Projection};

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

//! What clients agreed to.

pub mod consents;

use std::sync::Arc;

use daybook_domain::privacy::consent::Consent;

use crate::engine::{Definition, Projection};

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

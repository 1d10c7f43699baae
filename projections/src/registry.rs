//! Which projections are there?

use std::sync::Arc;

use crate::engine::Projection;
use crate::{audit, crm, identity, invoicing, privacy, tenancy};

/// Every projection, by context.
pub fn all() -> Vec<Arc<Projection>> {
    [
        identity::projections(),
        tenancy::projections(),
        crm::projections(),
        invoicing::projections(),
        privacy::projections(),
        audit::projections(),
    ]
    .concat()
}

/// The projection of this name.
pub fn find(name: &str) -> Option<Arc<Projection>> {
    all()
        .into_iter()
        .find(|projection| projection.name() == name)
}

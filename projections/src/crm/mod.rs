//! Clients, what was noted about them, and the custom fields a tenant declares for them.

pub mod clients;
pub mod fields;
pub mod notes;

use std::sync::Arc;

use daybook_domain::crm::client::Client;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of clients and their notes.
pub const CLIENTS: &str = "crm.clients";
/// The projection of custom fields.
pub const FIELDS: &str = "crm.fields";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Client>(CLIENTS, 1)
            .table::<clients::Clients>()
            .table::<notes::Notes>()
            .build(),
        Definition::of::<daybook_domain::crm::fields::FieldSet>(FIELDS, 1)
            .table::<fields::Fields>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![
        Folds::of::<Client>(),
        Folds::of::<daybook_domain::crm::fields::FieldSet>(),
    ]
}

//! Documents with their lines and payments, and the figures that follow from them: what each
//! client owes and since when, and what was earned where and when.
//!
//! All of it is one projection: balances, receivables and revenue sum up the rows of documents, so they agree
//! with them at every moment.

pub mod balances;
pub mod invoices;
pub mod lines;
pub mod payments;
pub mod receivables;
pub mod revenue;

use std::sync::Arc;

use daybook_domain::invoicing::invoice::Invoice;

use crate::engine::{Definition, Projection, summary};
use crate::past::Folds;

/// The projection of documents and everything that follows from them.
pub const INVOICES: &str = "invoicing.invoices";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Invoice>(INVOICES, 2)
            .summed::<invoices::Invoices>(vec![
                summary::<balances::Balances>(),
                summary::<receivables::Receivables>(),
                summary::<revenue::Revenue>(),
            ])
            .table::<lines::Lines>()
            .table::<payments::Payments>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![Folds::of::<Invoice>()]
}

//! The payments on an invoice.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_projections::invoicing::payments::PaymentRow;

use super::kinds::PaymentMethod;
use crate::graphql::{Date, Money, encode_id};

/// Money that came in for an invoice; never changed.
#[derive(Debug, Clone, SimpleObject)]
pub struct Payment {
    /// Its id.
    id: ID,
    /// How much; positive.
    amount: Money,
    /// The day it came in.
    received_on: Date,
    /// How it came in.
    method: PaymentMethod,
    /// The payer's reference.
    reference: Option<String>,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<PaymentRow> for Payment {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: encode_id(row.id),
            amount: Money::new(row.amount, row.currency),
            received_on: Date(row.received_on),
            method: row.method.into(),
            reference: row.reference,
            created_at: row.created_at,
        }
    }
}

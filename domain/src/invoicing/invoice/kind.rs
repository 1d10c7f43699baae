//! Which documents there are, where they stand and how they are paid.

use std::fmt::{self, Display};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a document does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Says what a client owes.
    #[default]
    Invoice,
    /// Takes back what was invoiced.
    CreditNote,
    /// Corrects the client's account, up or down.
    Adjustment,
}

impl Kind {
    /// What a total of this kind counts in the client's account and in revenue: 1 or −1 times.
    pub fn sign(self) -> Decimal {
        match self {
            Self::Invoice | Self::Adjustment => Decimal::ONE,
            Self::CreditNote => Decimal::NEGATIVE_ONE,
        }
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit note",
            Self::Adjustment => "adjustment",
        })
    }
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not sent; may change.
    #[default]
    Draft,
    /// Sent; nothing is paid.
    Sent,
    /// Sent; something is paid, something outstanding.
    PartiallyPaid,
    /// Nothing is outstanding.
    Paid,
    /// Something is outstanding past the due date.
    Overdue,
    /// A draft that was given up, or an invoice that was credited in full before any payment.
    Cancelled,
}

/// How a payment came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// By bank transfer.
    #[default]
    BankTransfer,
    /// By direct debit.
    DirectDebit,
    /// By credit or debit card.
    Card,
    /// In cash.
    Cash,
    /// By cheque.
    Cheque,
    /// In any other way.
    Other,
}

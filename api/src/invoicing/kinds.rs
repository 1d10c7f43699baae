//! Which documents there are, where they stand and how they are paid, in GraphQL's spelling.

use async_graphql::Enum;
use daybook_domain::invoicing::invoice::{Kind, PaymentMethod as Method, Status};
use serde::Serialize;

/// What a document does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "Kind")]
pub enum InvoiceKind {
    /// Says what a client owes.
    Invoice,
    /// Takes back all or part of what was invoiced.
    CreditNote,
    /// Corrects a client's account, up or down.
    Adjustment,
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "Status")]
pub enum InvoiceStatus {
    /// Not sent; may change.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "Method")]
pub enum PaymentMethod {
    /// By bank transfer.
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

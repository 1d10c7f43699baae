//! Why a command on a document is turned down.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use thiserror::Error;

use super::kind::Kind;
use super::line::LineFault;
use super::number::NUMBER;
use crate::kernel::{self, FieldError, Settlement};

/// A rule about documents said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A line is malformed.
    #[error("line {position}: {fault}")]
    Line {
        /// Its place in the document, the first being 1.
        position: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// There is no such document.
    #[error("there is no such document")]
    Unknown,
    /// The id belongs to another document.
    #[error("the document exists already with another content; choose another id")]
    Exists,
    /// The client is put away.
    #[error("the client is archived and takes no new documents; reactivate it first")]
    ClientArchived,
    /// The looked-up client is not the document's.
    #[error("the document is made out to another client")]
    ClientDiffers,
    /// Neither the document nor the client names a currency.
    #[error("no currency is named; name one, or set one in the client's billing details")]
    CurrencyMissing,
    /// It was sent.
    #[error("the document was sent and never changes; credit it instead")]
    SentIsFinal,
    /// It was cancelled.
    #[error("the document is cancelled")]
    Cancelled,
    /// It was not sent.
    #[error("the document is a draft; send it first")]
    NotSent,
    /// Only invoices are due, paid and credited.
    #[error(
        "the document is no invoice but of kind {kind}; only invoices are due, paid or credited"
    )]
    NotAnInvoice {
        /// What it is.
        kind: Kind,
    },
    /// Nothing to send.
    #[error("the document has no lines; add one first")]
    NoLines,
    /// As many lines as there may be.
    #[error("a document has at most {max} lines")]
    TooManyLines {
        /// The most there may be.
        max: usize,
    },
    /// The document has no such line.
    #[error("the document has no such line")]
    LineUnknown,
    /// A sum is too large.
    #[error("the amount is more than 100,000,000,000,000")]
    AmountTooLarge,
    /// An invoice or a credit note of nothing or less.
    #[error("the total is {total}, and only adjustments may have a total that is not positive")]
    TotalNotPositive {
        /// The total.
        total: Decimal,
    },
    /// Due before it was issued.
    #[error("the due date {due_on} is before the issue date {issued_on}")]
    DueBeforeIssue {
        /// The issue date.
        issued_on: NaiveDate,
        /// The due date.
        due_on: NaiveDate,
    },
    /// The tenant numbers by hand and gave none.
    #[error("the document needs a number, since numbers are given by hand here")]
    NumberMissing,
    /// The tenant's numbers are drawn and one was given.
    #[error("numbers are drawn here; leave the number out")]
    NumberIsDrawn,
    /// The number looks like a drawn one.
    #[error("the number {number:?} is reserved for drawn numbers; choose another")]
    NumberReserved {
        /// The number.
        number: String,
    },
    /// The draft has another number.
    #[error("the draft has the number {number:?}; change it there")]
    NumberDiffers {
        /// The draft's number.
        number: String,
    },
    /// Another document has the number.
    #[error("another document has the number {number:?}; choose another")]
    NumberTaken {
        /// The number.
        number: String,
    },
    /// Sent already, in another way.
    #[error("the document was sent already with another number or another date")]
    AlreadySent,
    /// Nothing is outstanding.
    #[error("nothing is outstanding on the invoice")]
    AlreadyPaid,
    /// More than what is outstanding.
    #[error("the amount is more than the {outstanding} that is outstanding")]
    ExceedsOutstanding {
        /// What is outstanding.
        outstanding: Decimal,
    },
    /// The payment id belongs to another payment.
    #[error("the payment is recorded already with another content; choose another id")]
    PaymentExists,
    /// As many payments as there may be.
    #[error("an invoice has at most {max} payments")]
    TooManyPayments {
        /// The most there may be.
        max: usize,
    },
    /// Not past its due date.
    #[error("the invoice is not due before {due_on}")]
    NotDue {
        /// When it is due; it is overdue the day after.
        due_on: NaiveDate,
    },
    /// More than what can be credited.
    #[error("the credit is more than is left to credit, which is {creditable} in all")]
    ExceedsCreditable {
        /// What can be credited.
        creditable: Decimal,
    },
    /// All is credited.
    #[error("nothing is left to credit on the invoice")]
    NothingToCredit,
    /// As many credit notes as there may be.
    #[error("an invoice has at most {max} credit notes")]
    TooManyCredits {
        /// The most there may be.
        max: usize,
    },
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::Line { fault, .. } => fault.code(),
            Self::Unknown => "INVOICE_NOT_FOUND",
            Self::Exists => "INVOICE_EXISTS",
            Self::ClientArchived => "CLIENT_ARCHIVED",
            Self::ClientDiffers => "CLIENT_DIFFERS",
            Self::CurrencyMissing => "CURRENCY_MISSING",
            Self::SentIsFinal => "INVOICE_SENT",
            Self::Cancelled => "INVOICE_CANCELLED",
            Self::NotSent => "INVOICE_NOT_SENT",
            Self::NotAnInvoice { .. } => "NOT_AN_INVOICE",
            Self::NoLines => "INVOICE_WITHOUT_LINES",
            Self::TooManyLines { .. } => "TOO_MANY_LINES",
            Self::LineUnknown => "LINE_NOT_FOUND",
            Self::AmountTooLarge => "AMOUNT_TOO_LARGE",
            Self::TotalNotPositive { .. } => "TOTAL_NOT_POSITIVE",
            Self::DueBeforeIssue { .. } => "DUE_BEFORE_ISSUE",
            Self::NumberMissing => "NUMBER_MISSING",
            Self::NumberIsDrawn => "NUMBER_IS_DRAWN",
            Self::NumberReserved { .. } => "NUMBER_RESERVED",
            Self::NumberDiffers { .. } => "NUMBER_DIFFERS",
            Self::NumberTaken { .. } => "NUMBER_TAKEN",
            Self::AlreadySent => "INVOICE_ALREADY_SENT",
            Self::AlreadyPaid => "INVOICE_PAID",
            Self::ExceedsOutstanding { .. } => "EXCEEDS_OUTSTANDING",
            Self::PaymentExists => "PAYMENT_EXISTS",
            Self::TooManyPayments { .. } => "TOO_MANY_PAYMENTS",
            Self::NotDue { .. } => "INVOICE_NOT_DUE",
            Self::ExceedsCreditable { .. } => "EXCEEDS_CREDITABLE",
            Self::NothingToCredit => "NOTHING_TO_CREDIT",
            Self::TooManyCredits { .. } => "TOO_MANY_CREDIT_NOTES",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::Line { fault, .. } => fault.field(),
            Self::ClientArchived | Self::ClientDiffers => "clientId",
            Self::CurrencyMissing => "currency",
            Self::NoLines | Self::TooManyLines { .. } => "lines",
            Self::LineUnknown => "lineId",
            Self::DueBeforeIssue { .. } => "dueOn",
            Self::NumberMissing
            | Self::NumberIsDrawn
            | Self::NumberReserved { .. }
            | Self::NumberDiffers { .. }
            | Self::NumberTaken { .. } => "number",
            Self::ExceedsOutstanding { .. } | Self::ExceedsCreditable { .. } => "amount",
            Self::PaymentExists => "paymentId",
            Self::Unknown
            | Self::Exists
            | Self::SentIsFinal
            | Self::Cancelled
            | Self::NotSent
            | Self::NotAnInvoice { .. }
            | Self::AmountTooLarge
            | Self::TotalNotPositive { .. }
            | Self::AlreadySent
            | Self::AlreadyPaid
            | Self::TooManyPayments { .. }
            | Self::NotDue { .. }
            | Self::NothingToCredit
            | Self::TooManyCredits { .. } => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed { scope, value } if *scope == NUMBER => Some(Self::NumberTaken {
                number: value.clone(),
            }),
            Settlement::Claimed { .. } | Settlement::Limited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn a_lost_claim_names_the_number() {
        let claimed = |scope| Settlement::Claimed {
            scope,
            value: "536365".to_owned(),
        };
        let refusal = Refusal::unsettled(&claimed(NUMBER)).unwrap();
        assert_eq!(refusal.code(), "NUMBER_TAKEN");
        assert_eq!(refusal.field(), "number");
        assert!(refusal.to_string().contains("536365"));
        assert_eq!(Refusal::unsettled(&claimed("other.scope")), None);
    }
}

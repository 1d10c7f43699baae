//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on invoices, credit notes or adjustments was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum InvoicingErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// A line has neither a description nor a product code.
    LineWithoutText,
    /// A quantity is 0, too large or too precise.
    QuantityInvalid,
    /// A unit price is too large or too precise, or negative where that is not allowed.
    UnitPriceInvalid,
    /// An amount is more than 100,000,000,000,000.
    AmountTooLarge,
    /// Another line of the document has the id.
    LineIdTaken,
    /// There is no such document.
    InvoiceNotFound,
    /// The id belongs to another document.
    InvoiceExists,
    /// There is no such client.
    ClientNotFound,
    /// The client is archived and takes no new documents.
    ClientArchived,
    /// The document is made out to another client.
    ClientDiffers,
    /// No currency is named.
    CurrencyMissing,
    /// The document was sent and never changes; credit it instead.
    InvoiceSent,
    /// The document is cancelled.
    InvoiceCancelled,
    /// The document is a draft; send it first.
    InvoiceNotSent,
    /// Only invoices are due, paid or credited.
    NotAnInvoice,
    /// The document has no lines.
    InvoiceWithoutLines,
    /// The document has as many lines as it may have.
    TooManyLines,
    /// The document has no such line.
    LineNotFound,
    /// Only adjustments may have a total that is not positive.
    TotalNotPositive,
    /// The due date is before the issue date.
    DueBeforeIssue,
    /// The tenant gives numbers by hand, and the document has none.
    NumberMissing,
    /// The tenant's numbers are drawn; leave the number out.
    NumberIsDrawn,
    /// The number looks like a drawn one.
    NumberReserved,
    /// The draft has another number.
    NumberDiffers,
    /// Another document has the number.
    NumberTaken,
    /// The document was sent already, with another number or another date.
    InvoiceAlreadySent,
    /// Nothing is outstanding on the invoice.
    InvoicePaid,
    /// The amount is more than what is outstanding.
    ExceedsOutstanding,
    /// The payment is recorded already with another content.
    PaymentExists,
    /// The invoice has as many payments as it may have.
    TooManyPayments,
    /// The invoice is not past its due date.
    InvoiceNotDue,
    /// The credit is more than what is left to credit.
    ExceedsCreditable,
    /// Nothing is left to credit on the invoice.
    NothingToCredit,
    /// The invoice has as many credit notes as it may have.
    TooManyCreditNotes,
}

/// A refusal in this context's words.
pub type InvoicingUserError = UserError<InvoicingErrorCode>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::user_error_code;

    /// Where the context's refusals have their codes.
    const SOURCES: [&str; 3] = [
        include_str!("../../../domain/src/invoicing/invoice/refusal.rs"),
        include_str!("../../../domain/src/invoicing/invoice/line.rs"),
        include_str!("../../../domain/src/kernel/field.rs"),
    ];

    #[test]
    fn every_refusal_of_the_context_has_its_code() {
        let is_code = |text: &&str| {
            text.len() > 4 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        let before_tests = SOURCES.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let codes = before_tests
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(is_code);
        let mut seen = 0;
        for code in codes {
            assert!(
                user_error_code::<InvoicingErrorCode>(code).is_some(),
                "{code}"
            );
            seen += 1;
        }
        assert!(seen > 10, "the refusals are not where they were");
    }
}

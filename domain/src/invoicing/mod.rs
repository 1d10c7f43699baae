//! Documents that say what clients owe: invoices, credit notes, adjustments, and their payments.
//!
//! # Language
//! - **document**: an invoice, a credit note or an adjustment; all three are one aggregate.
//! - **invoice**: what a client owes for what it got. Only invoices are due, paid and credited.
//! - **credit note**: takes back all or part of what was invoiced.
//! - **adjustment**: a correction of a client's account that is neither (a written-off debt, a
//!   document of another system whose total is not positive).
//! - **line**: quantity × unit price, rounded half to even to the currency's minor unit.
//! - **net, tax, total**: the sum of the lines, the rounded tax on that sum, and both together.
//! - **outstanding**: what is still to be paid of an invoice.
//! - **number**: what the document is called by people; drawn from a gapless series, or given.
//! - **gapless** / **manual**: how a tenant numbers the documents it sends.
//!
//! # Signs
//! Invoices and credit notes have positive totals: a credit note of 10.00 takes 10.00 away. An
//! adjustment has the sign of what it does to the client's account. [`invoice::Kind::sign`] turns
//! any total into what the document adds to the account and to revenue. A client's account is the
//! signed totals of its sent documents less its payments; `Credited` on an invoice moves nothing
//! there, since the credit note itself does.
//!
//! # Invariants
//! - A sent document never changes. It is credited.
//! - A number belongs to one document of a tenant. It is reserved when a draft names it and kept
//!   for ever once the document is sent.
//! - The drawn numbers of each kind are 1, 2, 3 … in the order of sending, without gaps.
//! - What is outstanding is never negative: no payment exceeds it.
//! - No more is credited than was invoiced: neither in all, nor of any line.
//! - A credit note that credits an invoice is drafted and sent in the batch that credits the
//!   invoice, or not at all.
//! - No amount exceeds 100,000,000,000,000.

pub mod invoice;

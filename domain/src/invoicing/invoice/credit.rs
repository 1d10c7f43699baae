//! What a credit takes back from an invoice, line by line and penny by penny.
//!
//! Parts of rounded amounts do not add up to the whole, so the last credit takes what is left: its
//! credit note gets a line for the difference, and the tax that remains. Crediting everything, in
//! however many steps, therefore ends at exactly nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::commands::{Credit, IssueCreditNote};
use super::events::CreditedQuantity;
use super::input;
use super::line::Line;
use super::number::Numbering;
use super::refusal::Refusal;
use super::sent::{CreditRecord, MAX_CREDITS, SentDocument};
use super::state::Invoice;
use super::totals::Totals;
use crate::kernel::{FieldError, InvoiceId, LineId, round_to_minor_unit};

/// What is wanted: take back all or part of a sent invoice by a credit note.
///
/// A credit changes two documents. [`CreditOrder::against`] gives the command of each; they go
/// through in one batch or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct CreditOrder {
    /// The id of the credit note, new.
    pub credit_note_id: InvoiceId,
    /// How much is taken back.
    pub extent: Extent,
    /// Why, at most 500 characters.
    pub reason: Option<String>,
    /// The date the credit note bears; none for the day of `at`.
    pub issued_on: Option<NaiveDate>,
    /// Looked up: how the tenant numbers what it sends.
    pub numbering: Numbering,
    /// The credit note's number, when numbers are given by hand.
    pub number: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// How much of an invoice is taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Extent {
    /// All that was not credited before.
    Full,
    /// These lines.
    Lines(Vec<CreditLine>),
    /// An amount that includes the tax, and no line in particular.
    Amount(Decimal),
}

/// How much of a line is taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct CreditLine {
    /// Which line of the invoice.
    pub line_id: LineId,
    /// How much of its quantity, with its sign; none for all that was not credited before.
    pub quantity: Option<Decimal>,
}

impl CreditOrder {
    /// The command for the invoice and the command for the credit note's own, new stream.
    ///
    /// For a credit note id that the invoice knows already, the same two commands again.
    ///
    /// # Errors
    /// Whatever forbids the credit.
    pub fn against(&self, invoice: &Invoice) -> Result<(Credit, IssueCreditNote), Refusal> {
        let original = invoice.sent_invoice()?;
        let record = match original.credits.get(&self.credit_note_id) {
            Some(record) => record.clone(),
            None => self.record(original)?,
        };
        let note = IssueCreditNote::new(self, original, &record)?;
        let credit = Credit::new(self.credit_note_id, record, self.at);
        Ok((credit, note))
    }

    fn record(&self, original: &SentDocument) -> Result<CreditRecord, Refusal> {
        let today = self.at.date_naive();
        let issued_on = input::date("issuedOn", self.issued_on.unwrap_or(today))?;
        let reason = input::optional(self.reason.as_ref(), input::reason)?;
        let rest = original.creditable();
        if rest.total.is_zero() {
            return Err(Refusal::NothingToCredit);
        }
        if original.credits.len() >= MAX_CREDITS {
            return Err(Refusal::TooManyCredits { max: MAX_CREDITS });
        }
        let (quantities, lines, totals) = match &self.extent {
            Extent::Full => self.all(original, rest)?,
            Extent::Lines(wanted) => self.lines(original, rest, wanted)?,
            Extent::Amount(amount) => self.amount(original, rest, *amount)?,
        };
        if totals.total <= Decimal::ZERO {
            let total = totals.total;
            return Err(Refusal::TotalNotPositive { total });
        }
        Ok(CreditRecord {
            quantities,
            lines,
            totals,
            reason,
            issued_on,
        })
    }

    fn all(&self, original: &SentDocument, rest: Totals) -> Result<Taken, Refusal> {
        let quantities: Vec<_> = original
            .lines
            .iter()
            .map(|line| CreditedQuantity {
                line_id: line.line_id,
                quantity: original.creditable_quantity(line).normalize(),
            })
            .filter(|left| !left.quantity.is_zero())
            .collect();
        let mut lines = credited_lines(original, &quantities)?;
        let totals = Totals::of(&lines, None, original.header.currency)?;
        let difference = rest.net - totals.net;
        if !difference.is_zero() || lines.is_empty() {
            let text = format!("Difference to earlier credits on {}", original.number);
            lines.push(self.one_line(text, difference));
        }
        Ok((quantities, lines, rest))
    }

    fn lines(
        &self,
        original: &SentDocument,
        rest: Totals,
        wanted: &[CreditLine],
    ) -> Result<Taken, Refusal> {
        let quantities = wanted_quantities(original, wanted)?;
        let all_taken = original.lines.iter().all(|line| {
            let taken = quantities.iter().find(|q| q.line_id == line.line_id);
            let taken = taken.map_or(Decimal::ZERO, |taken| taken.quantity);
            original.creditable_quantity(line) == taken
        });
        if all_taken {
            return self.all(original, rest);
        }
        let lines = credited_lines(original, &quantities)?;
        let plain = Totals::of(&lines, original.tax_rate, original.header.currency)?;
        let tax = if plain.net == rest.net {
            rest.tax
        } else {
            plain.tax.min(rest.tax)
        };
        let totals = Totals::adding(plain.net, tax).ok_or(Refusal::AmountTooLarge)?;
        ensure_fits(totals, rest)?;
        Ok((quantities, lines, totals))
    }

    fn amount(
        &self,
        original: &SentDocument,
        rest: Totals,
        amount: Decimal,
    ) -> Result<Taken, Refusal> {
        let currency = original.header.currency;
        let amount = input::amount(amount, currency)?;
        let net = original
            .tax_rate
            .map_or(Some(amount), |rate| rate.net_within(amount, currency))
            .ok_or(Refusal::AmountTooLarge)?;
        // Neither part may exceed what is left of it, or the last credit could not be positive.
        let net = net.min(rest.net).max(amount - rest.tax);
        let totals = Totals::adding(net, amount - net).ok_or(Refusal::AmountTooLarge)?;
        ensure_fits(totals, rest)?;
        let line = self.one_line(format!("Credit on {}", original.number), net);
        Ok((Vec::new(), vec![line], totals))
    }

    /// A line that amounts to exactly this, under an id that no invoice's line has.
    fn one_line(&self, description: String, amount: Decimal) -> Line {
        let quantity = if amount < Decimal::ZERO {
            Decimal::NEGATIVE_ONE
        } else {
            Decimal::ONE
        };
        Line {
            line_id: LineId(self.credit_note_id.0),
            description,
            product_code: None,
            quantity,
            unit_price: amount.abs(),
            total: amount,
        }
    }
}

type Taken = (Vec<CreditedQuantity>, Vec<Line>, Totals);

fn ensure_fits(totals: Totals, rest: Totals) -> Result<(), Refusal> {
    if totals.fits(rest) {
        return Ok(());
    }
    let creditable = rest.total;
    Err(Refusal::ExceedsCreditable { creditable })
}

/// What is wanted, with omitted quantities filled in, each within what is left of its line.
fn wanted_quantities(
    original: &SentDocument,
    wanted: &[CreditLine],
) -> Result<Vec<CreditedQuantity>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut quantities = Vec::with_capacity(wanted.len());
    for CreditLine { line_id, quantity } in wanted {
        let line = original.line(*line_id).ok_or(Refusal::LineUnknown)?;
        let left = original.creditable_quantity(line);
        let quantity = quantity.unwrap_or(left).normalize();
        if !is_part_of(quantity, left) || !seen.insert(*line_id) {
            return Err(Refusal::Field(FieldError::Malformed {
                field: "quantity",
                expected: "a part of what is left to credit of the line, named once",
            }));
        }
        quantities.push(CreditedQuantity {
            line_id: *line_id,
            quantity,
        });
    }
    Ok(quantities)
}

/// Whether one quantity can be taken out of another: not 0, of the same sign, no more.
pub(super) fn is_part_of(quantity: Decimal, whole: Decimal) -> bool {
    let same_sign = quantity.is_sign_negative() == whole.is_sign_negative();
    !quantity.is_zero() && same_sign && quantity.abs() <= whole.abs() && quantity.scale() <= 6
}

/// The invoice's lines with these quantities, at the invoice's prices.
fn credited_lines(
    original: &SentDocument,
    quantities: &[CreditedQuantity],
) -> Result<Vec<Line>, Refusal> {
    let priced = |taken: &CreditedQuantity| {
        let line = original.line(taken.line_id).ok_or(Refusal::LineUnknown)?;
        let amount = taken.quantity.checked_mul(line.unit_price);
        let amount = amount.ok_or(Refusal::AmountTooLarge)?;
        Ok(Line {
            quantity: taken.quantity,
            total: round_to_minor_unit(amount, original.header.currency),
            ..line.clone()
        })
    };
    quantities.iter().map(priced).collect()
}

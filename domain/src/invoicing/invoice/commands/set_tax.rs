//! Set the tax rate of a draft.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::invoicing::invoice::{Invoice, InvoiceEvent, TaxRate, TaxSet, Totals};
use crate::kernel::{Command, Decision};

/// Sets the one tax rate of the document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetTax {
    /// In per cent, 0 to 100 with at most 4 decimals; none shows no tax.
    pub tax_rate: Option<Decimal>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for SetTax {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        let tax_rate = self.tax_rate.map(TaxRate::try_new).transpose()?;
        if tax_rate == draft.tax_rate {
            return Ok(vec![]);
        }
        let totals = Totals::of(&draft.lines, tax_rate, draft.header.currency)?;
        Ok(vec![InvoiceEvent::TaxSet(TaxSet {
            tax_rate,
            totals,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::Refusal;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(rate: Option<&str>) -> SetTax {
        SetTax {
            tax_rate: rate.map(dec),
            at: at(),
        }
    }

    #[test]
    fn sets_and_clears_the_rate() {
        let set_to = |rate: Option<&str>, totals| {
            InvoiceEvent::TaxSet(TaxSet {
                tax_rate: rate.map(|rate| TaxRate::try_new(dec(rate)).unwrap()),
                totals,
                at: at(),
            })
        };
        for (rate, totals) in [
            (Some("7.7"), totals("15.30", "1.18", "16.48")),
            (Some("0"), totals("15.30", "0.00", "15.30")),
            (None, totals("15.30", "0.00", "15.30")),
        ] {
            given(&[drafted()])
                .when(&set(rate))
                .then(&[set_to(rate, totals)]);
        }
    }

    #[test]
    fn setting_the_same_rate_changes_nothing() {
        given(&[drafted()]).when(&set(Some("20.00"))).then(&[]);
    }

    #[test]
    fn refuses_a_rate_out_of_bounds() {
        let draft = given(&[drafted()]).state();
        for rate in ["-1", "100.5", "7.77777"] {
            let refusal = set(Some(rate)).decide(&draft).unwrap_err();
            assert_eq!(refusal.field(), "taxRate");
        }
    }

    #[test]
    fn refuses_a_total_that_becomes_too_large() {
        let past = [drafted_as(|drafted| {
            drafted.lines = vec![line(1, "90", "1000000000000")];
        })];
        given(&past)
            .when(&set(Some("19")))
            .refuses(&Refusal::AmountTooLarge);
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        given(&[]).when(&set(None)).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&set(None))
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&set(None))
            .refuses(&Refusal::Cancelled);
    }
}

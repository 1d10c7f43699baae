//! Credit an invoice: the invoice's half of a credit.

use chrono::{DateTime, Utc};

use crate::invoicing::invoice::credit::is_part_of;
use crate::invoicing::invoice::{
    CreditRecord, Credited, Invoice, InvoiceEvent, Refusal, SentDocument,
};
use crate::kernel::{Command, Decision, InvoiceId, round_to_minor_unit};

/// Takes back what a credit note says. Built by
/// [`CreditOrder::against`](crate::invoicing::invoice::CreditOrder::against), which fixes what is
/// taken: should the invoice change meanwhile, it still fits or is refused, and never differs from
/// the credit note.
#[derive(Debug, Clone, PartialEq)]
pub struct Credit {
    note_id: InvoiceId,
    record: CreditRecord,
    at: DateTime<Utc>,
}

impl Credit {
    pub(in crate::invoicing::invoice) fn new(
        note_id: InvoiceId,
        record: CreditRecord,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            note_id,
            record,
            at,
        }
    }

    fn ensure_creditable(&self, sent: &SentDocument) -> Result<(), Refusal> {
        let rest = sent.creditable();
        if rest.total.is_zero() {
            return Err(Refusal::NothingToCredit);
        }
        let quantities_fit = self.record.quantities.iter().all(|taken| {
            let left = sent.line(taken.line_id);
            let left = left.map(|line| sent.creditable_quantity(line));
            left.is_some_and(|left| is_part_of(taken.quantity, left))
        });
        if quantities_fit && self.record.totals.fits(rest) {
            return Ok(());
        }
        let creditable = rest.total;
        Err(Refusal::ExceedsCreditable { creditable })
    }
}

impl Command for Credit {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let sent = invoice.sent_invoice()?;
        if let Some(earlier) = sent.credits.get(&self.note_id) {
            let same = *earlier == self.record;
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::Exists)
            };
        }
        self.ensure_creditable(sent)?;
        let currency = sent.header.currency;
        let mut account = sent.account();
        account.credited += self.record.totals.total;
        let record = self.record.clone();
        Ok(vec![InvoiceEvent::Credited(Credited {
            credit_note_id: self.note_id,
            quantities: record.quantities,
            lines: record.lines,
            totals: record.totals,
            reason: record.reason,
            issued_on: record.issued_on,
            outstanding: round_to_minor_unit(account.outstanding(), currency),
            overpaid: round_to_minor_unit(account.overpaid(), currency),
            status: account.status(sent.is_overdue),
            client_id: sent.header.client_id,
            currency,
            country: sent.header.country.clone(),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::{
        CreditLine, CreditOrder, Extent, Kind, MAX_CREDITS, Numbering, Status, Totals,
    };
    use crate::kernel::testing::given;
    use crate::kernel::{Aggregate as _, Refusal as _};

    fn order(id: u128, extent: Extent) -> CreditOrder {
        CreditOrder {
            credit_note_id: invoice_id(id),
            extent,
            reason: Some("broken".to_owned()),
            issued_on: None,
            numbering: Numbering::Gapless,
            number: None,
            at: at(),
        }
    }

    fn lines(wanted: &[(u128, Option<&str>)]) -> Extent {
        let line = |(id, quantity): &(u128, Option<&str>)| CreditLine {
            line_id: line_id(*id),
            quantity: quantity.map(dec),
        };
        Extent::Lines(wanted.iter().map(line).collect())
    }

    /// What is credited, after which the invoice has gone on.
    fn credit(invoice: &mut Invoice, id: u128, extent: Extent) -> Result<Credited, Refusal> {
        let (credit, _) = order(id, extent).against(invoice)?;
        let event = credit.decide(invoice)?.remove(0);
        invoice.evolve(event.clone());
        let InvoiceEvent::Credited(credited) = event else {
            panic!("not credited");
        };
        Ok(credited)
    }

    #[test]
    fn in_full_before_any_payment_cancels() {
        let invoice = given(&[drafted(), sent()]).state();
        let (credit, _) = order(2, Extent::Full).against(&invoice).unwrap();
        let invoice = given(&[drafted(), sent()])
            .when(&credit)
            .then(&[credited_in_full()]);
        assert_eq!(invoice.status(), Status::Cancelled);
        assert_eq!(invoice.outstanding(), dec("0"));
    }

    #[test]
    fn a_part_lowers_what_is_outstanding() {
        let mut invoice: Invoice = given(&[drafted(), sent()]).state();
        let credited = credit(&mut invoice, 2, lines(&[(1, Some("2"))])).unwrap();
        assert_eq!(credited.totals, totals("5.10", "1.02", "6.12"));
        assert_eq!(credited.outstanding, dec("12.24"));
        assert_eq!(credited.status, Status::Sent);
        let rest = credit(&mut invoice, 3, lines(&[(1, None)])).unwrap();
        assert_eq!(rest.quantities[0].quantity, dec("4"));
        assert_eq!(rest.totals, totals("10.20", "2.04", "12.24"));
        assert_eq!(invoice.status(), Status::Cancelled);
    }

    #[test]
    fn what_was_paid_and_is_credited_is_overpaid() {
        let part = paid(1, ["10.00", "10.00", "8.36"], Status::PartiallyPaid);
        let mut invoice: Invoice = given(&[drafted(), sent(), part]).state();
        let first = credit(&mut invoice, 2, Extent::Amount(dec("8.00"))).unwrap();
        assert_eq!(first.outstanding, dec("0.36"));
        assert_eq!(first.status, Status::PartiallyPaid);
        let second = credit(&mut invoice, 3, Extent::Amount(dec("5"))).unwrap();
        assert_eq!(
            (second.outstanding, second.overpaid),
            (dec("0"), dec("4.64"))
        );
        assert_eq!(second.status, Status::Paid);
        assert_eq!(invoice.status(), Status::Paid);
    }

    #[test]
    fn a_part_leaves_an_overdue_invoice_overdue() {
        let mut invoice: Invoice = given(&[drafted(), sent(), overdue("18.36")]).state();
        let credited = credit(&mut invoice, 2, Extent::Amount(dec("1"))).unwrap();
        assert_eq!(credited.status, Status::Overdue);
    }

    #[test]
    fn an_amount_is_split_into_net_and_tax() {
        let mut invoice: Invoice = given(&[drafted(), sent()]).state();
        let credited = credit(&mut invoice, 2, Extent::Amount(dec("0.03"))).unwrap();
        // 0.025 net is half way and rounds to the even 0.02.
        assert_eq!(credited.totals, totals("0.02", "0.01", "0.03"));
        assert_eq!(credited.lines[0].total, dec("0.02"));
        assert_eq!(credited.quantities, []);
    }

    #[test]
    fn thirds_add_up_to_the_whole() {
        // 3 × 0.335 is 1.005 and rounds to 1.00; each third rounds to 0.34 (0.335 is half way).
        let past = priced(&[("3", "0.335")], None);
        let mut invoice: Invoice = given(&past).state();
        assert_eq!(invoice.total(), dec("1.00"));
        for id in 2..4 {
            let third = credit(&mut invoice, id, lines(&[(1, Some("1"))])).unwrap();
            assert_eq!(third.totals.total, dec("0.34"));
        }
        let last = credit(&mut invoice, 4, lines(&[(1, Some("1"))])).unwrap();
        assert_eq!(last.totals.total, dec("0.32"));
        assert_eq!(last.lines[0].total, dec("0.34"));
        assert_eq!(last.lines[1].total, dec("-0.02"));
        assert_eq!(invoice.status(), Status::Cancelled);
    }

    #[test]
    fn crediting_the_same_again_changes_nothing() {
        let past = [drafted(), sent(), credited_in_full()];
        let invoice = given(&past).state();
        let (credit, _) = order(2, Extent::Full).against(&invoice).unwrap();
        given(&past).when(&credit).then(&[]);
    }

    #[test]
    fn refuses_another_credit_under_the_same_id() {
        let invoice: Invoice = given(&[drafted(), sent()]).state();
        let extent = Extent::Amount(dec("1"));
        let (other, _) = order(2, extent).against(&invoice).unwrap();
        given(&[drafted(), sent(), credited_in_full()])
            .when(&other)
            .refuses(&Refusal::Exists);
    }

    #[test]
    fn refuses_more_than_is_left() {
        let mut invoice: Invoice = given(&[drafted(), sent()]).state();
        let creditable = dec("18.36");
        let too_much = credit(&mut invoice, 2, Extent::Amount(dec("18.37")));
        assert_eq!(too_much, Err(Refusal::ExceedsCreditable { creditable }));
        credit(&mut invoice, 2, Extent::Amount(dec("10"))).unwrap();
        let creditable = dec("8.36");
        let refused = Err(Refusal::ExceedsCreditable { creditable });
        assert_eq!(
            credit(&mut invoice, 3, Extent::Amount(dec("8.37"))),
            refused
        );
        assert_eq!(credit(&mut invoice, 3, lines(&[(1, Some("5"))])), refused);
        credit(&mut invoice, 3, Extent::Full).unwrap();
        let nothing = credit(&mut invoice, 4, Extent::Full);
        assert_eq!(nothing, Err(Refusal::NothingToCredit));
    }

    #[test]
    fn refuses_what_no_longer_fits_after_another_credit() {
        let invoice: Invoice = given(&[drafted(), sent()]).state();
        let (late, _) = order(3, lines(&[(1, Some("5"))]))
            .against(&invoice)
            .unwrap();
        let mut meanwhile = invoice.clone();
        credit(&mut meanwhile, 2, lines(&[(1, Some("2"))])).unwrap();
        let creditable = dec("12.24");
        let refused = Err(Refusal::ExceedsCreditable { creditable });
        assert_eq!(late.decide(&meanwhile), refused);
        let (fits, _) = order(3, lines(&[(1, Some("4"))]))
            .against(&invoice)
            .unwrap();
        assert!(fits.decide(&meanwhile).is_ok());
        credit(&mut meanwhile, 4, Extent::Full).unwrap();
        assert_eq!(fits.decide(&meanwhile), Err(Refusal::NothingToCredit));
    }

    #[test]
    fn refuses_parts_of_lines_that_are_not_there() {
        let past = priced(&[("6", "2.55"), ("-1", "1")], None);
        let mut invoice: Invoice = given(&past).state();
        let field = |refused: Result<Credited, Refusal>| refused.unwrap_err().field();
        for wanted in [
            lines(&[(1, Some("7"))]),
            lines(&[(1, Some("0"))]),
            lines(&[(1, Some("-1"))]),
            lines(&[(2, Some("1"))]),
            lines(&[(1, Some("1")), (1, Some("1"))]),
        ] {
            assert_eq!(field(credit(&mut invoice, 2, wanted)), "quantity");
        }
        let unknown = credit(&mut invoice, 2, lines(&[(9, None)]));
        assert_eq!(unknown, Err(Refusal::LineUnknown));
        // Taking back a return alone would be a negative credit.
        let total = dec("-1.00");
        let negative = credit(&mut invoice, 2, lines(&[(2, None)]));
        assert_eq!(negative, Err(Refusal::TotalNotPositive { total }));
        let total = dec("0");
        let none = credit(&mut invoice, 2, lines(&[]));
        assert_eq!(none, Err(Refusal::TotalNotPositive { total }));
    }

    #[test]
    fn refuses_malformed_input() {
        let mut invoice: Invoice = given(&[drafted(), sent()]).state();
        for amount in ["0", "-1", "0.001"] {
            let refused = credit(&mut invoice, 2, Extent::Amount(dec(amount)));
            assert_eq!(refused.unwrap_err().field(), "amount");
        }
        let mut wordy = order(2, Extent::Full);
        wordy.reason = Some("x".repeat(501));
        assert_eq!(wordy.against(&invoice).unwrap_err().field(), "reason");
        let mut early = order(2, Extent::Full);
        early.issued_on = Some(day("1066-10-14"));
        assert_eq!(early.against(&invoice).unwrap_err().field(), "issuedOn");
    }

    #[test]
    fn refuses_what_is_no_sent_invoice() {
        let refused = |past: &[InvoiceEvent]| {
            let order = order(2, Extent::Full);
            order.against(&given(past).state()).unwrap_err()
        };
        assert_eq!(refused(&[]), Refusal::Unknown);
        assert_eq!(refused(&[drafted()]), Refusal::NotSent);
        assert_eq!(refused(&[drafted(), cancelled()]), Refusal::Cancelled);
        let kind = Kind::Adjustment;
        let adjustment = [
            drafted_as(|it| it.kind = kind),
            sent_as(|it| it.kind = kind),
        ];
        assert_eq!(refused(&adjustment), Refusal::NotAnInvoice { kind });
    }

    #[test]
    fn refuses_more_credit_notes_than_there_may_be() {
        let mut invoice: Invoice = given(&priced(&[("100", "1")], None)).state();
        for id in 0..u128::try_from(MAX_CREDITS).unwrap() {
            credit(&mut invoice, 100 + id, Extent::Amount(dec("0.01"))).unwrap();
        }
        let refused = credit(&mut invoice, 2, Extent::Full);
        assert_eq!(refused, Err(Refusal::TooManyCredits { max: 1_000 }));
    }

    #[test]
    fn any_course_of_payments_and_credits_keeps_the_books() {
        let mut dice = Dice(11);
        let (mut credits, mut payments) = (0, 0);
        for _ in 0..200 {
            let mut invoice = random_invoice(&mut dice);
            let total = invoice.total();
            let (mut credited, mut paid) = (Totals::default(), Decimal::ZERO);
            for id in 2..30 {
                if dice.below(3) == 0 {
                    let amount = dice.decimal(4, 2).abs();
                    paid += pay(&mut invoice, id, amount);
                } else {
                    let extent = random_extent(&mut dice, &invoice);
                    if let Ok(part) = credit(&mut invoice, id, extent) {
                        assert_sound(&part);
                        credited = credited.plus(part.totals);
                    }
                }
                assert!(credited.total <= total && paid <= total);
                let owed = total - credited.total - paid;
                assert_eq!(invoice.outstanding(), owed.max(Decimal::ZERO));
            }
            if credited.total < total {
                let last = credit(&mut invoice, 99, Extent::Full).unwrap();
                assert_sound(&last);
                credited = credited.plus(last.totals);
            }
            assert_eq!(credited.total, total);
            assert_eq!(credited.net + credited.tax, total);
            assert_eq!(invoice.outstanding(), Decimal::ZERO);
            let sent = invoice.sent_invoice().unwrap();
            credits += sent.credits.len();
            payments += sent.payments.len();
        }
        // Courses in which all is refused would prove nothing.
        assert!(credits > 400 && payments > 100, "{credits} {payments}");
    }

    /// A sent invoice with up to 6 lines, some of them returns.
    fn random_invoice(dice: &mut Dice) -> Invoice {
        loop {
            let lines: Vec<(String, String)> = (0..=dice.below(6))
                .map(|_| {
                    let quantity = dice.decimal(3, 2).to_string();
                    (quantity, dice.decimal(5, 4).abs().to_string())
                })
                .collect();
            let lines: Vec<(&str, &str)> = lines
                .iter()
                .map(|(quantity, price)| (quantity.as_str(), price.as_str()))
                .collect();
            let rate = [None, Some("0"), Some("7.7"), Some("20"), Some("100")][dice.below(5)];
            let invoice: Invoice = given(&priced(&lines, rate)).state();
            if invoice.total() > Decimal::ZERO {
                return invoice;
            }
        }
    }

    fn random_extent(dice: &mut Dice, invoice: &Invoice) -> Extent {
        let lines = &invoice.sent_invoice().unwrap().lines;
        match dice.below(20) {
            0 => Extent::Full,
            1..5 => Extent::Amount(dice.decimal(4, 2).abs()),
            _ => Extent::Lines(
                lines
                    .iter()
                    .filter(|_| dice.below(2) == 0)
                    .map(|line| CreditLine {
                        line_id: line.line_id,
                        quantity: Some(line.quantity / Decimal::TWO)
                            .filter(|quantity| quantity.scale() <= 6),
                    })
                    .collect(),
            ),
        }
    }

    /// What was paid: nothing when the payment was refused.
    fn pay(invoice: &mut Invoice, id: u128, amount: Decimal) -> Decimal {
        let payment = crate::invoicing::invoice::RecordPayment {
            payment_id: payment_id(id),
            amount,
            received_on: day("2024-03-10"),
            ..Default::default()
        };
        let Ok(events) = payment.decide(invoice) else {
            return Decimal::ZERO;
        };
        for event in events {
            invoice.evolve(event);
        }
        amount
    }

    /// The credit note's lines amount to its net sum, net and tax to its total.
    #[track_caller]
    fn assert_sound(credited: &Credited) {
        let Totals { net, tax, total } = credited.totals;
        let lines: Decimal = credited.lines.iter().map(|line| line.total).sum();
        assert_eq!((lines, net + tax), (net, total));
        assert!(total > Decimal::ZERO && tax >= Decimal::ZERO);
        let stored = serde_json::to_string(credited).unwrap();
        assert!(!stored.contains(r#""-0.00""#), "{stored}");
        for line in &credited.lines {
            let amount = line.quantity * line.unit_price;
            assert_eq!(line.total, round_to_minor_unit(amount, credited.currency));
        }
    }
}

//! Record a payment on an invoice.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::invoicing::invoice::{
    Invoice, InvoiceEvent, MAX_PAYMENTS, PaymentMethod, PaymentRecorded, Refusal, SentDocument,
    input,
};
use crate::kernel::{Command, Decision, PaymentId, round_to_minor_unit};

/// Records money that came in. A payment is never changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordPayment {
    /// Its id, new.
    pub payment_id: PaymentId,
    /// How much, positive, in whole minor units of the invoice's currency.
    pub amount: Decimal,
    /// The day it came in; may precede the invoice.
    pub received_on: NaiveDate,
    /// How it came in.
    pub method: PaymentMethod,
    /// The payer's reference, at most 200 characters.
    pub reference: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for RecordPayment {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let sent = invoice.sent_invoice()?;
        let currency = sent.header.currency;
        let amount = input::amount(self.amount, currency)?;
        let received_on = input::date("receivedOn", self.received_on)?;
        let reference = input::optional(self.reference.as_ref(), input::reference)?;
        if let Some(earlier) = sent.payments.get(&self.payment_id) {
            let same = *earlier == (amount, received_on);
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::PaymentExists)
            };
        }
        ensure_payable(sent, amount)?;
        let mut account = sent.account();
        account.paid += amount;
        Ok(vec![InvoiceEvent::PaymentRecorded(PaymentRecorded {
            payment_id: self.payment_id,
            amount,
            received_on,
            method: self.method,
            reference,
            paid: round_to_minor_unit(account.paid, currency),
            outstanding: round_to_minor_unit(account.outstanding(), currency),
            status: account.status(sent.is_overdue),
            client_id: sent.header.client_id,
            currency,
            country: sent.header.country.clone(),
            at: self.at,
        })])
    }
}

fn ensure_payable(sent: &SentDocument, amount: Decimal) -> Result<(), Refusal> {
    let outstanding = sent.outstanding();
    if outstanding.is_zero() {
        // Credited in full before any payment.
        let refusal = if sent.paid.is_zero() {
            Refusal::Cancelled
        } else {
            Refusal::AlreadyPaid
        };
        return Err(refusal);
    }
    if amount > outstanding {
        return Err(Refusal::ExceedsOutstanding { outstanding });
    }
    if sent.payments.len() >= MAX_PAYMENTS {
        return Err(Refusal::TooManyPayments { max: MAX_PAYMENTS });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::{Kind, Status};
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn pay(id: u128, amount: &str) -> RecordPayment {
        RecordPayment {
            payment_id: payment_id(id),
            amount: dec(amount),
            received_on: day("2024-03-10"),
            method: PaymentMethod::BankTransfer,
            reference: Some("RF18".to_owned()),
            at: at(),
        }
    }

    #[test]
    fn a_part_leaves_the_rest_outstanding_and_the_rest_settles() {
        let part = paid(1, ["10.00", "10.00", "8.36"], Status::PartiallyPaid);
        let invoice = given(&[drafted(), sent()])
            .when(&pay(1, "10"))
            .then(std::slice::from_ref(&part));
        assert_eq!(invoice.status(), Status::PartiallyPaid);
        assert_eq!(invoice.outstanding(), dec("8.36"));
        let rest = paid(2, ["8.36", "18.36", "0.00"], Status::Paid);
        let invoice = given(&[drafted(), sent(), part])
            .when(&pay(2, "8.36"))
            .then(&[rest]);
        assert_eq!(invoice.status(), Status::Paid);
        assert_eq!(invoice.outstanding(), dec("0"));
    }

    #[test]
    fn a_part_leaves_an_overdue_invoice_overdue_and_the_rest_settles_it() {
        let past = [drafted(), sent(), overdue("18.36")];
        given(&past).when(&pay(1, "10")).then(&[paid(
            1,
            ["10.00", "10.00", "8.36"],
            Status::Overdue,
        )]);
        given(&past).when(&pay(1, "18.36")).then(&[paid(
            1,
            ["18.36", "18.36", "0.00"],
            Status::Paid,
        )]);
    }

    #[test]
    fn recording_the_same_payment_again_changes_nothing() {
        let past = [
            drafted(),
            sent(),
            paid(1, ["18.36", "18.36", "0.00"], Status::Paid),
        ];
        given(&past).when(&pay(1, "18.360")).then(&[]);
        given(&past)
            .when(&pay(1, "18.35"))
            .refuses(&Refusal::PaymentExists);
    }

    #[test]
    fn refuses_more_than_what_is_outstanding() {
        let outstanding = dec("18.36");
        given(&[drafted(), sent()])
            .when(&pay(1, "18.37"))
            .refuses(&Refusal::ExceedsOutstanding { outstanding });
        let part = paid(1, ["10.00", "10.00", "8.36"], Status::PartiallyPaid);
        let outstanding = dec("8.36");
        given(&[drafted(), sent(), part])
            .when(&pay(2, "8.37"))
            .refuses(&Refusal::ExceedsOutstanding { outstanding });
    }

    #[test]
    fn refuses_an_invoice_on_which_nothing_is_outstanding() {
        let all = paid(1, ["18.36", "18.36", "0.00"], Status::Paid);
        given(&[drafted(), sent(), all])
            .when(&pay(2, "0.01"))
            .refuses(&Refusal::AlreadyPaid);
        given(&[drafted(), sent(), credited_in_full()])
            .when(&pay(1, "0.01"))
            .refuses(&Refusal::Cancelled);
    }

    #[test]
    fn refuses_what_is_no_sent_invoice() {
        given(&[]).when(&pay(1, "1")).refuses(&Refusal::Unknown);
        given(&[drafted()])
            .when(&pay(1, "1"))
            .refuses(&Refusal::NotSent);
        given(&[drafted(), cancelled()])
            .when(&pay(1, "1"))
            .refuses(&Refusal::Cancelled);
        for kind in [Kind::CreditNote, Kind::Adjustment] {
            let drafted = drafted_as(|it| it.kind = kind);
            let sent = sent_as(|it| it.kind = kind);
            given(&[drafted, sent])
                .when(&pay(1, "1"))
                .refuses(&Refusal::NotAnInvoice { kind });
        }
    }

    #[test]
    fn refuses_malformed_input() {
        let invoice = given(&[drafted(), sent()]).state();
        for amount in ["0", "-1", "1.005"] {
            let refused = pay(1, amount).decide(&invoice).unwrap_err();
            assert_eq!(refused.field(), "amount");
        }
        let refused = pay(1, "79228162514264337593543950335").decide(&invoice);
        assert_eq!(refused, Err(Refusal::AmountTooLarge));
        let mut command = pay(1, "1");
        command.reference = Some("x".repeat(201));
        assert_eq!(command.decide(&invoice).unwrap_err().field(), "reference");
        let mut command = pay(1, "1");
        command.received_on = day("1066-10-14");
        assert_eq!(command.decide(&invoice).unwrap_err().field(), "receivedOn");
    }

    #[test]
    fn refuses_more_payments_than_there_may_be() {
        let mut past = vec![drafted(), sent()];
        let small = |id| paid(id, ["0.01", "10.00", "8.36"], Status::PartiallyPaid);
        past.extend((1..=1_000).map(small));
        given(&past)
            .when(&pay(1_001, "0.01"))
            .refuses(&Refusal::TooManyPayments { max: 1_000 });
    }
}

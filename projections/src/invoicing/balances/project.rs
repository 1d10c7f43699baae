//! How a client's balance follows from its documents.

use daybook_domain::invoicing::invoice::{Kind, Status};
use daybook_domain::kernel::{ClientId, Currency, round_to_minor_unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::{Contribution, Sign, Summary};
use crate::invoicing::invoices::InvoiceRow;

/// A client's account in one currency. Only sent documents count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BalanceRow {
    /// Whose account.
    pub client_id: ClientId,
    /// In which currency.
    pub currency: Currency,
    /// The totals of invoices.
    pub invoiced: Decimal,
    /// The totals of credit notes.
    pub credited: Decimal,
    /// The signed totals of adjustments.
    pub adjusted: Decimal,
    /// What was paid.
    pub paid: Decimal,
    /// What the account comes to: invoiced − credited + adjusted − paid.
    pub balance: Decimal,
    /// What is still to be paid of invoices.
    pub outstanding: Decimal,
    /// The part of that which is overdue.
    pub overdue: Decimal,
    /// How many documents there are.
    pub documents: i64,
    /// How many invoices are overdue.
    pub overdue_documents: i64,
}

/// What one document adds to its client's account.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    kind: Kind,
    total: Decimal,
    paid: Decimal,
    outstanding: Decimal,
    is_overdue: bool,
}

/// The read model of balances.
#[derive(Debug)]
pub enum Balances {}

impl Summary for Balances {
    type Source = InvoiceRow;
    type Row = BalanceRow;
    type Key = (ClientId, Currency);
    type Share = Share;
    const TABLE: &'static str = "invoicing_balances";
    const KEY: &'static [&'static str] = &["client_id", "currency"];

    fn key(row: &BalanceRow) -> Self::Key {
        (row.client_id, row.currency)
    }

    fn shares(invoice: &InvoiceRow) -> Vec<(Self::Key, Share)> {
        if !invoice.is_sent() {
            return Vec::new();
        }
        let share = Share {
            kind: invoice.kind,
            total: invoice.total,
            paid: invoice.paid,
            outstanding: invoice.outstanding,
            is_overdue: invoice.status == Status::Overdue,
        };
        vec![((invoice.client_id, invoice.currency), share)]
    }

    fn apply(
        row: &mut Option<BalanceRow>,
        (client_id, currency): &Self::Key,
        contribution: Contribution<&Share>,
    ) {
        let row_now = row.get_or_insert_with(|| BalanceRow::empty(*client_id, *currency));
        row_now.add(contribution);
        if row_now.documents == 0 {
            *row = None;
        }
    }
}

impl BalanceRow {
    /// An account on which nothing happened.
    pub fn empty(client_id: ClientId, currency: Currency) -> Self {
        let zero = round_to_minor_unit(Decimal::ZERO, currency);
        Self {
            client_id,
            currency,
            invoiced: zero,
            credited: zero,
            adjusted: zero,
            paid: zero,
            balance: zero,
            outstanding: zero,
            overdue: zero,
            documents: 0,
            overdue_documents: 0,
        }
    }

    fn add(&mut self, contribution: Contribution<&Share>) {
        let share = contribution.share;
        let (factor, count) = match contribution.sign {
            Sign::Plus => (Decimal::ONE, 1),
            Sign::Minus => (Decimal::NEGATIVE_ONE, -1),
        };
        let total = factor * share.total;
        match share.kind {
            Kind::Invoice => self.invoiced += total,
            Kind::CreditNote => self.credited += total,
            Kind::Adjustment => self.adjusted += total,
        }
        self.paid += factor * share.paid;
        self.balance = self.invoiced - self.credited + self.adjusted - self.paid;
        self.outstanding += factor * share.outstanding;
        self.documents += count;
        if share.is_overdue {
            self.overdue += factor * share.outstanding;
            self.overdue_documents += count;
        }
    }
}

//! What clients owe.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use daybook_domain::kernel::ClientId;
use daybook_projections::invoicing::balances::{self, BalanceRow};
use daybook_store::TenantTx;

use crate::fault::Fault;
use crate::graphql::{CurrencyCode, Money};

/// An account in one currency. Only sent documents count.
#[derive(Debug, Clone, SimpleObject)]
pub struct Balance {
    /// The currency of the account.
    currency: CurrencyCode,
    /// The totals of invoices.
    invoiced: Money,
    /// The totals of credit notes.
    credited: Money,
    /// The totals of adjustments, each with its sign.
    adjusted: Money,
    /// What was paid.
    paid: Money,
    /// What the account comes to: invoiced − credited + adjusted − paid. Negative when more was
    /// paid than is owed.
    balance: Money,
    /// What is still to be paid of invoices.
    outstanding: Money,
    /// The part of that which is past its due date.
    overdue: Money,
    /// How many documents count.
    document_count: i64,
    /// How many invoices are overdue.
    overdue_count: i64,
}

impl From<BalanceRow> for Balance {
    fn from(row: BalanceRow) -> Self {
        let money = |amount| Money::new(amount, row.currency);
        Self {
            currency: CurrencyCode(row.currency),
            invoiced: money(row.invoiced),
            credited: money(row.credited),
            adjusted: money(row.adjusted),
            paid: money(row.paid),
            balance: money(row.balance),
            outstanding: money(row.outstanding),
            overdue: money(row.overdue),
            document_count: row.documents,
            overdue_count: row.overdue_documents,
        }
    }
}

/// The accounts of some clients, each in order of its currencies' codes; a client without sent
/// documents has none.
///
/// # Errors
/// The database is away.
pub(crate) async fn balances_of(
    tx: &mut TenantTx,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, Vec<Balance>>, Fault> {
    let mut found: HashMap<ClientId, Vec<Balance>> = HashMap::new();
    for row in balances::of_clients(tx, clients).await? {
        found.entry(row.client_id).or_default().push(row.into());
    }
    Ok(found)
}

//! How balances are read.

use daybook_domain::kernel::ClientId;
use daybook_store::{StoreError, TenantTx};
use uuid::Uuid;

use super::project::{BalanceRow, Balances};
use crate::engine::Summary;
use crate::invoicing::INVOICES;
use crate::invoicing::invoices::{self, Invoices};
use crate::list::Select;
use crate::past;

const PLACE: (&str, &str) = (Balances::TABLE, INVOICES);

/// The accounts of some clients, by client and currency; none for a client without sent documents.
///
/// # Errors
/// When the database is away.
pub async fn of_clients(
    tx: &mut TenantTx,
    clients: &[ClientId],
) -> Result<Vec<BalanceRow>, StoreError> {
    let ids: Vec<Uuid> = clients.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, INVOICES) {
        let invoices = invoices::made_out_to(tx, &ids, position).await?;
        let invoices = past::rows::<Invoices>(tx, &invoices, position).await?;
        return Ok(past::sums::<Balances>(&invoices));
    }
    let select = Select::new(tx, PLACE).among("client_id", ids);
    select
        .ending("order by client_id, currency")
        .fetch(tx)
        .await
}

/// What all clients together owe, one row per currency; the client is nobody's id.
///
/// # Errors
/// When the database is away.
pub async fn of_tenant(tx: &mut TenantTx) -> Result<Vec<BalanceRow>, StoreError> {
    let columns = "'00000000-0000-0000-0000-000000000000'::uuid as client_id, currency, \
        sum(invoiced) as invoiced, sum(credited) as credited, sum(adjusted) as adjusted, \
        sum(paid) as paid, sum(balance) as balance, sum(outstanding) as outstanding, \
        sum(overdue) as overdue, sum(documents)::bigint as documents, \
        sum(overdue_documents)::bigint as overdue_documents";
    let select = Select::of(tx, columns, PLACE);
    select
        .ending("group by currency order by currency")
        .fetch(tx)
        .await
}

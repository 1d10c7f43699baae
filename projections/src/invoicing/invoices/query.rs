//! How documents are found.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::invoicing::invoice::{Kind, Status};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId};
use daybook_store::{StoreError, TenantTx};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{InvoiceRow, Invoices, ten_thousandths};
use crate::engine::ReadModel;
use crate::invoicing::INVOICES;
use crate::list::{Column, Listed, Select};
use crate::past;
use crate::text::stored_name;

/// No document is dated later.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
const PLACE: (&str, &str) = (Invoices::TABLE, INVOICES);

/// Which documents are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only these; none for all.
    pub ids: Option<Vec<InvoiceId>>,
    /// Of one of these kinds.
    pub kinds: Vec<Kind>,
    /// In one of these statuses; none for any.
    pub statuses: Option<Vec<Status>>,
    /// Sent, whatever became of them since.
    pub only_sent: bool,
    /// Made out to one of these clients.
    pub clients: Vec<ClientId>,
    /// Whose number or client's name begins with this text, in any case.
    pub search: Option<String>,
    /// With one of these numbers, in any case.
    pub numbers: Vec<String>,
    /// In one of these currencies.
    pub currencies: Vec<Currency>,
    /// Of a sale that belongs to one of these countries, as they were named.
    pub countries: Vec<String>,
    /// Dated on this day or later.
    pub issued_from: Option<NaiveDate>,
    /// Dated on this day or earlier.
    pub issued_until: Option<NaiveDate>,
    /// Due on this day or later.
    pub due_from: Option<NaiveDate>,
    /// Due on this day or earlier.
    pub due_until: Option<NaiveDate>,
    /// Of this total or more.
    pub total_from: Option<Decimal>,
    /// Of this total or less.
    pub total_until: Option<Decimal>,
    /// Notes that credit this invoice.
    pub credits: Option<InvoiceId>,
    /// Drafted at this moment or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Drafted before this moment.
    pub created_before: Option<DateTime<Utc>>,
    /// Changed after this position of the tenant.
    pub changed_after: Option<i64>,
}

/// What documents are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// When they were drafted.
    #[default]
    Created,
    /// When they changed last.
    Updated,
    /// Their number, in any case; those without one first.
    Number,
    /// The date they bear; those without one last.
    IssuedOn,
    /// When they are due; those that never are last.
    DueOn,
    /// Their total, whatever the currency.
    Total,
}

impl Listed for Invoices {
    type Filter = Filter;
    type Order = OrderBy;
    const PROJECTION: &'static str = INVOICES;

    fn id(row: &InvoiceRow) -> Uuid {
        row.id.0
    }

    fn column(order: OrderBy) -> Column<InvoiceRow> {
        match order {
            OrderBy::Created => Column::Integer("created_position", |row| row.created_position),
            OrderBy::Updated => Column::Integer("position", |row| row.position),
            OrderBy::Number => Column::Text("number_key", |row| &row.number_key),
            OrderBy::IssuedOn => Column::Date("issued_on", |row| row.issued_on),
            OrderBy::DueOn => Column::Date("due_on", |row| row.due_on),
            OrderBy::Total => Column::Integer("total_key", |row| row.total_key),
        }
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let names = |kinds: &[Kind]| kinds.iter().map(stored_name).collect::<Vec<String>>();
        let ids = filter.ids.as_ref();
        let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        let statuses = filter.statuses.as_ref();
        let statuses: Option<Vec<_>> = statuses.map(|all| all.iter().map(stored_name).collect());
        let numbers: Vec<String> = filter
            .numbers
            .iter()
            .map(|n| n.trim().to_lowercase())
            .collect();
        let currencies: Vec<String> = filter.currencies.iter().map(ToString::to_string).collect();
        let clients: Vec<Uuid> = filter.clients.iter().map(|client| client.0).collect();
        let select = if filter.only_sent {
            select.holding("sent_at is not null")
        } else {
            select
        };
        let select = select
            .one_of("id", ids)
            .among("kind", names(&filter.kinds))
            .one_of("status", statuses)
            .among("client_id", clients)
            .beginning(&["number_key", "client_name_key"], filter.search.as_deref())
            .among("number_key", numbers)
            .among("currency", currencies)
            .among("country", filter.countries.clone())
            .only_some("credits_id =", filter.credits.map(|id| id.0));
        bounded(select, filter)
    }
}

fn bounded<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
    // Written as they are indexed.
    let issued = Invoices::column(OrderBy::IssuedOn).expression();
    let due = Invoices::column(OrderBy::DueOn).expression();
    select
        .only_some(&format!("{issued} >="), filter.issued_from)
        .only_some(
            &format!("{issued} <="),
            until(filter.issued_from, filter.issued_until),
        )
        .only_some(&format!("{due} >="), filter.due_from)
        .only_some(
            &format!("{due} <="),
            until(filter.due_from, filter.due_until),
        )
        .only_some("total_key >=", filter.total_from.map(ten_thousandths))
        .only_some("total_key <=", filter.total_until.map(ten_thousandths))
        .only_some("created_at >=", filter.created_from)
        .only_some("created_at <", filter.created_before)
        .only_some("position >", filter.changed_after)
}

/// The end of a range of days. One that only begins ends with the last day there is, because a
/// document without the date is in no range.
fn until(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Option<NaiveDate> {
    until.or(from.map(|_| LAST_DAY))
}

/// A document by its id.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: InvoiceId) -> Result<Option<InvoiceRow>, StoreError> {
    Ok(by_ids(tx, &[id]).await?.pop())
}

/// Documents by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[InvoiceId]) -> Result<Vec<InvoiceRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, INVOICES) {
        return past::rows::<Invoices>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

/// The documents of some clients that were drafted at a position or before it. A document's client
/// never changes, so that the live rows know, if they have read up to there.
///
/// # Errors
/// When the database is away.
pub(crate) async fn made_out_to(
    tx: &mut TenantTx,
    clients: &[Uuid],
    position: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let select = Select::<Id>::live(tx, "id", PLACE)
        .among("client_id", clients.to_vec())
        .only("created_position <=", position);
    let found = select.fetch(tx).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

#[derive(Debug, Deserialize)]
struct Id {
    id: Uuid,
}

//! How clients are found.

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::Status;
use daybook_domain::kernel::ClientId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{ClientRow, Clients};
use crate::crm::CLIENTS;
use crate::engine::ReadModel;
use crate::list::{Column, Listed, Select};
use crate::past;
use crate::text::stored_name;

const PLACE: (&str, &str) = (Clients::TABLE, CLIENTS);

/// Which clients are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these; none for all.
    pub ids: Option<Vec<ClientId>>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
    /// Whose name, e-mail address or external id begins with this text, in any case.
    pub search: Option<String>,
    /// With one of these external ids, exactly.
    pub external_ids: Vec<String>,
    /// In one of these countries, as they were named.
    pub countries: Vec<String>,
    /// Registered at this moment or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Registered before this moment.
    pub created_before: Option<DateTime<Utc>>,
    /// Changed after this position of the tenant.
    pub changed_after: Option<i64>,
}

/// What clients are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// When they were registered.
    #[default]
    Created,
    /// When they changed last.
    Updated,
    /// Their name, in any case.
    Name,
}

impl Listed for Clients {
    type Filter = Filter;
    type Order = OrderBy;
    const PROJECTION: &'static str = CLIENTS;

    fn id(row: &ClientRow) -> Uuid {
        row.id.0
    }

    fn column(order: OrderBy) -> Column<ClientRow> {
        match order {
            OrderBy::Created => Column::Integer("created_position", |row| row.created_position),
            OrderBy::Updated => Column::Integer("position", |row| row.position),
            OrderBy::Name => Column::Text("name_key", |row| &row.name_key),
        }
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let statuses = filter.statuses.iter().map(stored_name).collect();
        let ids = filter.ids.as_ref();
        let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        select
            .one_of("id", ids)
            .among::<String>("status", statuses)
            .beginning(
                &["name_key", "email_key", "external_key"],
                filter.search.as_deref(),
            )
            .among("external_key", lower(&filter.external_ids))
            .among("external_id", filter.external_ids.clone())
            .among("country", filter.countries.clone())
            .only_some("created_at >=", filter.created_from)
            .only_some("created_at <", filter.created_before)
            .only_some("position >", filter.changed_after)
    }
}

/// A client by its id.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: ClientId) -> Result<Option<ClientRow>, StoreError> {
    Ok(by_ids(tx, &[id]).await?.pop())
}

/// Clients by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ClientId]) -> Result<Vec<ClientRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, CLIENTS) {
        return past::rows::<Clients>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

/// Clients by their external ids, in no order; unknown ones are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_external_ids(
    tx: &mut TenantTx,
    ids: &[String],
) -> Result<Vec<ClientRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = Select::new(tx, PLACE).among("external_key", lower(ids));
    select.among("external_id", ids.to_vec()).fetch(tx).await
}

/// The form that is indexed.
fn lower(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| id.to_lowercase()).collect()
}

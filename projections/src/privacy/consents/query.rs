//! How consents are read.

use daybook_domain::kernel::{ClientId, ConsentId};
use daybook_domain::privacy::consent::Status;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{ConsentRow, Consents};
use crate::engine::ReadModel;
use crate::list::{Column, Listed, OnlyOrder, Select};
use crate::past;
use crate::privacy::CONSENTS;
use crate::text::stored_name;

const PLACE: (&str, &str) = (Consents::TABLE, CONSENTS);

/// Which consents are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one of these clients.
    pub clients: Vec<ClientId>,
    /// For one of these purposes, exactly.
    pub purposes: Vec<String>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
}

impl Listed for Consents {
    type Filter = Filter;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = CONSENTS;

    fn id(row: &ConsentRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<ConsentRow> {
        // When it changed last.
        Column::Integer("position", |row| row.position)
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let clients: Vec<Uuid> = filter.clients.iter().map(|id| id.0).collect();
        let statuses: Vec<String> = filter.statuses.iter().map(stored_name).collect();
        select
            .among("client_id", clients)
            .among("purpose", filter.purposes.clone())
            .among("status", statuses)
    }
}

/// Consents by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ConsentId]) -> Result<Vec<ConsentRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, CONSENTS) {
        return past::rows::<Consents>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

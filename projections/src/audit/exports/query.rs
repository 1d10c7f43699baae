//! How exports are read.

use daybook_domain::kernel::ExportId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{ExportRow, ExportState, Exports};
use crate::audit::EXPORTS;
use crate::engine::ReadModel;
use crate::list::{Column, Listed, OnlyOrder, Select};
use crate::past;
use crate::text::stored_name;

const PLACE: (&str, &str) = (Exports::TABLE, EXPORTS);

/// Which exports are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these states.
    pub states: Vec<ExportState>,
}

impl Listed for Exports {
    type Filter = Filter;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = EXPORTS;

    fn id(row: &ExportRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<ExportRow> {
        // When something happened to it last.
        Column::Integer("position", |row| row.position)
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let states: Vec<String> = filter.states.iter().map(stored_name).collect();
        select.among("state", states)
    }
}

/// Exports by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ExportId]) -> Result<Vec<ExportRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, EXPORTS) {
        return past::rows::<Exports>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

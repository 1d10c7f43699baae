//! How data subjects are read.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{DataSubjectId, TenantId};
use daybook_domain::privacy::data_subject::{Basis, Subject, SubjectKind};
use daybook_store::{DispatchTx, StoreError, TenantTx};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{DataSubjectRow, DataSubjects, Status};
use crate::engine::ReadModel;
use crate::list::{Column, Listed, OnlyOrder, Select, read};
use crate::past;
use crate::privacy::DATA_SUBJECTS;
use crate::text::stored_name;

const PLACE: (&str, &str) = (DataSubjects::TABLE, DATA_SUBJECTS);

/// Which data subjects are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Known as one of these.
    pub kinds: Vec<SubjectKind>,
    /// In one of these statuses.
    pub statuses: Vec<Status>,
}

impl Listed for DataSubjects {
    type Filter = Filter;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = DATA_SUBJECTS;

    fn id(row: &DataSubjectRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<DataSubjectRow> {
        // When it changed last.
        Column::Integer("position", |row| row.position)
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let kinds: Vec<String> = filter.kinds.iter().map(stored_name).collect();
        let statuses: Vec<String> = filter.statuses.iter().map(stored_name).collect();
        select.among("kind", kinds).among("status", statuses)
    }
}

/// Data subjects by their ids, in no order; those to whom nothing was done are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(
    tx: &mut TenantTx,
    ids: &[DataSubjectId],
) -> Result<Vec<DataSubjectRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, DATA_SUBJECTS) {
        return past::rows::<DataSubjects>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

/// An erasure, of whichever tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedRow {
    /// In whose log.
    pub tenant: TenantId,
    /// Who.
    pub subject: Subject,
    /// Why.
    pub basis: Basis,
    /// When it was decided.
    pub erased_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Columns {
    tenant: TenantId,
    kind: SubjectKind,
    subject_id: Uuid,
    basis: Basis,
    erased_at: DateTime<Utc>,
}

/// Every erasure of all tenants, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn erased_everywhere(tx: &mut DispatchTx) -> Result<Vec<ErasedRow>, StoreError> {
    let rows = sqlx::query(
        "select tenant_id as tenant, kind, subject_id, basis, erased_at \
         from privacy_data_subjects where status in ('erasing', 'erased') \
           and generation = (select generation from readers \
             where name = 'privacy.data_subjects' and state = 'live') \
         order by erased_at, subject_id",
    )
    .fetch_all(tx.connection())
    .await?;
    let row = |columns: Columns| ErasedRow {
        tenant: columns.tenant,
        subject: Subject {
            kind: columns.kind,
            id: columns.subject_id,
        },
        basis: columns.basis,
        erased_at: columns.erased_at,
    };
    rows.iter().map(|it| read(it).map(row)).collect()
}

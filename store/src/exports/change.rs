//! What the log says is to be made, and what no longer is.

use std::collections::BTreeMap;

use daybook_domain::kernel::{ExportId, TenantId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::ReaderTx;

/// What became of a tenant's jobs; the last word about each counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobChanges {
    /// The position at which it was asked for; none where it has ended.
    jobs: BTreeMap<ExportId, Option<i64>>,
}

impl JobChanges {
    /// It is to be made; asked for at this position of the tenant.
    pub fn begin(&mut self, export: ExportId, position: i64) {
        self.jobs.insert(export, Some(position));
    }

    /// It has ended.
    pub fn end(&mut self, export: ExportId) {
        self.jobs.insert(export, None);
    }
}

impl ReaderTx {
    /// Writes them, for the tenant that was entered.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn change_export_jobs(
        &mut self,
        tenant: TenantId,
        changes: &JobChanges,
    ) -> Result<(), StoreError> {
        let ended = changes.jobs.iter().filter(|(_, begun)| begun.is_none());
        let ended: Vec<Uuid> = ended.map(|(export, _)| export.0).collect();
        sqlx::query("delete from audit_export_jobs where tenant_id = $1 and export_id = any ($2)")
            .bind(tenant.0)
            .bind(ended)
            .execute(self.connection())
            .await?;
        let begun = changes.jobs.iter();
        let begun = begun.filter_map(|(export, begun)| begun.map(|at| (export.0, at)));
        let (exports, positions): (Vec<Uuid>, Vec<i64>) = begun.unzip();
        sqlx::query(
            "insert into audit_export_jobs (tenant_id, export_id, position) \
             select $1, e, p from unnest($2::uuid[], $3::bigint[]) as u (e, p) \
             on conflict on constraint audit_export_jobs_pk do nothing",
        )
        .bind(tenant.0)
        .bind(exports)
        .bind(positions)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

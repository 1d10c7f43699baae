//! Does the database's own catalogue keep tenants apart?
//!
//! Row-level security fails open: a new table without a policy shows everybody everything, and no
//! query tells. So the catalogue is asked, by a test for every migration and by `daybook doctor`
//! for a database that somebody changed by hand.

use super::connect::{Database, DatabaseError};
use super::roles::Role;

/// Tables whose rows belong to no tenant.
const WITHOUT_TENANTS: &[&str] = &["_sqlx_migrations", "audit_keys", "log_head", "readers"];
/// Tables of which the writer and the tailer see all rows: the log.
const OF_THE_LOG: &[&str] = &["claims", "commands", "counters", "events"];
/// Queues and directories: tables of which all rows can be claimed or looked up across tenants.
const OF_DISPATCH: &[&str] = &[
    "audit_export_jobs",
    "mail",
    "parked_streams",
    "privacy_data_subjects",
    "tenancy_members",
    "tenancy_tenants",
    "timers",
    "vantages",
];
/// Tables that the sealer has to do with: the log it reads, the trees it writes.
const OF_THE_SEAL: &[&str] = &[
    "audit_anchored",
    "audit_checkpoints",
    "audit_halts",
    "audit_tiles",
    "events",
];
/// Tables from which rows go with the key of a data subject.
const OF_THE_KEYS: &[&str] = &["claims", "snapshots"];
/// Tables to which the writer adds rows, and sees none: what is asked for with a command.
const ASKED_FOR: &[&str] = &["mail"];
/// Unique indexes that need not begin with the tenant, because no tenant's program can insert.
const NOT_LED_BY_TENANT: &[&str] = &["events_pk"];
/// Functions that run as their owner, each with a `search_path` of its own.
const AS_OWNER: &[&str] = &[
    "daybook.drop_scratch_schema",
    "daybook.make_scratch_schema",
    "keys.make",
];

impl Database {
    /// What in the catalogue breaks the isolation of tenants or the log's being append-only, one
    /// sentence each; empty when all is well.
    ///
    /// # Errors
    /// When the database is away or not migrated.
    pub async fn catalogue_faults(&self) -> Result<Vec<String>, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let faults = sqlx::query_scalar(include_str!("catalogue.sql"))
            .bind(Role::ALL.map(Role::name))
            .bind(WITHOUT_TENANTS)
            .bind(OF_THE_LOG)
            .bind(OF_DISPATCH)
            .bind(NOT_LED_BY_TENANT)
            .bind(AS_OWNER)
            .bind(OF_THE_SEAL)
            .bind(OF_THE_KEYS)
            .bind(ASKED_FOR)
            .fetch_all(&mut admin)
            .await?;
        Ok(faults)
    }
}

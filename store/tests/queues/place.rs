//! A store of one's own, whose clock stands still.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::TenantId;
use daybook_postgres::testing;
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use uuid::Uuid;

/// The time at which everything here happens.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

pub(crate) fn tenant(number: u128) -> TenantId {
    TenantId(Uuid::from_u128(1_000 + number))
}

/// A database of its own on the shared server, migrated.
pub(crate) async fn database() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = testing::shared().url(&format!("queues_{}_{number}", std::process::id()));
    let database = Database::from_url(&url).unwrap();
    database.create_where_missing().await.unwrap();
    database.migrate().await.unwrap();
    database
}

pub(crate) async fn store(database: &Database) -> Store {
    let options = StoreOptions {
        connections: 4,
        queue: 100,
        cached: 100,
        clock: noon,
        master: MasterKey::new([7; 32]),
    };
    Store::open(database, options).await.unwrap()
}

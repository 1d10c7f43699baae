//! How does a client see to it that its command goes through exactly once?

use std::collections::{BTreeMap, HashMap};

use daybook_domain::kernel::TenantId;
use daybook_store::{ExecuteError, Receipt, Store, StoreError};
use uuid::Uuid;

use crate::account::{Deposit, Open};
use crate::world::{Row, context};

/// The id of a writer's n-th command: whoever knows the two can repeat it.
pub(crate) fn command_id(writer: usize, n: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{writer}/{n}").as_bytes())
}

/// Where a command went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Went {
    pub(crate) command_id: Uuid,
    pub(crate) position: i64,
    pub(crate) version: i64,
    pub(crate) events: Vec<Uuid>,
}

impl From<&Receipt> for Went {
    fn from(receipt: &Receipt) -> Self {
        Self {
            command_id: receipt.events[0].command_id,
            position: receipt.position,
            version: receipt.version,
            events: receipt.events.iter().map(|event| event.event_id).collect(),
        }
    }
}

/// A writer's n-th command: two streams at once, so that a part of it could be missing.
pub(crate) async fn attempt(
    store: &Store,
    tenant: TenantId,
    (writer, n): (usize, usize),
) -> Result<Receipt, ExecuteError> {
    let stream = Uuid::new_v5(&tenant.0, format!("{writer}").as_bytes());
    let beside = Uuid::new_v5(&tenant.0, format!("{writer}/{n}").as_bytes());
    let context = context(command_id(writer, n), &(writer, n));
    let batch = store.batch(tenant, context);
    let batch = if n == 0 {
        batch.and_new(stream, Open::default())
    } else {
        batch.and(stream, Deposit(1))
    };
    batch.and_new(beside, Open::default()).execute().await
}

/// Repeats the command until it is known to have gone through.
pub(crate) async fn insist(store: &Store, tenant: TenantId, at: (usize, usize)) -> Went {
    loop {
        match attempt(store, tenant, at).await {
            Ok(receipt) => return Went::from(&receipt),
            Err(ExecuteError::Store(StoreError::Unavailable(_)) | ExecuteError::Overloaded) => {}
            Err(error) => panic!("{at:?}: {error:?}"),
        }
    }
}

/// Every command is whole and once in the log, and those that went are where they were said to be.
#[track_caller]
pub(crate) fn assert_whole(log: &[Row], tenant: TenantId, went: &[Went]) {
    crate::world::assert_gapless(log);
    let mut commands: BTreeMap<(Uuid, Uuid), Vec<&Row>> = BTreeMap::new();
    for row in log {
        let key = (row.tenant_id, row.command_id);
        commands.entry(key).or_default().push(row);
    }
    for rows in commands.values() {
        assert_eq!(
            rows.len(),
            2,
            "a command is there in part or doubled: {rows:?}"
        );
        assert_eq!(rows[0].log_position + 1, rows[1].log_position);
    }
    let mut said: HashMap<Uuid, &Went> = HashMap::new();
    for went in went {
        let rows = commands.get(&(tenant.0, went.command_id));
        let rows = rows.unwrap_or_else(|| panic!("lost although acknowledged: {went:?}"));
        assert_eq!(
            (went.position, went.version),
            (rows[1].position, rows[0].version)
        );
        if let Some(other) = said.insert(went.command_id, went) {
            assert_eq!(other, went, "two receipts of one command differ");
        }
    }
}

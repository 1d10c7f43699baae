//! Who was ever to get a tenant's checkpoints by mail?
//!
//! Read from the log: the read model of the tenant has no addresses, since each list goes once another
//! one takes its place.

use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::tenant::{CheckpointRecipientsSet, TenantEvent};
use daybook_store::{HistoryFilter, Store, StoreError};

/// The event of a list.
const SET: &str = "tenancy.tenant.checkpoint_recipients_set";

/// Every list the tenant ever had, the one in force last. Those whose keys were destroyed are empty.
///
/// # Errors
/// When the database is away.
pub async fn lists(
    store: &Store,
    tenant: TenantId,
) -> Result<Vec<CheckpointRecipientsSet>, StoreError> {
    let filter = HistoryFilter {
        stream_id: Some(tenant.0),
        types: vec![SET.to_owned()],
    };
    let mut lists = Vec::new();
    for event in store.whole_history(tenant, &filter).await? {
        match event.decode::<TenantEvent>() {
            Ok(event) => lists.extend(list_of(event)),
            Err(error) => tracing::warn!(%error, "a list of recipients is unreadable"),
        }
    }
    Ok(lists)
}

/// The list that an event sets; none for any other event.
pub fn list_of(event: TenantEvent) -> Option<CheckpointRecipientsSet> {
    match event {
        TenantEvent::CheckpointRecipientsSet(set) => Some(set),
        TenantEvent::Founded(_)
        | TenantEvent::Renamed(_)
        | TenantEvent::Branded(_)
        | TenantEvent::DomainClaimed(_)
        | TenantEvent::DomainVerified(_)
        | TenantEvent::DomainReleased(_)
        | TenantEvent::SettingsChanged(_)
        | TenantEvent::IpAllowListSet(_)
        | TenantEvent::SecurityPolicySet(_)
        | TenantEvent::PlanChanged(_)
        | TenantEvent::Suspended(_)
        | TenantEvent::Reactivated(_)
        | TenantEvent::Closed(_) => None,
    }
}

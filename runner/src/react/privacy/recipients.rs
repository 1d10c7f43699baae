//! Who was to get checkpoints by mail, and is not any more?
//!
//! Addresses of a list are sealed under a key of that list, and kept while it is in force. Once another
//! one takes its place, that key is destroyed: what is left in the log is that there was a list. So
//! whoever is taken off it is forgotten, be it by an administrator or since they were erased.

use daybook_domain::kernel::{Aggregate, CodecError, TenantId};
use daybook_domain::tenancy::tenant::{
    CheckpointRecipientsSet, ForgetCheckpointRecipients, Tenant, TenantEvent,
};
use daybook_store::{
    Context, DueTimer, ExecuteError, HistoryFilter, Moment, Recorded, Store, StoreError,
};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::react::timers::{Kind, Note, Occasion};

/// Lists read at once.
const PAGE: i64 = 1_000;
/// The event of a list.
const SET: &str = "tenancy.tenant.checkpoint_recipients_set";

/// Forgets lists of recipients that are not in force any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormerRecipients;

impl Kind for FormerRecipients {
    fn name(&self) -> &'static str {
        "tenancy.former_recipients"
    }

    fn stream_type(&self) -> &'static str {
        Tenant::NAME
    }

    fn note(&self, event: &Recorded) -> Result<Option<Note>, CodecError> {
        let event = event.decode::<TenantEvent>()?;
        Ok(list_of(&event).map(|set| Note::Set(Moment::At(set.at))))
    }

    fn waits_for_business(&self) -> bool {
        false
    }

    fn happen<'a>(
        &'a self,
        store: &'a Store,
        timer: &'a DueTimer,
        _: Occasion,
    ) -> BoxFuture<'a, Result<(), ExecuteError>> {
        Box::pin(async move { Ok(forget_former(store, timer.tenant).await?) })
    }
}

/// Takes addresses of somebody who is erased off the list, and out of every list before.
///
/// # Errors
/// When the log is away; to be repeated with the same context.
pub(super) async fn forget(
    store: &Store,
    tenant: TenantId,
    (addresses, context): (&[String], &Context),
) -> Result<(), StoreError> {
    let context = context.part("checkpoint recipients");
    let forget = ForgetCheckpointRecipients {
        list_id: context.command_id,
        addresses: addresses.to_vec(),
        at: context.at,
    };
    let taken_off = store.execute(tenant, tenant.0, forget, context).await;
    match taken_off {
        Ok(_) => forget_former(store, tenant).await,
        Err(ExecuteError::Store(error)) => Err(error),
        Err(
            error @ (ExecuteError::Refused(_)
            | ExecuteError::Conflict { .. }
            | ExecuteError::CommandIdReused(_)
            | ExecuteError::Overloaded),
        ) => Err(StoreError::Unavailable(error.to_string())),
    }
}

/// Destroys the keys of all lists but the one in force.
async fn forget_former(store: &Store, tenant: TenantId) -> Result<(), StoreError> {
    let lists = lists(store, tenant).await?;
    let Some((_, former)) = lists.split_last() else {
        return Ok(());
    };
    for list in former {
        if store.erased_at(tenant, *list).await?.is_none() {
            store.erase_subject(tenant, *list).await?;
        }
    }
    Ok(())
}

/// Every list the tenant ever had, the one in force last.
async fn lists(store: &Store, tenant: TenantId) -> Result<Vec<Uuid>, StoreError> {
    let filter = HistoryFilter {
        stream_id: Some(tenant.0),
        types: vec![SET.to_owned()],
    };
    let mut lists = Vec::new();
    let mut position = 0;
    loop {
        let page = store.history(tenant, position, &filter, PAGE).await?;
        for event in &page.events {
            position = event.position;
            match event.decode::<TenantEvent>() {
                Ok(event) => lists.extend(list_of(&event).map(|set| set.list_id)),
                Err(error) => tracing::warn!(%error, "a list of recipients is unreadable"),
            }
        }
        if !page.has_more {
            return Ok(lists);
        }
    }
}

fn list_of(event: &TenantEvent) -> Option<&CheckpointRecipientsSet> {
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

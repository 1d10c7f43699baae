//! Who was to get checkpoints by mail, and is not any more?
//!
//! Addresses of a list are sealed under a key of that list, and kept while it is in force. Once another
//! one takes its place, that key is destroyed: what is left in the log is that there was a list. So
//! whoever is taken off it is forgotten, be it by an administrator or since they were erased.

use daybook_domain::kernel::{Aggregate, CodecError, TenantId};
use daybook_domain::tenancy::tenant::{ForgetCheckpointRecipients, Tenant, TenantEvent};
use daybook_projections::privacy::recipients::{list_of, lists};
use daybook_store::{Context, DueTimer, ExecuteError, Moment, Recorded, Store, StoreError};
use futures::future::BoxFuture;

use crate::react::timers::{Kind, Note, Occasion};

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
        Ok(list_of(event).map(|set| Note::Set(Moment::At(set.at))))
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
        if store.erased_at(tenant, list.list_id).await?.is_none() {
            store.erase_subject(tenant, list.list_id).await?;
        }
    }
    Ok(())
}

//! Who is still known in rows that no longer follow the log?
//!
//! Generations that were replaced and are kept, or whose rows have not gone away yet, do not see
//! the event by which somebody is erased: their rows forget the person by hand. Should one of them
//! become live again, it comes upon that event as well, and finds nothing left to do.

use std::sync::Arc;

use daybook_domain::kernel::TenantId;
use daybook_store::reader::{ReaderKey, ReaderState};
use daybook_store::{Store, StoreError};
use uuid::Uuid;

use super::fault::Trouble;
use super::posting::Ground;
use super::projection::Projection;
use super::sweep::take_away;
use super::table::Scope;

/// Takes a data subject out of the rows of all generations that do not follow the log any more, of
/// the projections of this binary. Safe to repeat.
///
/// # Errors
/// When the database is away, or a generation is being built: that one may hold what it read
/// before, and has to come to its end first.
pub async fn forget_in_replaced(
    store: &Store,
    projections: &[Arc<Projection>],
    (tenant, subject): (TenantId, Uuid),
) -> Result<(), StoreError> {
    // Moments of the past are caches: they go as a whole, and are built again without the person.
    store.retire_vantages(tenant, None).await?;
    take_away(store, projections, Some(tenant)).await?;
    let mut replaced = store.retired_generations().await?;
    for status in store.readers().await? {
        match status.state {
            ReaderState::Live => {}
            ReaderState::Previous => replaced.push(status.key),
            ReaderState::Building => {
                let name = status.key.name;
                let text = format!("{name} is being rebuilt; an erasure waits for its end");
                return Err(StoreError::Unavailable(text));
            }
        }
    }
    for key in replaced {
        let Some(projection) = projections.iter().find(|it| it.name() == key.name) else {
            continue;
        };
        let forgotten = forget_in(store, projection, (tenant, &key), subject).await;
        forgotten.map_err(|trouble| match trouble {
            Trouble::Store(error) => error,
            Trouble::Rejected(reason) => StoreError::Broken(reason),
        })?;
    }
    Ok(())
}

/// Takes a data subject out of the rows of one generation.
async fn forget_in(
    store: &Store,
    projection: &Projection,
    (tenant, key): (TenantId, &ReaderKey),
    subject: Uuid,
) -> Result<(), Trouble> {
    let scope = Scope {
        tenant,
        generation: key.generation,
    };
    let mut rows = projection.rows(Ground::Stored);
    rows.take_forgetting(subject);
    let mut tx = store.background_tx(tenant).await?;
    rows.load(tx.connection(), scope).await?;
    // Forgetting cannot get stuck.
    drop(rows.apply());
    rows.write(tx.connection(), scope).await?;
    tx.commit().await?;
    Ok(())
}

//! Does each tenant's history say that another key signs?
//!
//! A key signs for all tenants, and each tenant's auditors read their own log alone. So the rotation is
//! written into every log, by the command that made the key, or, where that was interrupted, by the next
//! process that seals. Each log has it once, however often it is tried.

use daybook_domain::audit::seal::{KeyRotated, NoteRotation, seal_id};
use daybook_domain::kernel::TenantId;
use daybook_store::audit::Rotation;
use daybook_store::{Actor, Context, ExecuteError, Fingerprint, Origin, Store};
use futures::stream::{self, StreamExt};
use uuid::Uuid;

/// Logs that are written at the same time.
const AT_ONCE: usize = 8;

/// Writes what is not there yet; how many logs did not say so before.
///
/// # Errors
/// When a log cannot be written, once all the others are. The rest can be tried again.
pub(crate) async fn note_rotations(store: &Store) -> Result<usize, ExecuteError> {
    let mut noted = 0;
    for rotation in store.rotations_to_note().await? {
        let logs = stream::iter(store.tenants_in_log().await?);
        let logs = logs.map(|tenant| note(store, tenant, &rotation));
        let told: Vec<_> = logs.buffer_unordered(AT_ONCE).collect().await;
        for is_new in told {
            noted += usize::from(is_new?);
        }
        store.rotation_noted(rotation.key_id).await?;
    }
    Ok(noted)
}

/// Whether the log did not say so before.
async fn note(store: &Store, tenant: TenantId, rotation: &Rotation) -> Result<bool, ExecuteError> {
    let command = NoteRotation {
        rotated: KeyRotated {
            public_key: hex::encode(&rotation.public),
            others_until: rotation.others_until,
            at: rotation.at,
        },
    };
    let command_id = Uuid::new_v5(&rotation.key_id, tenant.0.as_bytes());
    let fingerprint = Fingerprint::of("audit keys rotate", &rotation.key_id);
    let context = Context::new(Actor::System("seal"), command_id, fingerprint, rotation.at);
    let context = context.from(Origin {
        operator: rotation.operator.clone(),
        reason: rotation.reason.clone(),
        route: Some("command_line:audit keys rotate".to_owned()),
        ..Origin::default()
    });
    let noted = store.execute(tenant, seal_id(tenant), command, context);
    let receipt = noted.await?;
    Ok(!receipt.replayed && !receipt.events.is_empty())
}

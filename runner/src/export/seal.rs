//! Is what is wanted sealed, and may the seal be believed?

use std::time::{Duration, Instant};

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use daybook_store::audit::Vouched;
use tokio::time::sleep;

use super::error::ExportError;
use super::order::Order;

/// Between two looks at the seal.
const LOOK: Duration = Duration::from_millis(200);

/// The checkpoint to prove against: one that covers every event that is there now and wanted.
///
/// # Errors
/// When it does not come in time or will not come, or is not to be believed.
pub(super) async fn covering(store: &Store, order: &Order) -> Result<Vouched, ExportError> {
    let log = store.sealed(order.tenant);
    let last = log.last_position().await?;
    let wanted = order.filter.to.unwrap_or(u64::MAX).min(last);
    // Read before the database: what was kept outside was in there first.
    let outside = outside(order)?;
    let since = Instant::now();
    loop {
        let vouched = log.vouched().await?;
        let size = vouched.as_ref().map_or(0, |it| it.checkpoint.size);
        if let Some(kept) = outside.as_ref().filter(|kept| kept.size > size) {
            let reason = format!(
                "{} events were sealed, by the checkpoint outside of the database, and the database \
                 has {size} sealed: it was restored from an older backup, or cut",
                kept.size
            );
            let position = None;
            return Err(ExportError::Altered { position, reason });
        }
        if let Some(vouched) = vouched.filter(|_| size >= wanted && size > 0) {
            return Ok(vouched);
        }
        refuse_stopped(store, order.tenant).await?;
        if since.elapsed() > order.patience {
            return Err(ExportError::NotSealed(format!(
                "{size} of {wanted} events are sealed after {} s; start `daybook up` or `daybook \
                 work`, which seal, or ask for less",
                order.patience.as_secs()
            )));
        }
        sleep(LOOK).await;
    }
}

/// The checkpoint that was kept outside, as it speaks of itself; the finished archive is held
/// against it.
fn outside(order: &Order) -> Result<Option<Checkpoint>, ExportError> {
    let text = kept_outside(order)?;
    let checkpoint = text.map(|text| {
        let note: Note = text.parse().map_err(|error| format!("{error}"))?;
        note.unverified_text()
            .parse::<Checkpoint>()
            .map_err(|error| error.to_string())
    });
    checkpoint
        .transpose()
        .map_err(|reason| ExportError::Altered {
            position: None,
            reason: format!("the checkpoint outside of the database cannot be believed: {reason}"),
        })
}

/// The text of the checkpoint that was kept outside of the database; none where there is none here.
pub(super) fn kept_outside(order: &Order) -> Result<Option<String>, ExportError> {
    let Some(outside) = &order.outside else {
        return Ok(None);
    };
    let kept = outside.last(order.tenant);
    kept.map_err(|error| ExportError::of_file(outside.directory(), &error))
}

async fn refuse_stopped(store: &Store, tenant: TenantId) -> Result<(), ExportError> {
    let halts = store.seal_halts().await?;
    let mut halts = halts.into_iter().filter(|halt| !halt.resume);
    let Some(halt) = halts.find(|halt| halt.tenant == tenant) else {
        return Ok(());
    };
    Err(ExportError::NotSealed(format!(
        "sealing has stopped at position {}: {}; what lies before can be exported",
        halt.position, halt.reason
    )))
}

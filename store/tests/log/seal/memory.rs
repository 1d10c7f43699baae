//! Is what this process appended sealed as it was appended, and when is memory not believed?

use daybook_domain::kernel::TenantId;
use daybook_store::audit::{MANY, PassageError, Reading, Step, Wanted};

use super::sealing::{Sealing, take};
use crate::account::{Deposit, Open};
use crate::world::{context, id, run, tenant};

/// A sealer that has begun, so that it believes memory from here on.
async fn begun() -> Sealing {
    let mut sealing = Sealing::begin().await;
    assert_eq!(sealing.seal().await, []);
    sealing
}

/// What the table says the leaf hashes of a tenant are.
async fn stored_leaves(sealing: &Sealing, tenant: TenantId) -> Vec<Vec<u8>> {
    let mut admin = sealing.world.administrator().await;
    sqlx::query_scalar(
        "select leaf_hash from daybook.events where tenant_id = $1 order by position",
    )
    .bind(tenant.0)
    .fetch_all(&mut admin)
    .await
    .unwrap()
}

/// What an export would say: the first position that is not what was sealed.
async fn refused(sealing: &Sealing, tenant: TenantId) -> Option<u64> {
    let sealed = sealing.store.sealed(tenant);
    let head = sealed.vouched().await.unwrap().unwrap().checkpoint.head();
    let reading = Reading {
        head,
        wanted: &Wanted::default(),
        proving: false,
    };
    match sealed.passage(reading, 0).await {
        Err(PassageError::Altered { position, .. }) => Some(position),
        other => {
            other.unwrap();
            None
        }
    }
}

/// A tenant with 5 events, the third of which was altered since: the table alone tells.
async fn altered(sealing: &Sealing) -> TenantId {
    let (tenant, _) = sealing.business(5).await;
    let sql = "update daybook.events set payload = '{\"amount\":9}' \
        where tenant_id = '$T' and position = 3";
    sealing
        .attack(&sql.replace("$T", &tenant.to_string()))
        .await;
    tenant
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_forged_with_its_leaf_hash_before_sealing_is_sealed_as_it_was_and_found() {
    let mut sealing = begun().await;
    let (tenant, _) = sealing.business(5).await;
    let appended = stored_leaves(&sealing, tenant).await;
    sealing.forge(tenant, 3).await;
    let forged = stored_leaves(&sealing, tenant).await;
    assert_ne!(appended, forged);
    assert_eq!(sealing.seal().await, []);
    assert_eq!(sealing.leaves(tenant).await, appended);
    let (position, reason) = sealing.flaw(tenant).await.unwrap();
    assert_eq!(position, Some(3), "{reason}");
    assert!(reason.contains("not the one that was sealed"), "{reason}");
    assert_eq!(refused(&sealing, tenant).await, Some(3));
}

/// What is left to whoever can do everything: the table is all that another process has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_than_the_one_that_appended_cannot_tell_such_an_event() {
    let mut sealing = begun().await;
    let (tenant, _) = sealing.business(5).await;
    sealing.forge(tenant, 3).await;
    let forged = stored_leaves(&sealing, tenant).await;
    sealing = sealing.again().await;
    assert_eq!(sealing.seal().await, []);
    assert_eq!(sealing.leaves(tenant).await, forged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_altered_or_deleted_before_sealing_is_found_after_it() {
    let mut sealing = begun().await;
    let altered = altered(&sealing).await;
    let (deleted, _) = sealing.business(5).await;
    let delete = "delete from daybook.events where tenant_id = '$T' and position = 3";
    let delete = delete.replace("$T", &deleted.to_string());
    sealing.attack(&delete).await;
    assert_eq!(sealing.seal().await, []);
    for tenant in [altered, deleted] {
        assert_eq!(sealing.size(tenant).await, 5);
        let (position, reason) = sealing.flaw(tenant).await.unwrap();
        assert_eq!(position, Some(3), "{reason}");
        assert_eq!(refused(&sealing, tenant).await, Some(3));
    }
}

/// What was altered before is read from the table, what is altered from here on is not.
async fn begins_anew(sealing: &mut Sealing, before: TenantId) {
    let halts = sealing.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!((halts[0].tenant, halts[0].position), (before, 3));
    let after = altered(sealing).await;
    assert_eq!(sealing.seal().await, []);
    assert_eq!(sealing.size(after).await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_another_lease_memory_is_believed_from_there_on_alone() {
    let mut sealing = begun().await;
    let before = altered(&sealing).await;
    // Lost, and nobody stepped meanwhile.
    sealing.take_over().await;
    begins_anew(&mut sealing, before).await;
    let before = altered(&sealing).await;
    sealing.silence().await;
    take(&sealing.store).await;
    assert!(matches!(sealing.step().await, Ok(Step::Lost)));
    sealing.take_over().await;
    begins_anew(&mut sealing, before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_error_memory_is_believed_from_there_on_alone() {
    let mut sealing = begun().await;
    let before = altered(&sealing).await;
    let (table, away) = ("daybook.audit_halts", "daybook.audit_halts_away");
    sealing
        .attack(&format!("alter table {table} rename to audit_halts_away"))
        .await;
    assert!(sealing.step().await.is_err());
    sealing
        .attack(&format!("alter table {away} rename to audit_halts"))
        .await;
    begins_anew(&mut sealing, before).await;
}

/// As after a backup was restored under a running process, which still has what the backup lacks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_log_no_longer_has_is_not_signed() {
    let mut sealing = begun().await;
    let (tenant, _) = sealing.business(5).await;
    let cut = "delete from daybook.events where tenant_id = '$T' and position > 3";
    sealing
        .attack(&cut.replace("$T", &tenant.to_string()))
        .await;
    let error = sealing.step().await.unwrap_err().to_string();
    assert!(error.contains("restored, or changed"), "{error}");
    assert_eq!(sealing.seal().await, []);
    assert_eq!(sealing.size(tenant).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_memory_no_longer_has_comes_from_the_table_without_gap_or_double() {
    let mut sealing = begun().await;
    let early = altered(&sealing).await;
    let many = tenant();
    // Twice as much as waits for the sealer at most: more than memory holds.
    let events = 2 * MANY.unsigned_abs() + 1_000;
    append(&sealing, many, events).await;
    let late = altered(&sealing).await;
    let (sealed, halted) = sealing.seal_all().await;
    assert_eq!(halted.len(), 1, "{halted:?}");
    assert_eq!((halted[0].tenant, halted[0].position), (early, 3));
    assert_eq!(u64::try_from(sealed).unwrap(), 2 + events + 5);
    assert_eq!(sealing.size(many).await, events);
    assert_eq!(sealing.size(late).await, 5);
    assert_eq!(sealing.flaw(many).await, None);
}

/// Opens so many accounts at once.
async fn append(sealing: &Sealing, tenant: TenantId, events: u64) {
    let mut left = events;
    while left > 0 {
        let some = left.min(500);
        let batch = sealing.store.batch(tenant, context(id(), &left));
        let batch = (0..some).fold(batch, |batch, _| batch.and_new(id(), Open::default()));
        batch.execute().await.unwrap();
        left -= some;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_several_processes_append_to_one_history_is_sealed_as_one() {
    let mut sealing = begun().await;
    let other = sealing.world.store().await;
    let business = sealing.business(2).await;
    for round in 0..40 {
        sealing.deposit(business, 1 + round % 3).await;
        for _ in 0..=round % 2 {
            run(&other, business.0, business.1, Deposit(1))
                .await
                .unwrap();
        }
        if round % 5 == 0 {
            assert_eq!(sealing.seal().await, []);
        }
    }
    let head = other.tail().past(sealing.store.tail().head() - 1).await;
    sealing.store.tail().past(head - 1).await;
    assert_eq!(sealing.seal().await, []);
    assert_eq!(
        sealing.leaves(business.0).await,
        stored_leaves(&sealing, business.0).await
    );
    assert_eq!(sealing.flaw(business.0).await, None);
    other.close().await;
}

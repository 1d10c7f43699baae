//! Is a database that went back in time, or grew otherwise since, held against what was signed?

use std::path::Path;

use daybook_domain::kernel::TenantId;
use daybook_store::Database;
use daybook_store::audit::{Keyring, Outside, Sealer, Step};
use daybook_store::vault::MasterKey;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::sealing::{Sealing, take};
use crate::world::World;

/// A copy of a database as it is now, as a backup would have it. Nobody may be connected to it.
async fn copy(sealing: Sealing, name: &str) -> (Sealing, World) {
    let mut admin = sealing.world.administrator().await;
    let of: String = sqlx::query_scalar("select quote_ident(current_database())")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    sealing.leave().await;
    let server = daybook_postgres::testing::shared();
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    let sql = format!("create database {name} template {of}");
    // Sessions may take a moment to end, and some are the server's own.
    let end =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{of}'");
    admin.execute(end.as_str()).await.unwrap();
    while let Err(error) = admin.execute(sql.as_str()).await {
        let code = error.as_database_error().unwrap().code().unwrap();
        assert_eq!(code, "55006", "{error}");
        admin.execute(end.as_str()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let url = server.url(name);
    let world = World {
        database: Database::from_url(&url).unwrap(),
        url,
    };
    (Sealing::on(sealing.world, sealing.directory).await, world)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_older_backup_signs_nothing_until_an_operator_says_so() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(5).await;
    let idle = sealing.business(2).await;
    sealing.seal().await;
    let (mut sealing, backup) = copy(sealing, "seal_backup").await;
    sealing.deposit(business, 3).await;
    sealing.seal().await;
    sealing.leave().await;
    let mut restored = Sealing::on(backup, sealing.directory).await;
    // Without a single new event: it is looked for when the sealer starts.
    let halts = restored.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    // The first of those that were signed and are gone.
    assert_eq!((halts[0].tenant, halts[0].position), (business.0, 6));
    assert!(halts[0].reason.contains("older backup"), "{halts:?}");
    let (position, reason) = restored.flaw(business.0).await.unwrap();
    assert_eq!(position, Some(6), "{reason}");
    // The history goes on otherwise, longer than the one that was signed.
    restored.deposit(business, 9).await;
    restored.deposit(idle, 1).await;
    assert_eq!(restored.seal().await, []);
    assert_eq!(restored.size(business.0).await, 5);
    assert_eq!(restored.size(idle.0).await, 3);
    let (position, reason) = restored.flaw(business.0).await.unwrap();
    assert_eq!(position, Some(6), "{reason}");
    // Said once, it is found again: nothing about the history is better.
    assert!(restored.store.resume_seal(business.0).await.unwrap());
    let halts = restored.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!(halts[0].position, 6, "{halts:?}");
    // An operator who puts the checkpoint aside says that the history was cut.
    assert!(restored.outside().set_aside(business.0, "8").unwrap());
    assert!(restored.store.resume_seal(business.0).await.unwrap());
    assert_eq!(restored.seal().await, []);
    assert_eq!(restored.size(business.0).await, 14);
    assert_eq!(restored.store.seal_halts().await.unwrap(), []);
    assert_eq!(restored.flaw(business.0).await, None);
    assert!(!restored.store.resume_seal(business.0).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_that_outgrew_what_was_signed_is_not_signed() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(5).await;
    sealing.seal().await;
    let (mut sealing, backup) = copy(sealing, "seal_fork").await;
    sealing.deposit(business, 3).await;
    sealing.seal().await;
    sealing.leave().await;
    // Somebody lets a sealer with our keys grow the other branch, without our checkpoints.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut fork = Sealing::on(backup, elsewhere).await;
    fork.deposit(business, 300).await;
    assert_eq!(fork.seal().await, []);
    assert_eq!(fork.flaw(business.0).await, None);
    fork.leave().await;
    let mut ours = Sealing::on(fork.world, sealing.directory).await;
    let halts = ours.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert!(halts[0].reason.contains("does not continue"), "{halts:?}");
    // Nothing is signed after what the fork has signed. Where it left our history, between the sixth
    // event and the eighth, one root does not tell.
    assert_eq!(halts[0].position, 306, "{halts:?}");
    let (position, reason) = ours.flaw(business.0).await.unwrap();
    assert_eq!(position, None, "{reason}");
    assert!(reason.contains("the one of 8 events"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_trees_of_one_size_are_told_apart() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(5).await;
    sealing.seal().await;
    let (mut sealing, backup) = copy(sealing, "seal_twin").await;
    sealing.deposit(business, 3).await;
    sealing.seal().await;
    sealing.leave().await;
    let mut twin = Sealing::on(backup, tempfile::tempdir().unwrap()).await;
    twin.deposit(business, 3).await;
    twin.seal().await;
    twin.leave().await;
    let mut ours = Sealing::on(twin.world, sealing.directory).await;
    let halts = ours.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!((halts[0].tenant, halts[0].position), (business.0, 9));
    let (position, reason) = ours.flaw(business.0).await.unwrap();
    assert_eq!(position, None, "{reason}");
    assert!(reason.contains("the one of 8 events"), "{reason}");
    // And the database has one of a size, even for its superuser.
    let sql = "insert into daybook.audit_checkpoints \
               select tenant_id, size, sha256(root), note, signed_at \
               from daybook.audit_checkpoints";
    let mut admin = ours.world.administrator().await;
    let error = admin.execute(sql).await.unwrap_err();
    assert!(
        error.to_string().contains("audit_checkpoints_pk"),
        "{error}"
    );
}

/// The log and its tree made anew by somebody who has the whole database and a key of their own.
async fn rebuild(sealing: &Sealing, tenant: TenantId, directory: &Path) {
    sealing.forge(tenant, 2).await;
    let forged = "delete from daybook.audit_tiles; delete from daybook.audit_checkpoints; \
         delete from daybook.audit_keys; delete from keys.signing_keys; \
         update daybook.readers set log_position = 0";
    sealing.attack(forged).await;
    let store = sealing.world.store().await;
    let theirs = MasterKey::new([66; 32]);
    let keyring = Keyring::open(&store, theirs).await.unwrap();
    let outside = Outside::at(directory).unwrap();
    let mut sealer = Sealer::new(store.clone(), keyring, outside, "books.example".into());
    let lease = take(&store).await;
    let step = sealer.step(&lease, lease.log_position).await.unwrap();
    assert!(matches!(step, Step::Sealed { events, .. } if events > 0));
    store.release_lease(&lease).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_tree_of_a_new_key_is_found_by_the_checkpoint_outside_alone() {
    let mut sealing = Sealing::begin().await;
    let (tenant, _) = sealing.business(5).await;
    sealing.seal().await;
    let elsewhere = tempfile::tempdir().unwrap();
    rebuild(&sealing, tenant, elsewhere.path()).await;
    // Without an anchor there is nothing to tell it by.
    let blind = Outside::at(elsewhere.path()).unwrap();
    let examined = sealing.store.examine_seal(tenant, &blind).await.unwrap();
    assert_eq!(examined.flaw, None);
    // The second event is another one, and the one root that is known says only that some event is.
    let (position, reason) = sealing.flaw(tenant).await.unwrap();
    assert_eq!(position, None, "{reason}");
    assert!(reason.contains("outside of the database"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_that_is_cut_with_its_tree_is_found_by_the_checkpoint_outside_alone() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(5).await;
    sealing.seal().await;
    let (mut sealing, backup) = copy(sealing, "seal_cut").await;
    sealing.deposit(business, 3).await;
    sealing.seal().await;
    sealing.leave().await;
    let cut = Sealing::on(backup, sealing.directory).await;
    let blind = tempfile::tempdir().unwrap();
    let blind = Outside::at(blind.path()).unwrap();
    let examined = cut.store.examine_seal(business.0, &blind).await.unwrap();
    assert_eq!((examined.flaw, examined.sealed), (None, 5));
    let (position, reason) = cut.flaw(business.0).await.unwrap();
    assert_eq!(position, Some(6), "{reason}");
    assert!(reason.contains("8 events were signed"), "{reason}");
    // The whole of it, so that the database has never heard of the tenant.
    let gone = format!(
        "delete from daybook.events where tenant_id = '{0}'; \
         delete from daybook.audit_tiles where tenant_id = '{0}'; \
         delete from daybook.audit_checkpoints where tenant_id = '{0}'",
        business.0
    );
    cut.attack(&gone).await;
    let (position, reason) = cut.flaw(business.0).await.unwrap();
    assert_eq!(position, Some(1), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_checkpoint_outside_is_no_leave_to_sign() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(5).await;
    sealing.seal().await;
    let outside = sealing.outside();
    let note = outside.last(business.0).unwrap().unwrap();
    for damaged in [note.replacen("\n5\n", "\n4\n", 1), "nothing".to_owned()] {
        outside.keep([(business.0, damaged.as_str())]).unwrap();
        let (_, reason) = sealing.flaw(business.0).await.unwrap();
        assert!(reason.contains("cannot be believed"), "{reason}");
    }
    sealing = sealing.again().await;
    sealing.deposit(business, 1).await;
    assert_eq!(sealing.seal().await.len(), 1);
    // One that is gone is written anew.
    let other: (TenantId, Uuid) = sealing.business(2).await;
    sealing.seal().await;
    sealing.outside().set_aside(other.0, "gone").unwrap();
    sealing = sealing.again().await;
    sealing.deposit(other, 1).await;
    assert_eq!(sealing.seal().await, []);
    assert!(sealing.outside().last(other.0).unwrap().is_some());
}

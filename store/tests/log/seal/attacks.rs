//! Is everything that a superuser can do to the log behind our back found, at its place?

use super::sealing::Sealing;
use crate::account::Open;
use crate::world::{id, run};

/// Columns of an event, and what somebody makes of them.
const FIELDS: [(&str, &str); 16] = [
    ("payload", "'{\"Deposited\":{\"amount\":9}}'::bytea"),
    ("personal", "'other'::bytea"),
    ("request", "'{\"reason\":\"other\"}'::bytea"),
    ("actor", "'user:somebody'"),
    ("recorded_at", "recorded_at - interval '1 microsecond'"),
    ("event_type", "'test.account.withdrawn'"),
    ("event_version", "2::smallint"),
    ("event_id", "gen_random_uuid()"),
    ("command_id", "gen_random_uuid()"),
    ("correlation_id", "gen_random_uuid()"),
    ("causation_id", "gen_random_uuid()"),
    ("stream_type", "'test.other'"),
    ("stream_id", "gen_random_uuid()"),
    ("version", "99"),
    ("leaf_hash", "sha256(leaf_hash)"),
    ("tenant_id", "'00000000-0000-7000-8000-000000000009'"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_altered_before_it_is_sealed_stops_its_tenant_there_and_no_other() {
    let mut sealing = Sealing::begin().await;
    for (field, value) in FIELDS {
        let (tenant, _) = sealing.business(5).await;
        let (other, _) = sealing.business(2).await;
        let sql = format!(
            "update daybook.events set {field} = {value} \
             where tenant_id = '{tenant}' and position = 3"
        );
        sealing.attack(&sql).await;
        // Who appended them seals what they were: see `memory`. Another process has only the table.
        sealing = sealing.again().await;
        let halts = sealing.seal().await;
        let of_tenant: Vec<_> = halts.iter().filter(|halt| halt.tenant == tenant).collect();
        assert_eq!(of_tenant.len(), 1, "{field}: {halts:?}");
        assert_eq!(of_tenant[0].position, 3, "{field}: {halts:?}");
        // What came before is sealed, what comes after is not, whatever follows.
        let sealed = sealing.store.sealed(tenant).checkpoint(None).await;
        assert_eq!(sealed.unwrap().unwrap().head.size, 2, "{field}");
        run(&sealing.store, tenant, id(), Open::default())
            .await
            .unwrap();
        assert_eq!(sealing.seal().await, [], "{field}");
        let sealed = sealing.store.sealed(tenant).checkpoint(None).await;
        assert_eq!(sealed.unwrap().unwrap().head.size, 2, "{field}");
        let sealed = sealing.store.sealed(other).checkpoint(None).await;
        assert_eq!(sealed.unwrap().unwrap().head.size, 2, "{field}");
    }
    let halted = sealing.store.seal_halts().await.unwrap();
    assert!(halted.len() >= FIELDS.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_deleted_before_it_is_sealed_stops_its_tenant() {
    let mut sealing = Sealing::begin().await;
    let (tenant, _) = sealing.business(5).await;
    let (other, _) = sealing.business(2).await;
    let sql = format!("delete from daybook.events where tenant_id = '{tenant}' and position = 3");
    sealing.attack(&sql).await;
    sealing = sealing.again().await;
    let halts = sealing.seal().await;
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!((halts[0].tenant, halts[0].position), (tenant, 3));
    assert!(halts[0].reason.contains("missing"), "{halts:?}");
    let sealed = sealing.store.sealed(other).checkpoint(None).await;
    assert_eq!(sealed.unwrap().unwrap().head.size, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_altered_after_it_was_sealed_is_found_at_its_position() {
    let mut sealing = Sealing::begin().await;
    for (field, value) in FIELDS {
        let (tenant, _) = sealing.business(5).await;
        assert_eq!(sealing.seal().await, []);
        assert_eq!(sealing.flaw(tenant).await, None);
        let which = format!("where tenant_id = '{tenant}' and position = 3");
        sealing
            .attack(&format!(
                "update daybook.events set {field} = {value} {which}"
            ))
            .await;
        let (position, reason) = sealing.flaw(tenant).await.expect(field);
        assert_eq!(position, Some(3), "{field}: {reason}");
    }
}

/// Copies what an event says, so that its stored leaf hash is right again for where it stands.
const SWAP: &str = "update daybook.events set position = -position where tenant_id = '$T'; \
    update daybook.events set position = case position when -3 then 4 when -4 then 3 \
      else -position end where tenant_id = '$T'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_swapped_moved_doubled_or_inserted_after_sealing_is_found() {
    let mut sealing = Sealing::begin().await;
    let (victim, _) = sealing.business(5).await;
    sealing.seal().await;
    let columns = "stream_type, stream_id, version, event_type, event_version, event_id, \
        command_id, correlation_id, causation_id, actor, request, recorded_at, payload, personal, \
        leaf_hash";
    let insert = format!(
        "insert into daybook.events (log_position, tenant_id, position, {columns}) \
         select 1000000 + log_position, tenant_id, 6, stream_type, stream_id, version + 100, \
           event_type, event_version, gen_random_uuid(), command_id, correlation_id, \
           causation_id, actor, request, recorded_at, payload, personal, leaf_hash \
         from daybook.events where tenant_id = '$T' and position = 5"
    );
    let shift = format!(
        "update daybook.events set position = position + 1000 \
           where tenant_id = '$T' and position >= 3; \
         update daybook.events set position = position - 999 \
           where tenant_id = '$T' and position >= 1000; \
         {}",
        insert
            .replace(", 6,", ", 3,")
            .replace("position = 5", "position = 4")
    );
    for (what, sql, position) in [
        (
            "deleted",
            "delete from daybook.events where tenant_id = '$T' and position = 3",
            3,
        ),
        (
            "cut",
            "delete from daybook.events where tenant_id = '$T' and position > 4",
            5,
        ),
        (
            "emptied",
            "delete from daybook.events where tenant_id = '$T'",
            1,
        ),
        ("swapped", SWAP, 3),
        (
            "moved",
            "update daybook.events set tenant_id = '$V', position = 6 \
             where tenant_id = '$T' and position = 5",
            5,
        ),
        ("doubled at the end", &insert, 6),
        ("inserted", &shift, 3),
    ] {
        let (tenant, _) = sealing.business(5).await;
        sealing.seal().await;
        let sql = sql.replace("$T", &tenant.to_string());
        sealing
            .attack(&sql.replace("$V", &victim.to_string()))
            .await;
        let (found, reason) = sealing.flaw(tenant).await.expect(what);
        assert_eq!(found, Some(position), "{what}: {reason}");
    }
    let (found, reason) = sealing.flaw(victim).await.unwrap();
    assert_eq!(found, Some(6), "moved to another tenant: {reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_tree_is_found_and_not_grown() {
    let mut sealing = Sealing::begin().await;
    for (what, first, sql) in [
        (
            "a tile",
            Some(2),
            "update daybook.audit_tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) \
             where tenant_id = '$T'",
        ),
        (
            "no tile",
            Some(1),
            "delete from daybook.audit_tiles where tenant_id = '$T'",
        ),
        (
            "a root",
            None,
            "update daybook.audit_checkpoints set root = sha256(root) where tenant_id = '$T'",
        ),
        (
            "a note",
            None,
            "update daybook.audit_checkpoints set note = replace(note, chr(10) || '5' || chr(10), \
             chr(10) || '4' || chr(10)), size = 4 where tenant_id = '$T'",
        ),
        (
            "no checkpoint",
            None,
            "delete from daybook.audit_checkpoints where tenant_id = '$T'",
        ),
    ] {
        let business = sealing.business(5).await;
        sealing.seal().await;
        sealing
            .attack(&sql.replace("$T", &business.0.to_string()))
            .await;
        // The events are as they were: where a leaf of the tree is not, it is the first to differ.
        let (found, reason) = sealing.flaw(business.0).await.expect(what);
        assert_eq!(found, first, "{what}: {reason}");
        sealing = sealing.again().await;
        sealing.deposit(business, 1).await;
        let halts = sealing.seal().await;
        assert_eq!(halts.len(), 1, "{what}: {halts:?}");
        // The first that is not sealed; without a checkpoint none is.
        let next = match what {
            "a note" => 5,
            "no checkpoint" => 1,
            _ => 6,
        };
        assert_eq!(halts[0].tenant, business.0, "{what}");
        assert_eq!(halts[0].position, next, "{what}: {halts:?}");
    }
}

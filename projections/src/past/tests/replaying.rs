//! A replay finds what differs from the log, and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use daybook_domain::invoicing::invoice::fixtures::Dice;
use serde_json::json;
use tokio::sync::Notify;

use super::business::{Business, scratch_rows};
use crate::past::{Compared, Pasts, Replay, ReplayError};
use crate::testing::{World, id, now};

fn replay(world: &World, business: &Business) -> Replay {
    Replay {
        store: world.store.clone(),
        projections: crate::all(),
        tenant: business.tenant,
        holder: id(),
        clock: now,
        most: 10,
    }
}

fn differing(compared: &[Compared]) -> Vec<&Compared> {
    compared
        .iter()
        .filter(|table| table.differing > 0)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_rows_are_what_the_log_leaves_until_somebody_changes_one() {
    let world = World::new().await;
    let (mut business, mut dice) = (Business::new(), Dice(0x1e9));
    for _ in 0..50 {
        business.go_on(&world, &mut dice).await;
    }
    world.post(&crate::all()).await;
    let head = business.head(&world).await.position;
    let replay = replay(&world, &business);
    for to in [None, Some(1), Some(head / 2), Some(head)] {
        let (position, compared) = replay.run(to, |_| ()).await.unwrap();
        assert_eq!(position, head);
        assert!(differing(&compared).is_empty(), "{to:?}: {compared:#?}");
        let rows = |name: &str| compared.iter().find(|it| it.table == name).unwrap().rows;
        assert_eq!(
            rows("crm_clients"),
            i64::try_from(business.clients.len()).unwrap()
        );
        assert!(rows("invoicing_balances") > 0);
    }
    // Nothing stays behind.
    assert_eq!(scratch_rows(&world).await, BTreeMap::new());
    let mut admin = world.administrator().await;
    let (client, invoice) = (business.clients[0], business.invoices[0]);
    for (damage, id) in [
        (
            "update crm_clients set name = 'Somebody else' where id = $1",
            client.0,
        ),
        ("delete from invoicing_invoices where id = $1", invoice.0),
    ] {
        sqlx::query(damage)
            .bind(id)
            .execute(&mut admin)
            .await
            .unwrap();
    }
    let (_, compared) = replay.run(None, |_| ()).await.unwrap();
    let found = differing(&compared);
    let tables: Vec<&str> = found.iter().map(|table| table.table.as_str()).collect();
    assert_eq!(tables, ["crm_clients", "invoicing_invoices"]);
    let changed = &found[0].differences[0];
    assert_eq!(changed.key, json!({ "id": client.0 }));
    assert_eq!(changed.columns.len(), 1);
    assert_eq!(changed.columns[0].path, "/name");
    assert_eq!(changed.columns[0].after, json!("Somebody else"));
    assert!(found[1].differences[0].is_missing);
    assert_eq!(found[1].differences[0].key, json!({ "id": invoice.0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_what_is_not_there() {
    let world = World::new().await;
    let mut business = Business::new();
    let nobody = replay(&world, &business).run(None, |_| ()).await;
    assert!(
        matches!(nobody, Err(ReplayError::NoTenant(_))),
        "{nobody:?}"
    );
    business.go_on(&world, &mut Dice(3)).await;
    let head = business.head(&world).await.position;
    for to in [-1, 0, head + 1] {
        let refused = replay(&world, &business).run(Some(to), |_| ()).await;
        let is_position =
            matches!(refused, Err(ReplayError::NoPosition { head: at }) if at == head);
        assert!(is_position, "{to}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_loses_its_schema_says_so_and_writes_nowhere_else() {
    let world = World::new().await;
    let (mut business, mut dice) = (Business::new(), Dice(0x5c4a));
    for _ in 0..20 {
        business.go_on(&world, &mut dice).await;
    }
    world.post(&crate::all()).await;
    let replay = replay(&world, &business);
    let pasts = Pasts::new(&world.store, crate::all(), (id(), now));
    let mut lost = 0;
    // As each read model is begun, and as all are compared.
    for moment in 1..=crate::all().len() + 1 {
        let (steps, its_turn) = (AtomicUsize::new(0), Notify::new());
        let tell = |_: &str| {
            if steps.fetch_add(1, Ordering::Relaxed) + 1 == moment {
                its_turn.notify_one();
            }
        };
        let forgetting = async {
            its_turn.notified().await;
            pasts.forget(business.tenant).await.unwrap();
        };
        let (done, ()) = tokio::join!(replay.run(None, tell), forgetting);
        match done {
            Ok((_, compared)) => assert!(differing(&compared).is_empty(), "{compared:#?}"),
            Err(ReplayError::Lost) => lost += 1,
            Err(error) => panic!("at step {moment}: {error}"),
        }
        assert_eq!(scratch_rows(&world).await, BTreeMap::new());
    }
    assert!(lost > 0);
    let left = "select count(*) from pg_namespace where nspname ~ '^daybook_scratch_'";
    let mut admin = world.administrator().await;
    let left: i64 = sqlx::query_scalar(left)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

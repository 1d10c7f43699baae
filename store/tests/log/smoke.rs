//! Does each part of the log work at all, one after the other?

use daybook_store::{ExecuteError, HistoryFilter};

use crate::account::{Account, BILLS, Bill, Demote, Deposit, OWNERS, Open, Promote, TAG, Withdraw};
use crate::world::{World, assert_gapless, context, id, refused, run, run_as, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_loads_reads_tails_and_settles() {
    let world = World::new().await;
    assert!(world.database.migrate().await.unwrap().is_empty());
    let (a, b) = (world.store().await, world.store().await);
    let (tenant, stream) = (tenant(), id());
    let open = Open {
        tag: Some("x".into()),
        ..Open::default()
    };
    let receipt = run(&a, tenant, stream, open.clone()).await.unwrap();
    assert_eq!((receipt.position, receipt.version), (1, 1));
    run(&b, tenant, stream, Deposit(10)).await.unwrap();
    let receipt = run(&a, tenant, stream, Withdraw(4)).await.unwrap();
    assert_eq!((receipt.position, receipt.version), (3, 3));
    assert_eq!(
        refused(run(&b, tenant, stream, Withdraw(7)).await).code,
        "INSUFFICIENT"
    );
    for store in [&a, &b] {
        let loaded = store.load::<Account>(tenant, stream).await.unwrap();
        assert_eq!((loaded.version, loaded.state.balance), (3, 6));
    }
    // A conflict on what the caller expected.
    let stale = context(id(), &1).expecting(Some(1));
    let conflict = a.execute(tenant, stream, Deposit(1), stale).await;
    assert!(
        matches!(conflict, Err(ExecuteError::Conflict { current: 3, .. })),
        "{conflict:?}"
    );
    // Claims.
    assert_eq!(
        refused(run(&b, tenant, id(), open.clone()).await).code,
        "TAKEN"
    );
    assert_eq!(a.claim(tenant, TAG, "x").await.unwrap(), Some(stream));
    // Counts.
    run(&a, tenant, stream, Promote).await.unwrap();
    assert_eq!(
        refused(run(&b, tenant, stream, Demote).await).code,
        "LIMITED"
    );
    assert_eq!(a.counter(tenant, OWNERS).await.unwrap(), 1);
    // Draws.
    let receipt = run(&a, tenant, stream, Bill(2)).await.unwrap();
    assert_eq!(receipt.events.len(), 2);
    run(&b, tenant, stream, Bill(1)).await.unwrap();
    let loaded = b.load::<Account>(tenant, stream).await.unwrap();
    assert_eq!(loaded.state.bills, [1, 2, 3]);
    assert_eq!(
        a.counter(tenant, &format!("series:{BILLS}")).await.unwrap(),
        3
    );
    // Repeats.
    let command = id();
    let first = run_as(&a, (tenant, stream), command, Withdraw(6))
        .await
        .unwrap();
    let again = run_as(&b, (tenant, stream), command, Withdraw(6))
        .await
        .unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        (first.position, first.version),
        (again.position, again.version)
    );
    let other = run_as(&b, (tenant, stream), command, Withdraw(5)).await;
    assert!(
        matches!(other, Err(ExecuteError::CommandIdReused(_))),
        "{other:?}"
    );
    // The tail and history have it all.
    let log = world.log().await;
    assert_gapless(&log);
    for store in [&a, &b] {
        assert_eq!(store.tail().past(7).await, 8);
        assert_eq!(store.tail().after(0, 100).await.unwrap().len(), 8);
        let page = store
            .history(tenant, 2, &HistoryFilter::default(), 3)
            .await
            .unwrap();
        assert_eq!((page.events.len(), page.has_more), (3, true));
        store.close().await;
    }
}

//! Are numbers of a series handed out without gaps, in the order of the log?

use daybook_domain::kernel::TenantId;
use tokio::task::JoinSet;

use crate::account::{Account, BILL, Bill, Billed, Open};
use crate::world::{World, id, refused, run, tenant};

async fn numbers(world: &World, tenant: TenantId) -> Vec<u64> {
    let mut numbers = Vec::new();
    for row in world.log().await {
        if row.tenant_id == tenant.0 && row.event_type == "test.account.billed" {
            let billed: Billed = serde_json::from_slice(&row.payload).unwrap();
            numbers.push(billed.number);
        }
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_senders_on_two_stores_draw_without_a_gap() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (first, second) = (tenant(), tenant());
    let mut senders = JoinSet::new();
    for n in 0..64 {
        let store = stores[n % 2].clone();
        let tenant = if n % 5 == 0 { second } else { first };
        senders.spawn(async move {
            let account = id();
            run(&store, tenant, account, Open::default()).await.unwrap();
            let mut drawn = 0;
            for count in [1, 2, 1] {
                drawn += run(&store, tenant, account, Bill(count))
                    .await
                    .unwrap()
                    .events
                    .len();
            }
            let loaded = store.load::<Account>(tenant, account).await.unwrap();
            assert_eq!(loaded.state.bills.len(), drawn, "memory has what was drawn");
            assert!(loaded.state.bills.is_sorted());
            drawn
        });
    }
    let drawn: usize = senders.join_all().await.iter().sum();
    assert_eq!(drawn, 256);
    for tenant in [first, second] {
        let numbers = numbers(&world, tenant).await;
        assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<u64>>());
    }
    assert_eq!(
        numbers(&world, first).await.len() + numbers(&world, second).await.len(),
        256
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drawn_number_is_claimed_with_its_event() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, account) = (tenant(), id());
    run(&store, tenant, account, Open::default()).await.unwrap();
    run(&store, tenant, account, Bill(2)).await.unwrap();
    assert_eq!(store.claim(tenant, BILL, "2").await.unwrap(), Some(account));
    assert_eq!(store.claim(tenant, BILL, "0").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_another_holds_refuses_its_command_alone() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, account) = (tenant(), id());
    run(&store, tenant, account, Open::default()).await.unwrap();
    sqlx::query(
        "insert into daybook.claims (tenant_id, scope, value, holder_tenant_id, stream_id) \
         values ($1, $2, '3', $1, $3)",
    )
    .bind(tenant.0)
    .bind(BILL)
    .bind(id())
    .execute(&mut world.administrator().await)
    .await
    .unwrap();
    let mut senders = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        senders.spawn(async move {
            let account = id();
            run(&store, tenant, account, Open::default()).await.unwrap();
            run(&store, tenant, account, Bill(1)).await
        });
    }
    let outcomes = senders.join_all().await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 2);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refused(outcome).message, "test.bill 3 is taken");
    }
    assert_eq!(numbers(&world, tenant).await, [1, 2]);
}

//! Is what somebody did found, all of it and nothing else, without reading the whole log for it?

use daybook_domain::kernel::{TenantId, UserId};
use daybook_store::{Acting, Actor, Context, Fingerprint, Store};
use sqlx::Executor;
use uuid::Uuid;

use crate::account::{Deposit, Open};
use crate::world::{World, id, now, tenant};

/// Opens an account and puts something into it, so many times.
async fn acts(store: &Store, tenant: TenantId, actor: &Actor, deposits: i64) {
    let stream = id();
    let context = || Context::new(actor.clone(), id(), Fingerprint::of("act", &()), now());
    let opened = store.execute(tenant, stream, Open::default(), context());
    opened.await.unwrap();
    for amount in 1..=deposits {
        let deposited = store.execute(tenant, stream, Deposit(amount), context());
        deposited.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_these_actors_did_in_that_tenant_is_counted() {
    let world = World::new().await;
    let store = world.store().await;
    let (ours, theirs) = (tenant(), tenant());
    let (user, program) = (
        Actor::User(UserId(id())),
        Actor::ApiKey(daybook_domain::kernel::ApiKeyId(id())),
    );
    acts(&store, ours, &user, 3).await;
    acts(&store, ours, &program, 2).await;
    acts(&store, ours, &Actor::User(UserId(id())), 5).await;
    acts(&store, theirs, &user, 7).await;
    let counted = async |tenant, actors: &[Actor]| {
        let acting: Vec<Acting> = actors.iter().cloned().map(Acting::always).collect();
        let activity = store.activity((tenant, id()), &acting).await.unwrap();
        assert!(activity.is_whole);
        assert_eq!(activity.addresses, [], "none was kept");
        let deeds = activity.deeds.into_iter();
        deeds
            .map(|it| (it.event_type, it.times.events))
            .collect::<Vec<_>>()
    };
    let told = |deposits, opened| {
        vec![
            ("test.account.deposited".to_owned(), deposits),
            ("test.account.opened".to_owned(), opened),
        ]
    };
    assert_eq!(counted(ours, std::slice::from_ref(&user)).await, told(3, 1));
    assert_eq!(counted(ours, &[user.clone(), program]).await, told(5, 2));
    assert_eq!(counted(theirs, &[user]).await, told(7, 1));
    assert_eq!(counted(ours, &[]).await, []);
    assert_eq!(counted(tenant(), &[Actor::Anonymous]).await, []);
    let positions = |from, until| Acting {
        actor: Actor::Anonymous,
        from,
        until,
    };
    // As long as they had that place, and no longer.
    acts(&store, ours, &Actor::Anonymous, 9).await;
    let (head, _) = store.tenant_head(ours).await.unwrap();
    for (from, until, events) in [
        (0, None, 10),
        (head - 1, None, 2),
        (head, Some(head), 1),
        (0, Some(head - 9), 1),
        (head + 1, None, 0),
    ] {
        let acting = [positions(from, until)];
        let activity = store.activity((ours, id()), &acting).await.unwrap();
        let deeds = activity.deeds.iter().map(|it| it.times.events);
        assert_eq!(deeds.sum::<u64>(), events, "from {from} until {until:?}");
    }
    let many = vec![positions(0, None); 101];
    let activity = store.activity((ours, id()), &many).await.unwrap();
    assert!(!activity.is_whole, "so many programs nobody looks for");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_log_is_not_read_for_a_few_events() {
    let world = World::new().await;
    let (tenant, rare) = (id(), Uuid::from_u128(7));
    let mut admin = world.administrator().await;
    let filled = format!(
        "insert into daybook.events (log_position, tenant_id, position, stream_type, stream_id, \
           version, event_type, event_version, event_id, command_id, correlation_id, actor, \
           request, recorded_at, payload, leaf_hash) \
         select n, '{tenant}', n, 'test.account', gen_random_uuid(), 1, 'test.account.opened', 1, \
           gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), \
           case n when 30000 then 'user:{rare}' else 'user:' || md5((n % 40)::text)::uuid end, \
           '{{}}', now(), convert_to(repeat('x', 400), 'utf8'), decode(repeat('00', 32), 'hex') \
         from generate_series(1, 60000) n"
    );
    admin.execute(filled.as_str()).await.unwrap();
    // What the server does by itself, sooner or later.
    let done = "vacuum (analyze) daybook.events";
    admin.execute(done).await.unwrap();
    let as_app = format!(
        "set role daybook_app; set search_path = daybook; \
         select set_config('app.tenant_id', '{tenant}', false)"
    );
    admin.execute(as_app.as_str()).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (analyze, timing off) select event_type, recorded_at, command_id, request \
         from events where tenant_id = $1 and actor = $2",
    )
    .bind(tenant)
    .bind(format!("user:{rare}"))
    .persistent(false)
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Bitmap Index Scan on events_actor"), "{plan}");
    let removed = plan.lines().find_map(|line| {
        let removed = line.trim().strip_prefix("Rows Removed by Index Recheck: ");
        removed?.parse::<u32>().ok()
    });
    assert!(removed.is_some_and(|rows| rows < 3_000), "{plan}");
    let store = world.store().await;
    let actor = Actor::User(UserId(rare));
    let activity = store
        .activity((TenantId(tenant), rare), &[Acting::always(actor)])
        .await;
    assert_eq!(activity.unwrap().deeds[0].times.events, 1);
    store.close().await;
}

//! Does a tenant transaction see one tenant, whatever happened on its connection before?

use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_store::{HistoryFilter, Store, StoreOptions, TenantTx};
use sqlx::{Executor, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::account::{Account, Deposit, Open};
use crate::world::{OPTIONS, World, context, id, run, tenant};

/// A table as a read model has it.
const NOTES: &str = "set role daybook_owner; \
    create table daybook.notes (tenant_id uuid not null, id uuid not null, text text not null, \
      constraint notes_pk primary key (tenant_id, id)); \
    alter table daybook.notes enable row level security; \
    alter table daybook.notes force row level security; \
    create policy tenant on daybook.notes to daybook_app \
      using (tenant_id = (select daybook.current_tenant())) \
      with check (tenant_id = (select daybook.current_tenant())); \
    grant select, insert, update, delete on daybook.notes to daybook_app; reset role";

async fn world() -> World {
    let world = World::new().await;
    world.administrator().await.execute(NOTES).await.unwrap();
    world
}

async fn narrow(world: &World, connections: u32) -> Store {
    let options = StoreOptions {
        connections,
        ..OPTIONS
    };
    Store::open(&world.database, options).await.unwrap()
}

async fn note(store: &Store, tenant: TenantId, id: Uuid, text: &str) {
    let mut tx = store.tenant_tx(tenant).await.unwrap();
    insert(tx.connection(), tenant, id, text).await.unwrap();
    tx.commit().await.unwrap();
}

async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    text: &str,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("insert into notes (tenant_id, id, text) values ($1, $2, $3)")
        .bind(tenant.0)
        .bind(id)
        .bind(text)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

async fn texts(tx: &mut TenantTx) -> Vec<String> {
    sqlx::query_scalar("select text from notes order by text")
        .fetch_all(tx.connection())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenants_statements_reach_its_own_rows_alone() {
    let world = world().await;
    let store = world.store().await;
    let (ours, theirs, shared) = (tenant(), tenant(), id());
    note(&store, ours, shared, "ours").await;
    note(&store, theirs, shared, "theirs").await;
    for (statement, rows) in [
        ("update notes set text = 'taken'", 1),
        ("update notes set text = 'taken' where text = 'theirs'", 0),
        ("delete from notes where text = 'theirs'", 0),
        ("delete from notes", 1),
    ] {
        let mut tx = store.tenant_tx(ours).await.unwrap();
        assert_eq!(texts(&mut tx).await, ["ours"]);
        let done = tx.connection().execute(statement).await.unwrap();
        assert_eq!(done.rows_affected(), rows, "{statement}");
    }
    let refused = async |statement: String| {
        let mut tx = store.tenant_tx(ours).await.unwrap();
        let error = tx
            .connection()
            .execute(statement.as_str())
            .await
            .expect_err(&statement);
        let code = error
            .as_database_error()
            .unwrap()
            .code()
            .unwrap()
            .into_owned();
        assert_eq!(code, "42501", "{statement}: {error}");
    };
    // Into theirs, moved to theirs, and over theirs.
    refused(format!(
        "insert into notes values ('{theirs}', '{}', 'x')",
        id()
    ))
    .await;
    refused(format!("update notes set tenant_id = '{theirs}'")).await;
    refused(format!(
        "insert into notes values ('{theirs}', '{shared}', 'x') \
         on conflict (tenant_id, id) do update set text = 'x'"
    ))
    .await;
    refused(format!(
        "insert into notes values ('{theirs}', '{shared}', 'x') on conflict do nothing"
    ))
    .await;
    // An id of theirs is as free to us as one of nobody.
    let mut tx = store.tenant_tx(ours).await.unwrap();
    tx.connection().execute("delete from notes").await.unwrap();
    assert_eq!(
        insert(tx.connection(), ours, shared, "again")
            .await
            .unwrap(),
        1
    );
    drop(tx);
    let mut tx = store.tenant_tx(theirs).await.unwrap();
    assert_eq!(texts(&mut tx).await, ["theirs"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_entered_no_tenant_sees_nothing() {
    let world = world().await;
    let store = narrow(&world, 1).await;
    let ours = tenant();
    note(&store, ours, id(), "ours").await;
    let mut tx = store.reader_tx().await.unwrap();
    let count = "select count(*) from notes";
    let seen: i64 = sqlx::query_scalar(count)
        .fetch_one(tx.connection())
        .await
        .unwrap();
    assert_eq!(seen, 0);
    assert!(insert(tx.connection(), ours, id(), "x").await.is_err());
    drop(tx);
    let mut tx = store.reader_tx().await.unwrap();
    tx.enter(ours).await.unwrap();
    let seen: i64 = sqlx::query_scalar(count)
        .fetch_one(tx.connection())
        .await
        .unwrap();
    assert_eq!(seen, 1);
    tx.enter(tenant()).await.unwrap();
    let seen: i64 = sqlx::query_scalar(count)
        .fetch_one(tx.connection())
        .await
        .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logs_tables_show_a_tenant_its_own_part() {
    let world = world().await;
    let store = world.store().await;
    let (ours, theirs) = (tenant(), tenant());
    for tenant in [ours, theirs] {
        let open = Open {
            tag: Some("same".into()),
            email: Some(format!("{tenant}@example.com")),
            ..Open::default()
        };
        let stream = id();
        run(&store, tenant, stream, open).await.unwrap();
        for _ in 0..100 {
            run(&store, tenant, stream, Deposit(1)).await.unwrap();
        }
    }
    for (table, rows) in [
        ("events", 101),
        ("commands", 101),
        ("claims", 1),
        ("counters", 1),
    ] {
        let mut tx = store.tenant_tx(ours).await.unwrap();
        let seen: (i64, i64) = sqlx::query_as(&format!(
            "select count(*), count(*) filter (where tenant_id = '{ours}') from {table}"
        ))
        .fetch_one(tx.connection())
        .await
        .unwrap();
        assert_eq!(seen, (rows, rows), "{table}");
    }
    let page = store
        .history(ours, 0, &HistoryFilter::default(), 500)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 101);
    assert!(page.events.iter().all(|event| event.tenant == ours));
    assert_eq!(store.tenant_head(tenant()).await.unwrap(), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tenant_does_not_outlive_its_transaction_on_a_connection() {
    for connections in [1, 2] {
        let world = world().await;
        let store = narrow(&world, connections).await;
        let tenants: Vec<TenantId> = (0..8).map(|_| tenant()).collect();
        for tenant in &tenants {
            note(&store, *tenant, id(), &tenant.to_string()).await;
        }
        let mut tasks = JoinSet::new();
        for n in 0..64 {
            let (store, tenants) = (store.clone(), tenants.clone());
            tasks.spawn(async move {
                for step in 0..40 {
                    switch(&store, tenants[(n + step) % 8], (n + 7 * step) % 6).await;
                }
            });
        }
        tasks.join_all().await;
        // After all of that nobody's tenant is left.
        for _ in 0..4 {
            let mut tx = store.reader_tx().await.unwrap();
            let seen: (i64, Option<Uuid>) =
                sqlx::query_as("select count(*), current_tenant() from notes")
                    .fetch_one(tx.connection())
                    .await
                    .unwrap();
            assert_eq!(seen, (0, None));
        }
    }
}

/// One use of a connection, ended in one of the ways programs end theirs.
async fn switch(store: &Store, tenant: TenantId, ending: usize) {
    let own = tenant.to_string();
    if ending == 0 {
        // The caller goes away while the transaction begins.
        let begin = store.tenant_tx(tenant);
        drop(tokio::time::timeout(Duration::from_micros(150), begin).await);
        return;
    }
    if ending == 1 {
        // A reader's transaction is in no tenant before it enters one.
        let mut tx = store.reader_tx().await.unwrap();
        let nobody: Option<Uuid> = sqlx::query_scalar("select current_tenant()")
            .fetch_one(tx.connection())
            .await
            .unwrap();
        assert_eq!(nobody, None);
        return;
    }
    let mut tx = store.tenant_tx(tenant).await.unwrap();
    assert_eq!(texts(&mut tx).await, [own.as_str()]);
    match ending {
        2 => tx.commit().await.unwrap(),
        3 => drop(tx),
        4 => {
            let failed = tx.connection().execute("select 1 / 0").await;
            assert!(failed.is_err());
        }
        _ => {
            // Dropped in the middle of a query.
            let slow = sqlx::query("select pg_sleep(0.005)").execute(tx.connection());
            drop(tokio::time::timeout(Duration::from_micros(300), slow).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_caller_goes_away_leaves_all_or_nothing() {
    let world = world().await;
    let store = narrow(&world, 2).await;
    let (tenant, stream) = (tenant(), id());
    run(&store, tenant, stream, Open::default()).await.unwrap();
    for micros in (0..60).map(|n| n * 40) {
        let deposit = store
            .batch(tenant, context(id(), &micros))
            .and(stream, Deposit(1))
            .and_new(id(), Open::default())
            .execute();
        drop(tokio::time::timeout(Duration::from_micros(micros), deposit).await);
    }
    // Memory must not lag behind what went through without anybody waiting for it.
    let settled = run(&store, tenant, id(), Open::default()).await.unwrap();
    store.tail().past(settled.log_position - 1).await;
    let loaded = store.load::<Account>(tenant, stream).await.unwrap();
    let log = world.log().await;
    crate::world::assert_gapless(&log);
    let deposits = log.iter().filter(|row| row.stream_id == stream).count() - 1;
    assert_eq!(log.len(), 2 + 2 * deposits);
    assert_eq!(usize::try_from(loaded.version).unwrap(), 1 + deposits);
    assert_eq!(usize::try_from(loaded.state.balance).unwrap(), deposits);
}

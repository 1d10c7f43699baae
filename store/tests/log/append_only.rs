//! Does the database itself refuse to change the log, and can roles do no more than meant?

use sqlx::{Executor, PgConnection};

use crate::account::{Deposit, Open};
use crate::world::{World, id, run, tenant};

const ROLES: [&str; 5] = [
    "daybook",
    "daybook_owner",
    "daybook_app",
    "daybook_log",
    "daybook_dispatch",
];
const CHANGES: [&str; 8] = [
    "update daybook.events set payload = '{}'",
    "delete from daybook.events",
    "truncate daybook.events",
    "update daybook.commands set count = 0",
    "delete from daybook.commands",
    "truncate daybook.commands",
    "merge into daybook.events e using (select 1) s on true when matched then delete",
    "insert into daybook.commands select * from daybook.commands \
       on conflict on constraint commands_pk do update set count = 0",
];

async fn world() -> (World, uuid::Uuid) {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = (tenant(), id());
    run(&store, tenant, stream, Open::default()).await.unwrap();
    run(&store, tenant, stream, Deposit(1)).await.unwrap();
    store.close().await;
    (world, tenant.0)
}

async fn become_(connection: &mut PgConnection, role: &str, tenant: uuid::Uuid) {
    let sql = format!(
        "reset role; select set_config('app.tenant_id', '{tenant}', false); set role {role}"
    );
    connection.execute(sql.as_str()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_changes_what_was_recorded() {
    let (world, tenant) = world().await;
    let mut connection = world.administrator().await;
    let before = world.log().await;
    for role in ROLES {
        become_(&mut connection, role, tenant).await;
        for change in CHANGES {
            let error = connection.execute(change).await.expect_err(change);
            let code = error
                .as_database_error()
                .unwrap()
                .code()
                .unwrap()
                .into_owned();
            // Ours where the role may, else permission denied.
            assert!(
                ["DB009", "42501"].contains(&&*code),
                "{role}: {change}: {error}"
            );
            if ["daybook", "daybook_owner"].contains(&role) {
                assert_eq!(code, "DB009", "{role}: {change}: {error}");
                assert!(error.to_string().contains("append-only"), "{error}");
            }
        }
    }
    assert_eq!(world.log().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_can_do_no_more_than_meant() {
    let (world, tenant) = world().await;
    let mut connection = world.administrator().await;
    for (role, statement) in [
        (
            "daybook_app",
            "insert into daybook.events select * from daybook.events",
        ),
        (
            "daybook_app",
            "insert into daybook.claims select tenant_id, 's', 'v', tenant_id, \
           stream_id from daybook.events",
        ),
        ("daybook_app", "update daybook.counters set value = 0"),
        (
            "daybook_app",
            "update daybook.log_head set log_position = 0",
        ),
        ("daybook_app", "select * from daybook._sqlx_migrations"),
        ("daybook_app", "create table daybook.mine (id int)"),
        ("daybook_app", "create table public.mine (id int)"),
        ("daybook_app", "set role daybook_owner"),
        ("daybook_app", "set role daybook_log"),
        (
            "daybook_app",
            "alter table daybook.events disable row level security",
        ),
        (
            "daybook_app",
            "alter table daybook.events disable trigger all",
        ),
        ("daybook_app", "set session_replication_role = 'replica'"),
        ("daybook_app", "drop table daybook.snapshots"),
        ("daybook_log", "select * from daybook.snapshots"),
        ("daybook_log", "select * from daybook.readers"),
        ("daybook_log", "update daybook.claims set value = ''"),
        ("daybook_log", "delete from daybook.counters"),
        ("daybook_log", "delete from daybook.log_head"),
        ("daybook_dispatch", "select * from daybook.events"),
        ("daybook_dispatch", "select * from daybook.claims"),
        ("daybook_dispatch", "select * from daybook.snapshots"),
        (
            "daybook_dispatch",
            "update daybook.log_head set log_position = 0",
        ),
    ] {
        let mut session = login(&world, role).await;
        session
            .execute(format!("select set_config('app.tenant_id', '{tenant}', false)").as_str())
            .await
            .unwrap();
        let error = session.execute(statement).await.expect_err(statement);
        let code = error
            .as_database_error()
            .unwrap()
            .code()
            .unwrap()
            .into_owned();
        assert_eq!(code, "42501", "{role}: {statement}: {error}");
    }
    become_(&mut connection, "daybook_owner", tenant).await;
    let seen: i64 = sqlx::query_scalar("select count(*) from daybook.events")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(seen, 0, "row security is forced on the owner too");
}

/// A session of its own as a role that may log in: `set role` alone would keep the
/// administrator's right to become anybody.
async fn login(world: &World, role: &str) -> PgConnection {
    let mut session = world.administrator().await;
    session
        .execute(format!("set session authorization {role}").as_str())
        .await
        .unwrap();
    session
}

//! Can a replay have a schema of its own, and nobody anything else?

use sqlx::Executor;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scratch_schema_holds_read_models_alone() {
    let world = World::new().await;
    let mut admin = world.administrator().await;
    let as_app = "set search_path = daybook; set role daybook_app";
    admin.execute(as_app).await.unwrap();
    let made = "select make_scratch_schema(-7, array['crm_clients', 'tenancy_members'])";
    admin.execute(made).await.unwrap();
    assert_eq!(world.database.catalogue_faults().await.unwrap(), [""; 0]);
    for (refused, code) in [
        (made, "42P06"),
        (
            "select make_scratch_schema(0, array['crm_clients'])",
            "22023",
        ),
        (
            "select make_scratch_schema(7, array['crm_clients'])",
            "22023",
        ),
        (
            "select make_scratch_schema(null, array['crm_clients'])",
            "22023",
        ),
        ("select make_scratch_schema(-8, array['events'])", "22023"),
        ("select make_scratch_schema(-8, array['vantages'])", "22023"),
        (
            "select make_scratch_schema(-8, array['parked_streams'])",
            "22023",
        ),
        (
            "select make_scratch_schema(-8, array['no; drop table x'])",
            "22023",
        ),
        ("create table daybook_scratch_7.mine (id uuid)", "42501"),
        ("drop schema daybook_scratch_7 cascade", "42501"),
        ("create schema daybook_scratch_8", "42501"),
    ] {
        let error = admin.execute(refused).await.expect_err(refused);
        let found = error.as_database_error().and_then(|it| it.code());
        assert_eq!(found.as_deref(), Some(code), "{refused}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scratch_schema_is_kept_apart_like_the_rest_and_dropped_by_whom_it_is_for() {
    let world = World::new().await;
    let mut admin = world.administrator().await;
    let as_app = "set search_path = daybook; set role daybook_app";
    admin.execute(as_app).await.unwrap();
    // The least generation there is.
    for generation in ["-7", "-2147483648"] {
        let made = format!("select make_scratch_schema({generation}, array['crm_clients'])");
        admin.execute(made.as_str()).await.unwrap();
    }
    admin.execute("reset role").await.unwrap();
    let open = "alter table daybook_scratch_7.crm_clients disable row level security";
    admin.execute(open).await.unwrap();
    assert_eq!(
        world.database.catalogue_faults().await.unwrap(),
        ["table daybook_scratch_7.crm_clients: row-level security is not enabled"]
    );
    admin.execute("set role daybook_log").await.unwrap();
    let dropped = "select drop_scratch_schema(-7)";
    let error = admin
        .execute(dropped)
        .await
        .expect_err("not for the writer");
    assert!(error.to_string().contains("permission denied"), "{error}");
    admin.execute("set role daybook_app").await.unwrap();
    for generation in ["-7", "-7", "-2147483648", "0"] {
        let dropped = format!("select drop_scratch_schema({generation})");
        admin.execute(dropped.as_str()).await.unwrap();
    }
    let left = "select nspname::text from pg_namespace where nspname ~ '^daybook_scratch_'";
    let left: Vec<String> = sqlx::query_scalar(left)
        .fetch_all(&mut admin)
        .await
        .unwrap();
    assert_eq!(left, [""; 0]);
    assert_eq!(world.database.catalogue_faults().await.unwrap(), [""; 0]);
}

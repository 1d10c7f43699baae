//! Does the gate hold, and does it turn red for every way to break it?

use daybook_store::Database;
use sqlx::{Executor, PgConnection};

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_migrated_schema_keeps_tenants_apart() {
    let world = World::new().await;
    assert_eq!(world.database.catalogue_faults().await.unwrap(), [""; 0]);
}

/// A table as it should be, but for what is done to it afterwards.
const GOOD: &str = "create table daybook.scratch (tenant_id uuid not null, id uuid not null, \
      constraint scratch_pk primary key (tenant_id, id)); \
    alter table daybook.scratch enable row level security; \
    alter table daybook.scratch force row level security; \
    create policy tenant on daybook.scratch to daybook_app \
      using (tenant_id = (select daybook.current_tenant())) \
      with check (tenant_id = (select daybook.current_tenant())); \
    grant select, insert, update, delete on daybook.scratch to daybook_app";
const GONE: &str = "drop table daybook.scratch cascade";

/// What is broken, how, what the gate says, and how it is mended.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "create table daybook.orphans (id uuid)",
        "table orphans has no tenant_id and is not on the list",
        "drop table daybook.orphans",
    ),
    (
        "alter table daybook.scratch disable row level security",
        "table scratch: row-level security is not enabled",
        "",
    ),
    (
        "alter table daybook.scratch no force row level security",
        "table scratch: row-level security is not forced",
        "",
    ),
    (
        "drop policy tenant on daybook.scratch",
        "table scratch: no policy lets daybook_app see",
        "",
    ),
    (
        "alter policy tenant on daybook.scratch using (true)",
        "table scratch: policy tenant differs from the template",
        "",
    ),
    (
        "alter policy tenant on daybook.scratch with check (true)",
        "table scratch: policy tenant differs from the template",
        "",
    ),
    (
        "alter policy tenant on daybook.scratch \
         using (tenant_id = (select daybook.current_tenant()) or id is not null)",
        "table scratch: policy tenant differs from the template",
        "",
    ),
    (
        "create policy second on daybook.scratch to daybook_app using (true)",
        "table scratch: policy second differs from the template",
        "",
    ),
    (
        "create policy everybody on daybook.scratch for select using (true)",
        "table scratch: policy everybody differs from the template",
        "",
    ),
    (
        "create policy dispatch on daybook.scratch to daybook_dispatch using (true)",
        "table scratch: policy dispatch is for daybook_dispatch",
        "",
    ),
    (
        "create policy log on daybook.scratch to daybook_log using (true)",
        "table scratch: policy log is for daybook_log",
        "",
    ),
    (
        "create table daybook.loose (tenant_id uuid, id uuid)",
        "table loose: tenant_id is not",
        "drop table daybook.loose",
    ),
    (
        "create unique index scratch_id on daybook.scratch (id)",
        "unique index scratch_id does not begin with tenant_id",
        "",
    ),
    (
        "create unique index scratch_id on daybook.scratch (id, tenant_id)",
        "unique index scratch_id does not begin with tenant_id",
        "",
    ),
    (
        "create unique index scratch_low on daybook.scratch ((id::text), tenant_id)",
        "unique index scratch_low does not begin with tenant_id",
        "",
    ),
    (
        "alter table daybook.scratch add column other uuid; \
         create unique index scratch_other on daybook.scratch (tenant_id, other); \
         create table daybook.pointing (like daybook.scratch including all); \
         alter table daybook.pointing add constraint pointing_fk \
           foreign key (id, tenant_id) references daybook.scratch (other, tenant_id)",
        "foreign key pointing_fk does not lead from tenant_id to tenant_id",
        "drop table daybook.pointing",
    ),
    (
        "create table daybook.targets (id uuid primary key); \
         alter table daybook.scratch add constraint scratch_fk \
           foreign key (id) references daybook.targets",
        "foreign key scratch_fk does not lead from tenant_id to tenant_id",
        "drop table daybook.targets cascade",
    ),
    (
        "create view daybook.leak as select * from daybook.scratch",
        "view leak is not security_invoker",
        "",
    ),
    (
        "create view daybook.leak with (security_invoker = false) as select * from daybook.scratch",
        "view leak is not security_invoker",
        "",
    ),
    (
        "create materialized view daybook.heap as select * from daybook.scratch; \
         grant select on daybook.heap to daybook_app",
        "materialized view heap can be read by daybook_app",
        "",
    ),
    (
        "create materialized view daybook.heap as select * from daybook.scratch; \
         grant select on daybook.heap to public",
        "materialized view heap can be read by public",
        "",
    ),
    (
        "create function daybook.sudo() returns int language sql security definer as 'select 1'",
        "function daybook.sudo runs as its owner",
        "drop function daybook.sudo",
    ),
    (
        "set role daybook_owner; create schema elsewhere; create function elsewhere.sudo() \
         returns int language sql security definer as 'select 1'; reset role",
        "function elsewhere.sudo runs as its owner",
        "drop schema elsewhere cascade",
    ),
    (
        "alter function keys.make reset search_path",
        "function keys.make runs as its owner without a search_path",
        "alter function keys.make set search_path = keys, pg_temp",
    ),
    (
        "grant execute on function keys.make to public",
        "function keys.make runs as its owner and everybody may call it",
        "revoke execute on function keys.make from public",
    ),
    (
        "create or replace function daybook.current_tenant() returns uuid \
         language sql stable parallel safe as 'select null::uuid'",
        "function current_tenant is not the one of the template",
        "create or replace function daybook.current_tenant() returns uuid \
         language sql stable parallel safe \
         as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$",
    ),
    (
        "alter table daybook.scratch owner to daybook_app",
        "daybook_app owns table scratch",
        "",
    ),
    (
        "create schema theirs authorization daybook_dispatch",
        "daybook_dispatch owns schema theirs",
        "drop schema theirs",
    ),
    (
        "grant truncate on daybook.scratch to daybook_app",
        "daybook_app has TRUNCATE on scratch",
        "",
    ),
    (
        "grant references, trigger on daybook.scratch to daybook_app",
        "daybook_app has TRIGGER on scratch",
        "",
    ),
    (
        "grant select on daybook.scratch to daybook_app with grant option",
        "daybook_app has SELECT on scratch",
        "",
    ),
    (
        "grant select on daybook.scratch to public",
        "public has SELECT on scratch",
        "",
    ),
    (
        "grant select (id) on daybook.scratch to daybook_dispatch",
        "daybook_dispatch has SELECT on scratch",
        "",
    ),
    (
        "grant select on daybook.snapshots to daybook_log",
        "daybook_log has SELECT on snapshots",
        "revoke select on daybook.snapshots from daybook_log",
    ),
    (
        "grant update on daybook.events to daybook_log",
        "daybook_log has UPDATE on events",
        "revoke update on daybook.events from daybook_log",
    ),
    (
        "grant update (payload) on daybook.events to daybook_log",
        "daybook_log has UPDATE on events",
        "revoke update (payload) on daybook.events from daybook_log",
    ),
    (
        "grant delete on daybook.commands to daybook_app",
        "daybook_app has DELETE on commands",
        "revoke delete on daybook.commands from daybook_app",
    ),
    (
        "grant insert on daybook.claims to daybook_app",
        "daybook_app has INSERT on claims",
        "revoke insert on daybook.claims from daybook_app",
    ),
    (
        "grant select on daybook._sqlx_migrations to daybook_app",
        "daybook_app has SELECT on _sqlx_migrations",
        "revoke select on daybook._sqlx_migrations from daybook_app",
    ),
    (
        "grant create on schema daybook to daybook_app",
        "daybook_app may create objects in the schema",
        "revoke create on schema daybook from daybook_app",
    ),
    (
        "alter table daybook.events disable trigger events_append_only",
        "the append-only trigger of events is missing or disabled",
        "alter table daybook.events enable trigger events_append_only",
    ),
    (
        "drop trigger commands_append_only on daybook.commands; \
         create trigger commands_append_only before update or delete on daybook.commands \
           for each statement execute function daybook.refuse_change()",
        "the append-only trigger of commands is missing or disabled",
        "drop trigger commands_append_only on daybook.commands; \
         create trigger commands_append_only before update or delete or truncate \
           on daybook.commands for each statement execute function daybook.refuse_change()",
    ),
    (
        "grant select on daybook.mail to daybook_log",
        "daybook_log has SELECT on mail",
        "revoke select on daybook.mail from daybook_log",
    ),
    (
        "create policy peek on daybook.mail for select to daybook_log using (true)",
        "table mail: policy peek is for daybook_log",
        "drop policy peek on daybook.mail",
    ),
    (
        "create table daybook.parted (tenant_id uuid not null, id uuid not null) \
           partition by hash (tenant_id); \
         create table daybook.part partition of daybook.parted \
           for values with (modulus 1, remainder 0); \
         alter table daybook.parted enable row level security; \
         alter table daybook.parted force row level security; \
         create policy tenant on daybook.parted to daybook_app \
           using (tenant_id = (select daybook.current_tenant()))",
        "table part: row-level security is not enabled",
        "drop table daybook.parted",
    ),
];

async fn faults(database: &Database) -> Vec<String> {
    database.catalogue_faults().await.unwrap()
}

async fn run(admin: &mut PgConnection, sql: &str) {
    if let Err(error) = admin.execute(sql).await {
        panic!("{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gate_turns_red_for_every_mistake() {
    let world = World::new().await;
    let mut admin = world.administrator().await;
    for (mistake, complaint, mend) in MISTAKES {
        run(&mut admin, GOOD).await;
        run(&mut admin, mistake).await;
        let found = faults(&world.database).await;
        assert!(
            found.iter().any(|fault| fault.contains(complaint)),
            "{mistake}\nwas not complained about as {complaint:?}, only {found:?}"
        );
        run(&mut admin, mend).await;
        run(&mut admin, GONE).await;
        assert_eq!(
            faults(&world.database).await,
            [""; 0],
            "after mending {mistake}"
        );
    }
    // A good table is no fault.
    run(&mut admin, GOOD).await;
    assert_eq!(faults(&world.database).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_with_more_than_a_login_are_found() {
    // Roles belong to the server: this test has one of its own.
    let server = daybook_postgres::testing::private();
    let world = World::on(&server).await;
    let mut admin = world.administrator().await;
    for (mistake, complaint, mend) in [
        (
            "alter role daybook_app bypassrls",
            "daybook_app has more attributes than a login",
            "alter role daybook_app nobypassrls",
        ),
        (
            "grant daybook_owner to daybook_dispatch",
            "daybook_dispatch is a member of daybook_owner",
            "revoke daybook_owner from daybook_dispatch",
        ),
    ] {
        run(&mut admin, mistake).await;
        assert_eq!(faults(&world.database).await, [complaint]);
        run(&mut admin, mend).await;
    }
    assert_eq!(faults(&world.database).await, [""; 0]);
}

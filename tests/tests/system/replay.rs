//! Does `daybook replay` tell whether the rows of a running installation are what its log leaves?

use std::path::Path;

use daybook_tests::{Ended, Process, daybook, fresh_id, is_alive, run, until};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::backup::program;
use crate::erasure::erase;
use crate::export::attack;
use crate::stage::Stage;

/// What stands in a report about one table.
fn table<'r>(report: &'r Value, name: &str) -> &'r Value {
    let tables = report["tables"].as_array().unwrap();
    tables.iter().find(|it| it["table"] == name).unwrap()
}

pub(crate) fn must_be_equal(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let verdict = "the live rows are those that the log leaves";
    assert!(ended.text.contains(verdict), "{ended:?}");
}

/// The only line that is an error's.
pub(crate) fn error(ended: &Ended) -> &str {
    let is_error = |line: &&str| line.starts_with("daybook: ") || line.starts_with("error: ");
    let lines: Vec<&str> = ended.text.lines().filter(is_error).collect();
    assert_eq!(lines.len(), 1, "{ended:?}");
    lines[0]
}

#[test]
fn equal_rows_are_said_to_be_beside_a_running_installation_and_nothing_happens() {
    run(async {
        let stage = Stage::set(&["up"]).await;
        let before = stage.rests().await;
        let head = stage.store.tenant_head(stage.business.tenant_id).await;
        let head = head.unwrap().0.to_string();
        let ended = stage.replay(&[]).await;
        must_be_equal(&ended);
        assert!(
            ended.text.contains(&format!("as of position {head}")),
            "{ended:?}"
        );
        let by_name = ["replay", "--tenant", &stage.business.subdomain];
        must_be_equal(&stage.program(&by_name).await);
        for to in ["1", "7", &head] {
            must_be_equal(&stage.replay(&["--to", to]).await);
        }
        let told = stage.replay(&["--json"]).await;
        let report = told.text.lines().find(|line| line.starts_with('{'));
        let report: Value = serde_json::from_str(report.unwrap()).unwrap();
        assert_eq!(report["equal"], json!(true));
        assert_eq!(report["position"].to_string(), head);
        let tables = report["tables"].as_array().unwrap();
        for projection in daybook_projections::all() {
            for name in projection.tables() {
                let told = table(&report, name);
                assert_eq!(told["read_model"], projection.name());
                assert_eq!(told["differing"], 0, "{name}");
            }
        }
        assert!(tables.iter().filter(|it| it["rows"] != 0).count() > 8);
        // No mail, no timer, no command, no event; and nothing stays behind.
        assert_eq!(stage.effects().await, before);
        assert_eq!(stage.left_over().await, [""; 0]);
        // Whoever works meanwhile is not disturbed, and does not disturb.
        let mut replaying = JoinSet::new();
        let (url, data) = (stage.url.clone(), stage.data.path().to_owned());
        let tenant = stage.tenant();
        replaying
            .spawn(async move { program(&url, &data, &["replay", "--tenant", &tenant]).await });
        let mut registered = stage.clients().await.as_i64().unwrap();
        for _ in 0..10 {
            stage.do_business().await;
            registered += 1;
            assert_eq!(stage.clients().await, registered);
        }
        must_be_equal(&replaying.join_next().await.unwrap().unwrap());
    });
}

#[test]
fn what_a_superuser_did_to_rows_is_named_by_table_key_and_column() {
    run(async {
        let stage = Stage::set(&["work", "serve"]).await;
        let client = stage.do_business().await;
        stage.rests().await;
        must_be_equal(&stage.replay(&[]).await);
        let id = client.as_str().unwrap().strip_prefix("client_").unwrap();
        let id = Uuid::try_parse(id).unwrap();
        let extra = fresh_id();
        attack(
            &stage.url,
            &format!(
                "update crm_clients set phone = '007' where id = '{id}'; \
                 delete from invoicing_lines where invoice_id in \
                   (select id from invoicing_invoices where client_id = '{id}'); \
                 insert into crm_client_notes select (jsonb_populate_record(t, \
                   jsonb_build_object('id', '{extra}'::uuid))).* \
                   from crm_client_notes t where client_id = '{id}'"
            ),
        )
        .await;
        let told = stage.replay(&[]).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        for needed in [
            "are NOT those that the log leaves",
            &format!("{{\"id\":\"{id}\"}}: phone is \"007\", should be null"),
            "is missing",
            &format!("\"id\":\"{extra}\""),
            "should not be there",
        ] {
            assert!(told.text.contains(needed), "{needed}: {told:?}");
        }
        assert_eq!(
            error(&told),
            "daybook: live rows differ from the log in crm_clients, crm_client_notes, invoicing_lines; \
             `daybook projections rebuild crm.clients invoicing.invoices` mends that"
        );
        let told = stage.replay(&["--json", "--to", "3"]).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        let report = told.text.lines().find(|line| line.starts_with('{'));
        let report: Value = serde_json::from_str(report.unwrap()).unwrap();
        assert_eq!(report["equal"], json!(false));
        let changed = table(&report, "crm_clients");
        assert_eq!(changed["read_model"], "crm.clients");
        assert_eq!(changed["differing"], 1);
        assert_eq!(changed["differences"][0]["key"], json!({ "id": id }));
        let column = json!({
            "path": "/phone", "before": null, "after": "007", "is_hidden": false,
        });
        assert_eq!(changed["differences"][0]["columns"], json!([column]));
        let gone = &table(&report, "invoicing_lines")["differences"][0];
        assert_eq!(gone["is_missing"], true);
        let added = &table(&report, "crm_client_notes")["differences"][0];
        assert_eq!(added["is_extra"], true);
        assert_eq!(added["key"]["id"], json!(extra));
        // What the last line says mends it.
        let both = ["crm.clients", "invoicing.invoices"];
        let rebuilt = stage
            .program(&[&["projections", "rebuild"], both.as_slice()].concat())
            .await;
        assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
        for name in both {
            let told = format!("{name} is rebuilt and live after");
            assert!(rebuilt.text.contains(&told), "{rebuilt:?}");
        }
        must_be_equal(&stage.replay(&[]).await);
        let rebuilt = stage.program(&["projections", "rebuild", "--all"]).await;
        assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
        let live = rebuilt.text.matches("is rebuilt and live after").count();
        assert_eq!(live, daybook_projections::all().len(), "{rebuilt:?}");
        must_be_equal(&stage.replay(&[]).await);
        assert_eq!(stage.left_over().await, [""; 0]);
    });
}

#[test]
fn what_is_not_there_is_refused_in_one_line() {
    run(async {
        let stage = Stage::set(&["up"]).await;
        stage.rests().await;
        let head = stage.store.tenant_head(stage.business.tenant_id).await;
        let head = head.unwrap().0;
        let beyond = (head + 1).to_string();
        let (nobody, tenant) = (Uuid::from_u128(7).to_string(), stage.tenant());
        let no_position = format!(
            "daybook: the tenant's log ends at position {head}; give a position from 1 to that"
        );
        for (arguments, expected) in [
            (
                vec!["--tenant", &nobody],
                format!("daybook: there is no tenant {nobody}"),
            ),
            (
                vec!["--tenant", "nobody-at-all"],
                "daybook: no tenant has the id or the subdomain nobody-at-all".to_owned(),
            ),
            (
                vec!["--tenant", &tenant, "--to", &beyond],
                no_position.clone(),
            ),
            (
                vec!["--tenant", &tenant, "--to", "9223372036854775807"],
                no_position,
            ),
        ] {
            let ended = stage.program(&[&["replay"], &arguments[..]].concat()).await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert_eq!(error(&ended), expected);
        }
        for malformed in ["0", "-1", "x", "1.5", "", "9223372036854775808"] {
            let to = format!("--to={malformed}");
            let ended = stage.replay(&[&to]).await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            let told = error(&ended);
            assert!(
                told.ends_with("a position is a whole number from 1"),
                "{told}"
            );
        }
        let ended = stage.program(&["replay"]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert_eq!(stage.left_over().await, [""; 0]);
    });
}

#[test]
fn one_that_was_killed_is_cleared_up_after_and_two_at_once_do_not_meet() {
    run(async {
        let mut stage = Stage::set(&["up"]).await;
        stage.rests().await;
        let (first, second) = tokio::join!(stage.replay(&[]), stage.replay(&["--to", "2"]));
        must_be_equal(&first);
        must_be_equal(&second);
        assert_eq!(stage.left_over().await, [""; 0]);
        killed_while_comparing(&stage).await;
        // One that runs later is not in its way, nor the other way round.
        must_be_equal(&stage.replay(&[]).await);
        assert_eq!(schemas(&stage).await.len(), 1);
        // Some minutes later nobody believes any more that it is alive.
        attack(
            &stage.url,
            "update vantages set used_at = used_at - interval '6 minutes'",
        )
        .await;
        let swept = async || stage.left_over().await.is_empty();
        until("nothing left over", swept).await;
        // Nor does one stay that a version before swept, which knows of no schemas.
        killed_while_comparing(&stage).await;
        let forgotten = "delete from readers where generation < 0; delete from vantages";
        attack(&stage.url, forgotten).await;
        let swept = async || stage.left_over().await.is_empty();
        until("nothing left over", swept).await;
        for process in &mut stage.running {
            process.interrupt();
            assert!(process.ends().success(), "{}", process.log());
        }
    });
}

#[test]
fn whoever_is_erased_is_in_no_schema_that_a_killed_replay_left() {
    run(async {
        let stage = Stage::set(&["work", "serve"]).await;
        let client = stage.do_business().await;
        stage.rests().await;
        killed_while_comparing(&stage).await;
        let schemas = schemas(&stage).await;
        let id = client.as_str().unwrap().strip_prefix("client_").unwrap();
        let known = format!(
            "select count(*) from {}.crm_clients where id = '{id}' and name = 'Ada'",
            schemas[0]
        );
        let mut admin = stage.administrator().await;
        let rows: i64 = sqlx::query_scalar(&known)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(rows, 1);
        // Neither to other tenants nor to who is none.
        let as_app = "set role daybook_app; select set_config('app.tenant_id', '', false)";
        admin.execute(as_app).await.unwrap();
        let rows: i64 = sqlx::query_scalar(&known)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(rows, 0);
        // Who looks into it all the while keeps the schema there, and no row in it.
        let mut onlooker = stage.administrator().await;
        let mut look = onlooker.begin().await.unwrap();
        look.execute(known.as_str()).await.unwrap();
        erase(&stage.owner, &client).await;
        admin.execute("reset role").await.unwrap();
        let rows: i64 = sqlx::query_scalar(&known)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(rows, 0);
        look.rollback().await.unwrap();
        let swept = async || stage.left_over().await.is_empty();
        until("nothing left over", swept).await;
    });
}

/// The schemas that replays have built in.
async fn schemas(stage: &Stage) -> Vec<String> {
    let left = stage.left_over().await.into_iter();
    left.filter(|it| it.starts_with("daybook_scratch_"))
        .collect()
}

/// Ends a replay that has built everything: live rows are held up, so that it waits for them.
async fn killed_while_comparing(stage: &Stage) {
    let mut blocker = stage.administrator().await;
    let mut lock = blocker.begin().await.unwrap();
    lock.execute("lock table crm_clients in exclusive mode")
        .await
        .unwrap();
    stage.business.register("Late").await;
    let mut killed = start(stage, stage.data.path());
    until("all read models built apart", async || {
        let mut admin = stage.administrator().await;
        let built = "select count(*) from readers where generation < 0 and log_position > 0";
        let built = sqlx::query_scalar(built).fetch_one(&mut admin).await;
        let built: i64 = built.unwrap();
        usize::try_from(built) == Ok(daybook_projections::all().len())
    })
    .await;
    killed.kill();
    assert!(!is_alive(killed.id()));
    lock.rollback().await.unwrap();
    assert_eq!(schemas(stage).await.len(), 1);
}

/// A replay that goes on while the test does something else.
fn start(stage: &Stage, data: &Path) -> Process {
    let tenant = stage.tenant();
    let arguments = ["replay", "--tenant", tenant.as_str()];
    let variables = [("DATABASE_URL", stage.url.as_str())];
    Process::start(&mut daybook(data, &arguments, &variables))
}

//! Does every read model change its version under way, and back, without anybody noticing?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daybook::clock::system;
use daybook_projections::engine::Rebuild;
use daybook_tests::registrations::register;
use daybook_tests::{Business, Client, Socket, fresh_id, run, until};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::export::attack;
use crate::replay::{error, must_be_equal};
use crate::stage::Stage;

/// Tenants besides the one that is watched: they are built side by side.
const OTHERS: usize = 5;
/// Clients of each, so that a build takes a while.
const CLIENTS: usize = 100;

/// Between one look and the next, so that there is room for others on a small machine.
const PACE: Duration = Duration::from_millis(10);

/// What happens to the things that a stage's own business leaves out: each read model has rows.
async fn do_the_rest(owner: &Client, client: &Value) {
    let field = json!({ "key": "colour", "label": "Colour", "kind": "TEXT" });
    owner.mutate("clientFieldDeclare", field, "").await;
    let consent = json!({ "clientId": client, "purpose": "news", "wording": "Yes." });
    owner.mutate("consentGive", consent, "").await;
    let hold = json!({ "id": client, "reason": "case 7" });
    owner.mutate("dataSubjectHold", hold, "").await;
    let key = json!({ "name": "reads", "scopes": ["CLIENTS_READ"] });
    owner.mutate("apiKeyCreate", key, "").await;
    let bills = "{ invoices(first: 1) { nodes { id } } }";
    let bill = owner.data(bills, json!({})).await["invoices"]["nodes"][0]["id"].clone();
    let payment = json!({ "invoiceId": bill, "amount": "5", "receivedOn": "2026-11-20" });
    owner.mutate("invoiceRecordPayment", payment, "").await;
    owner.mutate("auditExport", json!({}), "").await;
    until("the export", async || {
        let states = "{ auditExports { nodes { state } } }";
        let states = owner.data(states, json!({})).await;
        states["auditExports"]["nodes"][0]["state"] == "READY"
    })
    .await;
}

/// Somebody who works and looks at the same time, and is never told anything old.
struct Traffic {
    stop: Arc<AtomicBool>,
    working: JoinSet<usize>,
}

impl Traffic {
    /// Clients are registered from this number on.
    fn start(owner: &Client, from: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut working = JoinSet::new();
        let (owner, stopped) = (owner.clone(), Arc::clone(&stop));
        working.spawn(async move {
            let mut number = from;
            while !stopped.load(Ordering::SeqCst) {
                let name = json!({ "name": format!("Client {number}") });
                let made = owner
                    .mutate("clientRegister", name, "client { name }")
                    .await;
                number += 1;
                let seen = "{ clients(last: 1) { totalCount nodes { name } }
                    invoices { totalCount } members { totalCount } consents { totalCount } }";
                let seen = owner.data(seen, json!({})).await;
                assert_eq!(seen["clients"]["nodes"][0], made["client"]);
                assert_eq!(seen["clients"]["totalCount"], number);
                tokio::time::sleep(PACE).await;
                for (list, least) in [("invoices", 1), ("members", 3), ("consents", 1)] {
                    assert_eq!(seen[list]["totalCount"], least, "{list}");
                }
            }
            number
        });
        Self { stop, working }
    }

    /// How many clients there are in the end.
    async fn ends(mut self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.working.join_next().await.unwrap().unwrap()
    }
}

/// Looks again and again whether each read model has one live generation; how often it did.
async fn watch(stage: &Stage, stopped: Arc<AtomicBool>) -> JoinSet<usize> {
    let mut admin = stage.administrator().await;
    let mut watching = JoinSet::new();
    watching.spawn(async move {
        let mut looks = 0;
        while !stopped.load(Ordering::SeqCst) {
            let without = "select name from readers where generation > 0 group by name \
                having count(*) filter (where state = 'live') <> 1";
            let without: Vec<String> = sqlx::query_scalar(without)
                .fetch_all(&mut admin)
                .await
                .unwrap();
            assert_eq!(without, [""; 0], "not exactly one is live");
            looks += 1;
            tokio::time::sleep(PACE).await;
        }
        looks
    });
    watching
}

/// The names of all read models.
fn names() -> BTreeSet<String> {
    let all = daybook_projections::all();
    all.iter().map(|it| it.name().to_owned()).collect()
}

/// The generation that is live, of each read model.
async fn live(stage: &Stage) -> BTreeMap<String, i32> {
    let live = "select name, generation from readers where state = 'live' and name = any ($1)";
    let names: Vec<String> = names().into_iter().collect();
    let mut admin = stage.administrator().await;
    let found = sqlx::query_as(live).bind(&names).fetch_all(&mut admin);
    let found: Vec<(String, i32)> = found.await.unwrap();
    found.into_iter().collect()
}

/// Rows that are in the live generation of a table or in the one before, and not in both.
async fn differing(stage: &Stage, read_model: &str, table: &str) -> (i64, i64) {
    let rows = |state: &str| {
        format!(
            "select (to_jsonb(t) - 'generation')::text as r from {table} t where generation = \
             (select generation from readers where name = '{read_model}' and state = '{state}')"
        )
    };
    let (live, previous) = (rows("live"), rows("previous"));
    let counted = format!(
        "with live as ({live}), previous as ({previous}) select (select count(*) from live), \
         (select count(*) from (select r from live except select r from previous) a) + \
         (select count(*) from (select r from previous except select r from live) b)"
    );
    let mut admin = stage.administrator().await;
    sqlx::query_as(&counted)
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

/// Listens to a live list, as somebody who looks at it does: the names that it tells, in order.
fn listen(mut socket: Socket) -> (Arc<Mutex<Vec<String>>>, JoinSet<()>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut listening = JoinSet::new();
    let names = Arc::clone(&told);
    listening.spawn(async move {
        loop {
            let change = &socket.result().await["clientsLive"];
            if change["kind"] == "UPSERTED" {
                let name = change["client"]["name"].as_str().unwrap().to_owned();
                names.lock().unwrap().push(name);
            }
        }
    });
    (told, listening)
}

#[test]
fn every_read_model_changes_its_version_and_back_while_everybody_works() {
    run(async {
        let mut stage = Stage::set(&["work", "serve"]).await;
        let client = stage.first_client().await;
        do_the_rest(&stage.owner, &client).await;
        for _ in 0..OTHERS {
            let other = Business::found(&stage.store, &[]).await;
            register(&stage.store, other.tenant_id, CLIENTS).await;
        }
        let before = stage.rests().await;
        let names = names();
        let all_at = |generation: i32| -> BTreeMap<String, i32> {
            names
                .iter()
                .map(|name| (name.clone(), generation))
                .collect()
        };
        assert_eq!(live(&stage).await, all_at(1));
        let mut socket = stage.owner.socket().await;
        let document = "subscription { clientsLive { kind client { name } } }";
        socket.subscribe("1", document, json!({})).await;
        while socket.result().await["clientsLive"]["kind"] != "CAUGHT_UP" {}
        let (told, _listening) = listen(socket);
        let traffic = Traffic::start(&stage.owner, 1);
        let over = Arc::new(AtomicBool::new(false));
        let mut watching = watch(&stage, Arc::clone(&over)).await;

        // What is live was written by code that is older than this, which is installed now.
        let list: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let older = format!(
            "update readers set version = version - 1 where name in ({})",
            list.join(", ")
        );
        attack(&stage.url, &older).await;
        stage.start("work").await;
        until("all built and switched to", async || {
            live(&stage).await == all_at(2)
        })
        .await;
        let newer = &daybook_projections::all()[0];
        let refused = stage
            .program(&["projections", "rollback", newer.name()])
            .await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(
            error(&refused).ends_with("use the binary of that version"),
            "{refused:?}"
        );
        // And the older binary is installed again.
        let older = "update readers r set version = l.version from readers l \
            where l.name = r.name and l.state = 'live' and r.state = 'previous'";
        attack(&stage.url, older).await;
        for name in &names {
            let back = stage.program(&["projections", "rollback", name]).await;
            assert_eq!(back.code, Some(0), "{back:?}");
            let said = format!("{name} is rolled back: generation 1 is live again");
            assert!(back.text.contains(&said), "{back:?}");
        }
        assert_eq!(live(&stage).await, all_at(1));
        let registered = traffic.ends().await;
        over.store(true, Ordering::SeqCst);
        assert!(watching.join_next().await.unwrap().unwrap() > 10);
        let expected: Vec<String> = (1..registered).map(|n| format!("Client {n}")).collect();
        until("each change is told, once", async || {
            told.lock().unwrap().len() >= expected.len()
        })
        .await;
        assert_eq!(*told.lock().unwrap(), expected);
        must_be_equal(&stage.replay(&[]).await);

        // At rest, what is built anew is what was live, of every tenant and every table.
        let effects = stage.rests().await;
        let rebuild = Rebuild {
            store: stage.store.clone(),
            projections: daybook_projections::all(),
            holder: fresh_id(),
            clock: system,
        };
        for rebuilt in rebuild.run(|_, _| ()).await {
            rebuilt.unwrap();
        }
        assert_eq!(live(&stage).await, all_at(3));
        for projection in daybook_projections::all() {
            for table in projection.tables() {
                let (rows, differing) = differing(&stage, projection.name(), table).await;
                assert!(rows > 0, "{table}");
                assert_eq!(differing, 0, "{table}");
            }
        }
        // The generation before the one before is gone, with all its rows.
        until("rows of generation 2 are gone", async || {
            let gone = "select count(*) from readers where generation = 2";
            let mut admin = stage.administrator().await;
            let left: i64 = sqlx::query_scalar(gone)
                .fetch_one(&mut admin)
                .await
                .unwrap();
            left == 0
        })
        .await;
        for projection in daybook_projections::all() {
            for table in projection.tables() {
                let left = format!("select count(*) from {table} where generation = 2");
                let mut admin = stage.administrator().await;
                let left: i64 = sqlx::query_scalar(&left)
                    .fetch_one(&mut admin)
                    .await
                    .unwrap();
                assert_eq!(left, 0, "{table}");
            }
        }
        // Nothing happened twice: no mail, no timer; events of the registered clients alone.
        assert_eq!(stage.effects().await, effects);
        let count =
            |all: &[String], table: &str| all.iter().filter(|it| it.starts_with(table)).count();
        for table in ["mail", "timers", "audit_export_jobs"] {
            assert_eq!(count(&effects, table), count(&before, table), "{table}");
        }
        for table in ["events", "commands"] {
            let more = count(&effects, table) - count(&before, table);
            assert_eq!(more, registered - 1, "{table}");
        }
    });
}

//! Does whoever asks for a history over the API get it, and nobody else?

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use chrono::TimeDelta;
use daybook::Duty;
use daybook_audit::archive::{Options, Outcome, verify};
use daybook_audit::testing::Twin;
use daybook_domain::audit::export::{Cause, ExportEvent};
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_tests::registrations::register;
use daybook_tests::{
    Business, Client, Process, Setup, TestApp, database, daybook, fresh_id, run, shared, until,
};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::export::{attack, ledger, sealed};

const SHOWN: &str = "export { id state requestedBy filter progress { read total events } \
    archive { count treeSize bytes sha256 url expiresAt } failure { cause position reason } }";

/// A program with a key that may read the trail and nothing else.
pub(crate) async fn auditor(base: &str, business: &Business) -> Client {
    let scopes = BTreeSet::from([Permission::AuditRead]);
    Client::new(base, Some(&business.key_for(scopes).await))
}

pub(crate) async fn ask(client: &Client, filter: Value) -> Value {
    let mut payload = client
        .mutate("auditExport", json!({ "filter": filter }), SHOWN)
        .await;
    payload["export"].take()
}

pub(crate) async fn look(client: &Client, id: &Value) -> Value {
    let document = format!(
        "{{ auditExport(id: {id}) {{ {} }} }}",
        SHOWN.trim_start_matches("export { ").trim_end_matches('}')
    );
    client.data(&document, json!({})).await["auditExport"].take()
}

/// Waits until it has ended, as this state.
async fn ended(client: &Client, id: &Value, state: &str) -> Value {
    until("the export", async || {
        let now = look(client, id).await;
        let now = now["state"].as_str().unwrap().to_owned();
        assert!(
            ["PENDING", "RUNNING", state].contains(&now.as_str()),
            "{now}"
        );
        now == state
    })
    .await;
    look(client, id).await
}

/// The path of the archive's address.
fn path(export: &Value) -> String {
    let url = export["archive"]["url"].as_str().unwrap();
    let (_, path) = url.split_once("/audit/").unwrap();
    format!("/audit/{path}")
}

async fn fetch(client: &Client, path: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>, Value) {
    let mut request = client.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let shown = answer.headers().iter();
    let shown = shown.map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())));
    let shown: Value = Value::Object(shown.collect());
    (status, answer.bytes().await.unwrap().to_vec(), shown)
}

#[test]
fn an_auditors_key_asks_for_a_history_and_fetches_it_in_parts() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        register(&business.store, business.tenant_id, 300).await;
        let auditor = auditor(&app.base, &business).await;
        let asked = ask(&auditor, json!({})).await;
        assert!(["PENDING", "RUNNING"].contains(&asked["state"].as_str().unwrap()));
        let ready = ended(&auditor, &asked["id"], "READY").await;
        let archive = &ready["archive"];
        assert_eq!(archive["count"], archive["treeSize"]);
        assert_eq!(ready["filter"], json!({}));
        let (status, whole, headers) = fetch(&auditor, &path(&ready), &[]).await;
        assert_eq!(status, 200);
        assert_eq!(archive["bytes"], whole.len().to_string());
        assert_eq!(headers["content-length"], whole.len().to_string());
        assert_eq!(headers["content-type"], "application/gzip");
        assert_eq!(headers["accept-ranges"], "bytes");
        assert_eq!(hex::encode(Sha256::digest(&whole)), archive["sha256"]);
        assert!(
            headers["repr-digest"]
                .as_str()
                .unwrap()
                .starts_with("sha-256=:")
        );
        let keys = business
            .store
            .sealed(business.tenant_id)
            .keys()
            .await
            .unwrap();
        let options = Options {
            keys,
            ..Options::default()
        };
        let report = verify(whole.as_slice(), &options);
        assert_eq!(report.outcome(), Outcome::Sound, "{report}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fetched.tar.gz");
        fs::write(&file, &whole).unwrap();
        let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
        assert_eq!(twin.verify(&file, &[]).result(), "result: sound");
        // Broken off, it is gone on with.
        let tag = headers["etag"].as_str().unwrap();
        let (status, start, _) = fetch(&auditor, &path(&ready), &[("range", "bytes=0-999")]).await;
        assert_eq!((status, start.len()), (206, 1_000));
        let rest = [("range", "bytes=1000-"), ("if-range", tag)];
        let (status, end, shown) = fetch(&auditor, &path(&ready), &rest).await;
        assert_eq!(status, 206);
        let expected = format!("bytes 1000-{}/{}", whole.len() - 1, whole.len());
        assert_eq!(shown["content-range"], expected);
        assert_eq!([start, end].concat(), whole);
        let other = [("range", "bytes=1000-"), ("if-range", "\"other\"")];
        assert_eq!(fetch(&auditor, &path(&ready), &other).await.0, 200);
        let beyond = [("range", "bytes=99999999-")];
        let (status, _, shown) = fetch(&auditor, &path(&ready), &beyond).await;
        assert_eq!(status, 416);
        assert_eq!(shown["content-range"], format!("bytes */{}", whole.len()));
        let head = auditor
            .request(Method::HEAD, &path(&ready))
            .send()
            .await
            .unwrap();
        assert_eq!(head.headers()["content-length"], whole.len().to_string());
        // Who took what is in the history.
        let ledger = ledger(&business).await;
        let [
            (who, ExportEvent::Requested(_)),
            (by, ExportEvent::Completed(done)),
            (to, ExportEvent::HandedOut(handed)),
        ] = ledger.as_slice()
        else {
            panic!("{ledger:?}");
        };
        assert!(who.starts_with("api_key:"), "{who}");
        // Fetched in parts, and once more: one fetching.
        assert_eq!((to, &handed.to), (who, who));
        assert_eq!(
            (by.as_str(), json!(done.sha256)),
            ("system:exports", archive["sha256"].clone())
        );
        assert_eq!(ready["requestedBy"], json!(who));
        let list = "{ auditExports(filter: { stateIn: [READY] }) { totalCount nodes { id } } }";
        let list = auditor.data(list, json!({})).await;
        assert_eq!(
            list["auditExports"]["nodes"],
            json!([{ "id": asked["id"] }])
        );
    });
}

#[test]
fn only_who_may_asks_and_fetches_and_nobody_elses_is_there() {
    run(async {
        let app = TestApp::start().await;
        let roles = [Role::Owner, Role::Admin, Role::Manager];
        let ours = Business::found(app.store(), &roles).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let our_auditor = auditor(&app.base, &ours).await;
        let their_auditor = auditor(&app.base, &theirs).await;
        let theirs_ready = ask(&their_auditor, json!({})).await;
        let theirs_ready = ended(&their_auditor, &theirs_ready["id"], "READY").await;
        let ours_ready = ask(&our_auditor, json!({ "types": ["tenancy.*"] })).await;
        let ours_ready = ended(&our_auditor, &ours_ready["id"], "READY").await;
        // Theirs is as one that does not exist.
        let nowhere = json!(format!("export_{}", fresh_id().simple()));
        for id in [&theirs_ready["id"], &nowhere] {
            assert_eq!(look(&our_auditor, id).await, Value::Null);
            let address = format!("/audit/{}/exports/{}", ours.subdomain, id.as_str().unwrap());
            assert_eq!(fetch(&our_auditor, &address, &[]).await.0, 404);
        }
        assert_eq!(fetch(&our_auditor, &path(&theirs_ready), &[]).await.0, 404);
        for bad in [
            "x",
            "client_00000000000000000000000000000001",
            "..%2f..%2fmaster.key",
        ] {
            let address = format!("/audit/{}/exports/{bad}", ours.subdomain);
            assert_eq!(fetch(&our_auditor, &address, &[]).await.0, 404, "{bad}");
        }
        // Who fetches what somebody else asked for is in the history; who only looks, or may not, is not.
        let admin = ours.sign_in(&app.base, Role::Admin).await;
        for client in [&our_auditor, &admin, &admin] {
            assert_eq!(fetch(client, &path(&ours_ready), &[]).await.0, 200);
        }
        let head = our_auditor.request(Method::HEAD, &path(&ours_ready));
        assert_eq!(head.send().await.unwrap().status(), 200);
        let handed = ledger(&ours).await.into_iter();
        let handed = handed.filter(|(_, it)| matches!(it, ExportEvent::HandedOut(_)));
        let handed: Vec<String> = handed.map(|(who, _)| who).collect();
        let user = format!("user:{}", ours.members[&Role::Admin].user_id);
        assert_eq!(handed.len(), 2, "{handed:?}");
        assert!(
            handed[0].starts_with("api_key:") && handed[1] == user,
            "{handed:?}"
        );
        // Roles and keys.
        let asking = Client::mutation("auditExport", json!({}), SHOWN);
        let clerk = ours
            .key_for(BTreeSet::from([Permission::ClientsRead]))
            .await;
        let clerk = app.client(&clerk);
        let manager = ours.sign_in(&app.base, Role::Manager).await;
        for client in [&clerk, &manager] {
            assert_eq!(client.send(&asking).await.code(), "FORBIDDEN");
            assert_eq!(fetch(client, &path(&ours_ready), &[]).await.0, 403);
        }
        assert_eq!(app.stranger().send(&asking).await.code(), "UNAUTHENTICATED");
        assert_eq!(fetch(&app.stranger(), &path(&ours_ready), &[]).await.0, 401);
        // A person gives the password first.
        let admin = ours.sign_in(&app.base, Role::Admin).await;
        assert_eq!(admin.send(&asking).await.code(), "");
        app.clock.advance(TimeDelta::minutes(16));
        let late = Client::mutation("auditExport", json!({}), SHOWN);
        let refused = admin.send(&late).await;
        assert!(
            ["STEP_UP_REQUIRED", "UNAUTHENTICATED"].contains(&refused.code()),
            "{}",
            refused.text
        );
        app.stop().await;
    });
}

#[test]
fn filters_without_sense_are_refused_and_five_are_made_one_after_the_other() {
    run(async {
        let everything = TestApp::start().await;
        let business = Business::found(everything.store(), &[Role::Owner]).await;
        let api = everything.join(Duty::Api).await;
        let auditor = auditor(&api.base, &business).await;
        let endless: Vec<&str> = vec!["crm.*"; 101];
        for filter in [
            json!({ "from": "0" }),
            json!({ "from": "9", "to": "8" }),
            json!({ "types": endless }),
            json!({ "types": ["crm.(client)"] }),
            json!({ "actor": "Ada" }),
        ] {
            let input = json!({ "filter": filter });
            let refused = auditor.attempt("auditExport", input, SHOWN).await;
            assert_eq!(
                refused["userErrors"][0]["code"], "FIELD_MALFORMED",
                "{filter}"
            );
        }
        assert_eq!(ledger(&business).await, []);
        let mut asked = Vec::new();
        for _ in 0..5 {
            asked.push(ask(&auditor, json!({})).await["id"].clone());
        }
        for id in &asked {
            ended(&auditor, id, "READY").await;
        }
        let ledger = ledger(&business).await;
        let ended = ledger
            .iter()
            .filter(|(_, it)| matches!(it, ExportEvent::Completed(_)));
        let sizes: Vec<u64> = ended
            .map(|(_, it)| match it {
                ExportEvent::Completed(done) => done.tree_size,
                _ => 0,
            })
            .collect();
        assert_eq!(sizes.len(), 5);
        assert!(
            sizes.is_sorted(),
            "the one that was asked for first is made first: {sizes:?}"
        );
        api.stop().await;
        everything.stop().await;
    });
}

#[test]
fn no_more_than_five_wait_at_once() {
    run(async {
        let everything = TestApp::start().await;
        let business = Business::found(everything.store(), &[Role::Owner]).await;
        let api = everything.join(Duty::Api).await;
        let auditor = auditor(&api.base, &business).await;
        // While nothing is sealed nothing is made.
        let wait = format!(
            "insert into audit_export_jobs (tenant_id, export_id, position, due_at) \
             values ('{}', '{}', 0, 'infinity')",
            business.tenant_id,
            fresh_id()
        );
        attack(&everything.database, &wait).await;
        for _ in 0..5 {
            ask(&auditor, json!({})).await;
        }
        let refused = auditor.attempt("auditExport", json!({}), SHOWN).await;
        assert_eq!(refused["userErrors"][0]["code"], "EXPORT_LIMIT_REACHED");
        api.stop().await;
        everything.stop().await;
    });
}

#[test]
fn an_archive_goes_when_its_time_is_over() {
    run(async {
        let app = Setup::default()
            .with("DAYBOOK_EXPORTS_KEEP", "5m")
            .start()
            .await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = auditor(&app.base, &business).await;
        let asked = ask(&auditor, json!({})).await;
        let ready = ended(&auditor, &asked["id"], "READY").await;
        let id: Uuid = asked["id"].as_str().unwrap()["export_".len()..]
            .parse()
            .unwrap();
        let folder = app.data.path().join("exports");
        let file = folder
            .join(business.tenant_id.to_string())
            .join(format!("{id}.tar.gz"));
        assert!(file.exists());
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        app.clock.advance(TimeDelta::minutes(6));
        let (status, body, _) = fetch(&auditor, &path(&ready), &[]).await;
        assert_eq!(status, 410);
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "EXPORT_EXPIRED");
        let expired = look(&auditor, &asked["id"]).await;
        assert_eq!(expired["state"], "EXPIRED");
        assert_eq!(expired["archive"]["url"], Value::Null);
        assert_eq!(expired["archive"]["sha256"], ready["archive"]["sha256"]);
        until("the sweep", async || !file.exists()).await;
        let ledger = ledger(&business).await;
        assert!(
            matches!(ledger.last(), Some((_, ExportEvent::Expired(_)))),
            "{ledger:?}"
        );
        app.stop().await;
    });
}

#[test]
fn a_changed_event_and_a_full_disk_are_recorded_failures() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        register(&business.store, business.tenant_id, 20).await;
        let auditor = auditor(&app.base, &business).await;
        sealed(&business).await;
        let command = fresh_id();
        let seed = [command.as_bytes().as_slice(), b"export"].concat();
        let id = Uuid::new_v5(&business.tenant_id.0, &seed);
        let folder = app
            .data
            .path()
            .join("exports")
            .join(business.tenant_id.to_string());
        let draft = folder.join(format!("{id}.tar.gz.draft"));
        fs::create_dir_all(&draft).unwrap();
        symlink("/dev/full", draft.join("events.csv")).unwrap();
        let input = json!({ "commandId": command });
        let asked = auditor.mutate("auditExport", input, SHOWN).await;
        let failed = ended(&auditor, &asked["export"]["id"], "FAILED").await;
        assert_eq!(failed["failure"]["cause"], "DISK_FULL", "{failed}");
        assert!(!draft.exists());
        let change = format!(
            "update events set actor = 'user:nobody' where tenant_id = '{}' and position = 9",
            business.tenant_id
        );
        attack(&app.database, &change).await;
        let asked = ask(&auditor, json!({ "types": ["crm.*"] })).await;
        let failed = ended(&auditor, &asked["id"], "FAILED").await;
        assert_eq!(failed["failure"]["cause"], "ALTERED", "{failed}");
        assert_eq!(failed["failure"]["position"], "9");
        assert_eq!(failed["archive"], Value::Null);
        let ledger = ledger(&business).await;
        let Some((_, ExportEvent::Failed(told))) = ledger.last() else {
            panic!("{ledger:?}");
        };
        assert_eq!((told.cause, told.position), (Cause::Altered, Some(9)));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        app.stop().await;
    });
}

#[test]
fn a_killed_maker_is_followed_by_one_that_goes_on() {
    run(async {
        let url = database().await;
        let data = tempfile::tempdir().unwrap();
        crate::crash::keep_master_key(data.path());
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ];
        let mut process = Process::start(&mut daybook(data.path(), &["up"], &variables));
        let base = format!("http://{}", process.ready());
        let store = crate::crash::open(&url).await;
        let business = Business::found(&store, &[Role::Owner]).await;
        for _ in 0..30 {
            register(&store, business.tenant_id, 300).await;
        }
        let auditor = auditor(&base, &business).await;
        sealed(&business).await;
        let asked = ask(&auditor, json!({})).await;
        until("a page", async || {
            let now = look(&auditor, &asked["id"]).await;
            let folder = data
                .path()
                .join("exports")
                .join(business.tenant_id.to_string());
            let draft = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut drafts = draft.filter(|it| it.path().join("draft.json").exists());
            drafts.next().is_some() || now["state"] == "READY"
        })
        .await;
        process.kill();
        let mut process = Process::start(&mut daybook(data.path(), &["up"], &variables));
        let auditor = auditor.at(&format!("http://{}", process.ready()));
        let ready = ended(&auditor, &asked["id"], "READY").await;
        // Fetched in four parts; the one who hands it out is killed between any two.
        let bytes: usize = ready["archive"]["bytes"].as_str().unwrap().parse().unwrap();
        let (mut whole, mut auditor, mut tag) = (Vec::new(), auditor, String::new());
        for part in 0..4 {
            let (first, next) = (bytes * part / 4, bytes * (part + 1) / 4);
            let range = format!("bytes={first}-{}", next - 1);
            let headers = [("range", range.as_str()), ("if-range", tag.as_str())];
            let headers = &headers[..if part == 0 { 1 } else { 2 }];
            let (status, body, shown) = fetch(&auditor, &path(&ready), headers).await;
            assert_eq!((status, body.len()), (206, next - first));
            whole.extend(body);
            tag = shown["etag"].as_str().unwrap().to_owned();
            process.kill();
            process = Process::start(&mut daybook(data.path(), &["up"], &variables));
            auditor = auditor.at(&format!("http://{}", process.ready()));
        }
        assert_eq!(
            hex::encode(Sha256::digest(&whole)),
            ready["archive"]["sha256"]
        );
        let report = verify(whole.as_slice(), &Options::default());
        assert_eq!(report.outcome(), Outcome::Sound, "{report}");
        assert_eq!(ledger(&business).await.len(), 3, "asked for and made once");
        store.close().await;
    });
}

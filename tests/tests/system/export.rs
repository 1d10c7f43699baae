//! Does a tenant's history come out of the house whole, or not at all?

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use daybook_audit::archive::{Options, Outcome, verify};
use daybook_audit::testing::Twin;
use daybook_domain::audit::export::ExportEvent;
use daybook_domain::tenancy::public::Role;
use daybook_store::{HistoryFilter, Recorded};
use daybook_tests::registrations::register;
use daybook_tests::{Business, TestApp, database, daybook, finished, run, shared, until};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Where archives are written to.
pub(crate) struct Desk {
    url: String,
    data: PathBuf,
    folder: TempDir,
}

impl Desk {
    pub(crate) fn at(app: &TestApp) -> Self {
        Self {
            url: app.database.clone(),
            data: app.data.path().to_owned(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("history.tar.gz")
    }

    pub(crate) fn beside(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("history.tar.gz{suffix}"))
    }

    pub(crate) fn command(&self, tenant: &str, arguments: &[&str]) -> std::process::Command {
        let file = self.file().display().to_string();
        let all = [
            &["audit", "export", "--tenant", tenant, "--out", &file],
            arguments,
        ]
        .concat();
        daybook(&self.data, &all, &[("DATABASE_URL", &self.url)])
    }

    /// Exports, while the app goes on.
    pub(crate) async fn export(&self, tenant: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(tenant, arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The finished archive, checked by us and by the twin, against these keys alone.
    pub(crate) fn checked(&self, keys: &[daybook_audit::note::PublicKey]) -> String {
        let options = Options {
            keys: keys.to_vec(),
            ..Options::default()
        };
        let report = verify(fs::File::open(self.file()).unwrap(), &options);
        assert_eq!(report.outcome(), Outcome::Sound, "{report}");
        let arguments: Vec<String> = keys
            .iter()
            .flat_map(|key| ["--key".to_owned(), key.to_string()])
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
        let said = twin.verify(&self.file(), &arguments);
        assert_eq!(
            (said.code, said.result()),
            (Some(0), "result: sound"),
            "{said:?}"
        );
        report.to_string()
    }

    fn is_untouched(&self) -> bool {
        fs::read_dir(self.folder.path()).unwrap().count() == 0
    }
}

pub(crate) async fn events(business: &Business) -> Vec<Recorded> {
    let filter = HistoryFilter::default();
    let mut all = Vec::new();
    loop {
        let at = all.last().map_or(0, |last: &Recorded| last.position);
        let page = business
            .store
            .history(business.tenant_id, at, &filter, 5_000);
        let page = page.await.unwrap();
        all.extend(page.events);
        if !page.has_more {
            return all;
        }
    }
}

/// What the history says about exports.
pub(crate) async fn ledger(business: &Business) -> Vec<(String, ExportEvent)> {
    let events = events(business).await;
    let exports = events.iter().filter(|it| it.stream_type == "audit.export");
    exports
        .map(|it| (it.actor.clone(), it.decode().unwrap()))
        .collect()
}

/// Waits until everything that happened is sealed.
pub(crate) async fn sealed(business: &Business) -> u64 {
    let log = business.store.sealed(business.tenant_id);
    let last = log.last_position().await.unwrap();
    until("the seal", async || {
        let size = log.vouched().await.unwrap();
        size.is_some_and(|it| it.checkpoint.size >= last)
    })
    .await;
    last
}

/// Does what only a superuser can, past every rule.
pub(crate) async fn attack(url: &str, sql: &str) {
    let mut admin = PgConnection::connect(url).await.unwrap();
    let sql = format!("set session_replication_role = replica; set search_path = daybook; {sql}");
    admin.execute(sql.as_str()).await.unwrap();
    admin.close().await.unwrap();
}

pub(crate) fn entry(archive: &Path, name: &str) -> String {
    let file = flate2::read::GzDecoder::new(fs::File::open(archive).unwrap());
    let output = std::process::Command::new("tar")
        .args(["-xOf", "-", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut tar = output.unwrap();
    let mut input = tar.stdin.take().unwrap();
    let feed = std::thread::spawn(move || {
        let mut file = file;
        // tar may have seen enough.
        drop(std::io::copy(&mut file, &mut input));
    });
    let output = tar.wait_with_output().unwrap();
    feed.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_full_export_proves_that_nothing_is_missing_and_is_in_the_history() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        for _ in 0..3 {
            register(&business.store, business.tenant_id, 200).await;
        }
        let desk = Desk::at(app);
        let ended = desk.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let keys = business
            .store
            .sealed(business.tenant_id)
            .keys()
            .await
            .unwrap();
        let report = desk.checked(&keys);
        assert!(report.contains("none is missing"), "{report}");
        let ledger = ledger(&business).await;
        let [
            (who, ExportEvent::Requested(asked)),
            (_, ExportEvent::Completed(done)),
        ] = ledger.as_slice()
        else {
            panic!("{ledger:?}");
        };
        assert_eq!(who, "system:command_line");
        assert!(asked.filter.is_everything());
        // The request itself is in it.
        assert!(done.count > 600 && done.count == done.tree_size, "{done:?}");
        assert!(ended.stdout.contains(&done.sha256), "{ended:?}");
        assert_eq!(fs::metadata(desk.file()).unwrap().len(), done.bytes);
        assert_eq!(done.expires_at, None, "it is the operator's own file");
        let lines = entry(&desk.file(), "events.ndjson");
        assert!(lines.contains("audit.export.requested"));
        assert!(ended.stderr.contains("events checked"), "{ended:?}");
        for gone in [".part", ".draft"] {
            assert!(!desk.beside(gone).exists());
        }
        // Never over what is there.
        let again = desk.export(&business.subdomain, &[]).await;
        assert_eq!(again.code, Some(2), "{again:?}");
        assert!(again.stderr.contains("is there already"), "{again:?}");
    });
}

#[test]
fn a_filtered_export_proves_each_event_that_is_in_it() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner, Role::Admin]).await;
        register(&business.store, business.tenant_id, 300).await;
        let last = sealed(&business).await;
        let all = events(&business).await;
        let (first, to) = (10.to_string(), (last - 7).to_string());
        let stream = all[20].stream_id.to_string();
        let since = all[5].recorded_at;
        let recorded =
            |it: &&Recorded| it.recorded_at >= since && it.position <= last.cast_signed() - 7;
        let recorded = all.iter().filter(recorded).count() as u64;
        let since = since.to_rfc3339();
        let nothing = "2001-01-01";
        for (arguments, expected) in [
            (vec!["--types", "crm.client.registered"], 300),
            (
                vec!["--types", "tenancy.*,crm.*", "--from", &first, "--to", &to],
                last - 7 - 9,
            ),
            (vec!["--stream", &stream], 1),
            (vec!["--actor", "system:bench"], 300),
            (vec!["--since", &since, "--to", &to], recorded),
            (vec!["--until", nothing], 0),
        ] {
            let desk = Desk::at(app);
            let ended = desk
                .export(&business.tenant_id.to_string(), &arguments)
                .await;
            assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
            let keys = business
                .store
                .sealed(business.tenant_id)
                .keys()
                .await
                .unwrap();
            desk.checked(&keys);
            let manifest: Value =
                serde_json::from_str(&entry(&desk.file(), "manifest.json")).unwrap();
            assert_eq!(manifest["kind"], "filtered");
            assert_eq!(
                manifest["count"],
                expected.to_string(),
                "{arguments:?}: {manifest}"
            );
            assert!(manifest["filter"].is_object(), "{manifest}");
        }
    });
}

#[test]
fn an_event_that_was_changed_is_named_and_nothing_is_written() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        register(&business.store, business.tenant_id, 20).await;
        sealed(&business).await;
        let tenant = business.tenant_id;
        let events = events(&business).await;
        let position = events[8].position;
        let change = format!(
            "update events set payload = convert_to(replace(convert_from(payload, 'UTF8'), \
             'London', 'Paris') || ' ', 'UTF8') where tenant_id = '{tenant}' and position = {position}"
        );
        attack(&app.database, &change).await;
        // A filter does not look past it either.
        for arguments in [
            vec![],
            vec!["--types", "audit.*"],
            vec!["--from", "9", "--to", "9"],
        ] {
            let desk = Desk::at(&app);
            let ended = desk.export(&business.subdomain, &arguments).await;
            assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
            let named = format!("the event at position {position} is not the one that was sealed");
            assert!(ended.stderr.contains(&named), "{ended:?}");
            assert!(desk.is_untouched());
            let ledger = ledger(&business).await;
            let Some((_, ExportEvent::Failed(failed))) = ledger.last() else {
                panic!("{ledger:?}");
            };
            assert_eq!(failed.position, Some(position.unsigned_abs()));
        }
        // What lies before and after it is as it was.
        for arguments in [["--to", "8"], ["--from", "10"]] {
            let desk = Desk::at(&app);
            let ended = desk.export(&business.subdomain, &arguments).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
        let delete = format!("delete from events where tenant_id = '{tenant}' and position = 12");
        attack(&app.database, &delete).await;
        let desk = Desk::at(&app);
        let ended = desk.export(&business.subdomain, &["--from", "10"]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("position 12"), "{ended:?}");
        // The tree with the event: what was signed is another one.
        let desk = Desk::at(&app);
        let tile = format!(
            "update audit_tiles set hashes = overlay(hashes placing sha256('x') from 33) \
             where tenant_id = '{tenant}' and level = 0 and number = 0"
        );
        attack(&app.database, &tile).await;
        let ended = desk.export(&business.subdomain, &["--to", "1"]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.stderr.contains("the stored tree is not the one"),
            "{ended:?}"
        );
        app.stop().await;
    });
}

#[test]
fn a_killed_export_goes_on_where_it_was() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        for _ in 0..30 {
            register(&business.store, business.tenant_id, 300).await;
        }
        let desk = Desk::at(app);
        let mut command = desk.command(&business.subdomain, &[]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = quiet.spawn().unwrap();
        let account = desk.beside(".draft").join("draft.json");
        until("a page", async || {
            let text = fs::read_to_string(&account).unwrap_or_default();
            let account: Value = serde_json::from_str(&text).unwrap_or_default();
            account["progress"]["count"].as_u64() > Some(0)
        })
        .await;
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(!desk.file().exists(), "what has the name is whole");
        // Another one is not taken for it.
        let other = desk.export(&business.subdomain, &["--from", "2"]).await;
        assert_eq!(other.code, Some(2), "{other:?}");
        assert!(other.stderr.contains("holds another export"), "{other:?}");
        // What was half written counts for nothing.
        let half = desk.beside(".draft").join("events.ndjson");
        let mut lines = fs::OpenOptions::new().append(true).open(half).unwrap();
        std::io::Write::write_all(&mut lines, b"{\"leaf\":").unwrap();
        let ended = desk.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("going on"), "{ended:?}");
        let keys = business
            .store
            .sealed(business.tenant_id)
            .keys()
            .await
            .unwrap();
        desk.checked(&keys);
        let ledger = ledger(&business).await;
        assert_eq!(ledger.len(), 2, "asked for once: {ledger:?}");
    });
}

#[test]
fn an_export_goes_on_through_kills_and_a_new_signing_key() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let log = business.store.sealed(business.tenant_id);
        for _ in 0..60 {
            register(&business.store, business.tenant_id, 300).await;
        }
        let planned = sealed(&business).await;
        let old = log.keys().await.unwrap();
        let rotate = async |overlap: &str| {
            let arguments = ["audit", "keys", "rotate", "--overlap", overlap];
            let url = [("DATABASE_URL", app.database.as_str())];
            let ended = finished(daybook(app.data.path(), &arguments, &url)).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            // The next checkpoint is signed with it.
            register(&business.store, business.tenant_id, 10).await;
            sealed(&business).await;
        };
        let desk = Desk::at(&app);
        let account = desk.beside(".draft").join("draft.json");
        let read = || -> u64 {
            let text = fs::read_to_string(&account).unwrap_or_default();
            let account: Value = serde_json::from_str(&text).unwrap_or_default();
            account["progress"]["count"].as_u64().unwrap_or(0)
        };
        for round in 0..2 {
            let before = read();
            let mut command = desk.command(&business.subdomain, &[]);
            let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut process = quiet.spawn().unwrap();
            until("another page", async || read() > before).await;
            process.kill().unwrap();
            process.wait().unwrap();
            assert!(!desk.file().exists(), "what has the name is whole");
            if round == 0 {
                rotate("30").await;
            }
        }
        let ended = desk.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        // Of the tree that it was begun with, signed by the key of then; whoever has both keys by
        // now finds it sound as well.
        let all = log.keys().await.unwrap();
        assert_eq!((old.len(), all.len()), (1, 2));
        desk.checked(&old);
        desk.checked(&all);
        let manifest: Value = serde_json::from_str(&entry(&desk.file(), "manifest.json")).unwrap();
        let size: u64 = manifest["tree_size"].as_str().unwrap().parse().unwrap();
        assert!((planned..planned + 10).contains(&size), "{manifest}");
        assert_eq!(ledger(&business).await.len(), 2, "asked for and made once");
        // While the keys overlap, either of them is enough.
        let second = Desk::at(&app);
        let ended = second.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        second.checked(&old);
        second.checked(&all[1..]);
        // Afterwards none of them signs any more, whatever days it had.
        rotate("0").await;
        let third = Desk::at(&app);
        let ended = third.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let newest = log.keys().await.unwrap();
        third.checked(&newest[2..]);
        let options = Options {
            keys: newest[..2].to_vec(),
            ..Options::default()
        };
        let report = verify(fs::File::open(third.file()).unwrap(), &options);
        assert_eq!(report.outcome(), Outcome::WrongKey, "{report}");
        app.stop().await;
    });
}

#[test]
fn a_full_disk_is_told_and_recorded() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        sealed(&business).await;
        let desk = Desk::at(app);
        let draft = desk.beside(".draft");
        fs::create_dir(&draft).unwrap();
        symlink("/dev/full", draft.join("events.csv")).unwrap();
        let ended = desk.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("the disk is full"), "{ended:?}");
        let ledger = ledger(&business).await;
        let Some((_, ExportEvent::Failed(failed))) = ledger.last() else {
            panic!("{ledger:?}");
        };
        assert_eq!(failed.reason, "there was no room for the archive");
        assert!(desk.is_untouched());
        let again = desk.export(&business.subdomain, &[]).await;
        assert_eq!(again.code, Some(0), "{again:?}");
    });
}

#[test]
fn what_makes_no_sense_is_told_before_anything_happens() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let endless = "crm.*,".repeat(101);
        for (arguments, told) in [
            (
                vec!["--from", "9", "--to", "8"],
                "to is not at or after from",
            ),
            (vec!["--from", "0"], "from is not a position"),
            (vec!["--types", "crm.(a|b)"], "types is not a list"),
            (
                vec!["--types", endless.trim_end_matches(',')],
                "at most 100 types",
            ),
            (vec!["--actor", "Ada"], "actor is not user:"),
            (vec!["--since", "yesterday"], "expected a time"),
        ] {
            let desk = Desk::at(app);
            let ended = desk.export(&business.subdomain, &arguments).await;
            assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains(told), "{told}: {ended:?}");
            assert!(desk.is_untouched());
        }
        let ended = Desk::at(app).export("nobody-at-all", &[]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("there is no tenant"), "{ended:?}");
        assert_eq!(ledger(&business).await, []);
    });
}

#[test]
fn what_nobody_seals_is_not_waited_for_without_end() {
    run(async {
        let url = database().await;
        let store = crate::crash::open(&url).await;
        let business = Business::found(&store, &[Role::Owner]).await;
        let data = tempfile::tempdir().unwrap();
        crate::crash::keep_master_key(data.path());
        let desk = Desk {
            url,
            data: data.path().to_owned(),
            folder: tempfile::tempdir().unwrap(),
        };
        let ended = desk.export(&business.subdomain, &["--wait", "0"]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("start `daybook up`"), "{ended:?}");
        assert!(desk.is_untouched());
        store.close().await;
    });
}

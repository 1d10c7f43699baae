//! Does a backup come back, whole or with the word that it is not?

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::testing::signer;
use daybook_audit::tree::{Head, empty_root};
use daybook_domain::tenancy::public::Role;
use daybook_tests::registrations::register;
use daybook_tests::{
    Business, Ended, Setup, TestApp, database, daybook, finished, fresh_id, run, until,
};
use serde_json::json;
use tempfile::TempDir;

use crate::export::{attack, sealed};

/// The program on a database and a data directory.
pub(crate) async fn program(url: &str, data: &Path, arguments: &[&str]) -> Ended {
    finished(daybook(data, arguments, &[("DATABASE_URL", url)])).await
}

/// A running installation with a history that is sealed and kept outside, and a folder for backups.
pub(crate) struct Stage {
    pub(crate) app: TestApp,
    pub(crate) business: Business,
    pub(crate) folder: TempDir,
    /// What a backup is called.
    name: &'static str,
}

impl Stage {
    async fn new() -> Self {
        Self::named("backup").await
    }

    pub(crate) async fn named(name: &'static str) -> Self {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let stage = Self {
            app,
            business,
            folder: tempfile::tempdir().unwrap(),
            name,
        };
        stage.live(40).await;
        stage
    }

    /// Lets something happen; it is sealed and kept outside afterwards.
    pub(crate) async fn live(&self, clients: usize) {
        register(&self.business.store, self.business.tenant_id, clients).await;
        let last = sealed(&self.business).await;
        let kept = self.checkpoint();
        until("the checkpoint outside", async || {
            let text = fs::read_to_string(&kept).unwrap_or_default();
            text.lines().nth(1) == Some(&last.to_string())
        })
        .await;
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        let checkpoints = self.app.data.path().join("checkpoints");
        checkpoints.join(self.business.tenant_id.to_string())
    }

    pub(crate) fn backup(&self) -> String {
        self.folder.path().join(self.name).display().to_string()
    }

    pub(crate) async fn save(&self, arguments: &[&str]) -> Ended {
        let to = self.backup();
        let all = [&["backup", &to], arguments].concat();
        program(&self.app.database, self.app.data.path(), &all).await
    }

    /// A new database, and what restoring into it ended with.
    pub(crate) async fn restore(&self, data: &Path, arguments: &[&str]) -> (String, Ended) {
        let url = database().await;
        let from = self.backup();
        let all = [&["restore", &from], arguments].concat();
        let ended = program(&url, data, &all).await;
        (url, ended)
    }
}

#[test]
fn a_backup_of_a_running_installation_comes_back_and_goes_on() {
    run(async {
        let stage = Stage::new().await;
        let saved = stage.save(&["--with-master-key"]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        assert!(
            saved.text.contains("whoever has it has all keys"),
            "{saved:?}"
        );
        let backup = fs::metadata(stage.backup()).unwrap();
        assert_eq!(backup.mode() & 0o777, 0o700);
        let again = stage.save(&[]).await;
        assert_eq!(again.code, Some(2), "{again:?}");
        assert!(again.text.contains("is not empty"), "{again:?}");
        // What happens later is not in it.
        stage.live(3).await;
        let data = Arc::new(tempfile::tempdir().unwrap());
        let (url, restored) = stage.restore(data.path(), &[]).await;
        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert!(
            restored.text.contains("are what was recorded and sealed"),
            "{restored:?}"
        );
        let key = fs::metadata(data.path().join("master.key")).unwrap();
        assert_eq!(key.mode() & 0o777, 0o600);
        let setup = Setup {
            database: Some(url.clone()),
            data: Some(data.clone()),
            ..Setup::default()
        };
        let second = setup.start().await;
        let business = Business {
            store: second.store().clone(),
            ..stage.business.clone()
        };
        let before = business
            .store
            .sealed(business.tenant_id)
            .last_position()
            .await
            .unwrap();
        business.register("After the restore").await;
        assert_eq!(sealed(&business).await, before + 1);
        let checked = program(&url, data.path(), &["audit", "check"]).await;
        assert_eq!(checked.code, Some(0), "{checked:?}");
        // Never over what is there.
        let over = program(&url, data.path(), &["restore", &stage.backup()]).await;
        assert_eq!(over.code, Some(2), "{over:?}");
        second.stop().await;
        let over = program(&url, data.path(), &["restore", &stage.backup()]).await;
        assert_eq!(over.code, Some(2), "{over:?}");
        assert!(over.text.contains("is not empty"), "{over:?}");
        stage.app.stop().await;
    });
}

#[test]
fn an_old_backup_under_newer_checkpoints_is_told_and_sealing_stops() {
    run(async {
        let stage = Stage::new().await;
        let saved = stage.save(&[]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        stage.live(5).await;
        // The disk with the database was lost, the data directory was not.
        let data = Arc::new(tempfile::tempdir().unwrap());
        let checkpoints = data.path().join("checkpoints");
        fs::create_dir(&checkpoints).unwrap();
        let tenant = stage.business.tenant_id.to_string();
        let kept = fs::read_to_string(stage.checkpoint()).unwrap();
        fs::write(checkpoints.join(&tenant), &kept).unwrap();
        let journal = data.path().join("erasures.jsonl");
        fs::write(&journal, "{}\n").unwrap();
        let key = stage.app.data.path().join("master.key");
        fs::copy(key, data.path().join("master.key")).unwrap();
        let (url, restored) = stage.restore(data.path(), &[]).await;
        assert_eq!(restored.code, Some(2), "{restored:?}");
        assert!(
            restored.text.contains("the rest is missing"),
            "{restored:?}"
        );
        assert!(restored.text.contains("--give-up-history"), "{restored:?}");
        assert_eq!(fs::read_to_string(checkpoints.join(&tenant)).unwrap(), kept);
        assert_eq!(fs::read_to_string(&journal).unwrap(), "{}\n");
        let setup = Setup {
            database: Some(url.clone()),
            data: Some(data.clone()),
            ..Setup::default()
        };
        let second = setup.start().await;
        until("the stop", async || {
            !second.store().seal_halts().await.unwrap().is_empty()
        })
        .await;
        let owner = stage.business.sign_in(&second.base, Role::Owner).await;
        let halt = "{ auditSeal { halt { position finding } } }";
        let halt = owner.data(halt, json!({})).await["auditSeal"]["halt"].clone();
        let finding = halt["finding"].as_str().unwrap();
        assert!(finding.contains("restored from an older backup"), "{halt}");
        let doctor = program(&url, data.path(), &["doctor"]).await;
        assert_eq!(doctor.code, Some(1), "{doctor:?}");
        assert!(
            doctor.text.contains("restored from an older backup"),
            "{doctor:?}"
        );
        let check = program(&url, data.path(), &["audit", "check"]).await;
        assert_eq!(check.code, Some(1), "{check:?}");
        assert!(
            check.text.contains("restored from an older backup"),
            "{check:?}"
        );
        let out = stage
            .folder
            .path()
            .join("history.tar.gz")
            .display()
            .to_string();
        let export = ["audit", "export", "--tenant", &tenant, "--out", &out];
        let export = program(&url, data.path(), &export).await;
        assert_eq!(export.code, Some(1), "{export:?}");
        assert!(
            export.text.contains("restored from an older backup"),
            "{export:?}"
        );
        let resume = ["audit", "resume", &tenant, "--give-up-history"];
        let nobody = program(&url, data.path(), &resume).await;
        assert_eq!(nobody.code, Some(2), "{nobody:?}");
        assert!(nobody.text.contains("--operator"), "{nobody:?}");
        let who = ["--operator", "ops/on-call", "--reason", "CASE-42"];
        let resume = [resume.as_slice(), who.as_slice()].concat();
        let resumed = program(&url, data.path(), &resume).await;
        assert_eq!(resumed.code, Some(0), "{resumed:?}");
        let seal = "query($asOf: AsOfInput) { auditSeal(asOf: $asOf) {
            checkpoint { size note } halt { finding } lastEnded { gaveUpHistory } } }";
        let before = json!({ "asOf": { "position": "1" } });
        let before = owner.data(seal, before).await["auditSeal"].clone();
        let nothing = json!({ "checkpoint": null, "halt": null, "lastEnded": null });
        assert_eq!(before, nothing);
        until("the seal to go on", async || {
            let now = owner.data(seal, json!({})).await["auditSeal"].clone();
            assert_eq!(now["lastEnded"], json!({ "gaveUpHistory": true }), "{now}");
            now["halt"].is_null() && !now["checkpoint"]["note"].is_null()
        })
        .await;
        let told = "{ events(types: [\"audit.seal.*\"], first: 10) { nodes {
            type actor operator reason data } } }";
        let told = owner.data(told, json!({})).await;
        let [event] = told["events"]["nodes"].as_array().unwrap().as_slice() else {
            panic!("{told}");
        };
        assert_eq!(event["type"], "audit.seal.resumed");
        assert_eq!(event["actor"], "system:command_line");
        assert_eq!(event["operator"], "ops/on-call");
        assert_eq!(event["reason"], "CASE-42");
        assert_eq!(event["data"]["givenUp"], json!(kept), "{event}");
        let finding = event["data"]["finding"].as_str().unwrap();
        assert!(
            finding.contains("restored from an older backup"),
            "{finding}"
        );
        let business = Business {
            store: second.store().clone(),
            ..stage.business.clone()
        };
        sealed(&business).await;
        second.stop().await;
        stage.app.stop().await;
    });
}

#[test]
fn a_restored_log_is_held_against_checkpoints_from_elsewhere() {
    run(async {
        let stage = Stage::new().await;
        let saved = stage.save(&[]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        let older = stage.folder.path().join("older");
        fs::copy(stage.checkpoint(), &older).unwrap();
        stage.live(2).await;
        let newer = stage.checkpoint();
        let foreign = stage.folder.path().join("foreign");
        let origin = format!("localhost/audit/{}", stage.business.tenant_id);
        let head = Head {
            size: 1,
            root: empty_root(),
        };
        let note = Checkpoint::new(origin.clone(), head).sign(&[&signer(9)]);
        fs::write(
            &foreign,
            note.unwrap_or_else(|error| panic!("{error}")).to_string(),
        )
        .unwrap();
        for (file, code, told) in [
            (&older, 0, "are what was recorded and sealed"),
            (&newer, 2, "the rest is missing"),
            (&foreign, 3, "no key of this database"),
        ] {
            let data = tempfile::tempdir().unwrap();
            let file = file.display().to_string();
            let (_, ended) = stage.restore(data.path(), &["--checkpoint", &file]).await;
            assert_eq!(ended.code, Some(code), "{file}: {ended:?}");
            assert!(ended.text.contains(told), "{ended:?}");
        }
        stage.app.stop().await;
    });
}

#[test]
fn what_was_changed_is_not_restored_or_is_named() {
    run(async {
        let stage = Stage::new().await;
        let change = format!(
            "update events set payload = payload || ' ' where tenant_id = '{}' and position = 7",
            stage.business.tenant_id
        );
        attack(&stage.app.database, &change).await;
        let saved = stage.save(&[]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        let data = tempfile::tempdir().unwrap();
        let (url, ended) = stage.restore(data.path(), &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.text.contains("position 7"), "{ended:?}");
        // Readers that have read more than there is stand still, and that is told.
        attack(
            &url,
            "update readers set log_position = log_position + 1000, holder = null",
        )
        .await;
        let doctor = program(&url, data.path(), &["doctor"]).await;
        assert!(doctor.text.contains("stands still"), "{doctor:?}");
        let store = crate::crash::open(&url).await;
        let readers = store.readers().await.unwrap();
        let reader = &readers.first().unwrap().key;
        let refused = store.take_lease(reader, fresh_id()).await.unwrap_err();
        assert!(refused.to_string().contains("the log ends at"), "{refused}");
        store.close().await;
        // A backup that is not what was written.
        let dump = Path::new(&stage.backup()).join("database.dump");
        let mut bytes = fs::read(&dump).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&dump, bytes).unwrap();
        let (_, ended) = stage.restore(data.path(), &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.text.contains("is not what was written"), "{ended:?}");
        stage.app.stop().await;
    });
}

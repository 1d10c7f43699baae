//! Is a backup in one file whole or no backup, and does it come back like one in a directory?

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use daybook_domain::tenancy::public::Role;
use daybook_store::Database;
use daybook_tests::{Process, Setup, daybook, id_of, run, until};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::backup::{Stage, program};
use crate::erasure::erase;

const NAME: &str = "backup.tar";

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().display().to_string());
    names.collect()
}

#[test]
fn one_file_comes_back_with_its_erasures_and_goes_on() {
    run(async {
        let stage = Stage::named(NAME).await;
        let owner = stage.business.sign_in(&stage.app.base, Role::Owner).await;
        let gone = stage.business.register("Gone").await;
        erase(&owner, &json!(id_of("client", gone))).await;
        stage.live(1).await;
        let saved = stage.save(&["--with-master-key"]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        assert_eq!(names_in(stage.folder.path()), [NAME]);
        let file = fs::metadata(stage.backup()).unwrap();
        assert_eq!(file.mode() & 0o777, 0o600, "whole businesses lie there");
        let again = stage.save(&[]).await;
        assert_eq!(again.code, Some(2), "{again:?}");
        assert!(again.text.contains("is there already"), "{again:?}");
        // Anybody's tar shows what is in it.
        let listed = Command::new("tar").args(["-tf", &stage.backup()]).output();
        let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
        let names: Vec<&str> = listed.lines().collect();
        assert_eq!(names.last(), Some(&"manifest.json"), "{listed}");
        for name in ["database.dump", "erasures.jsonl", "master.key"] {
            assert!(names.contains(&name), "{listed}");
        }
        let data = Arc::new(tempfile::tempdir().unwrap());
        let journal = data.path().join("erasures.jsonl");
        let entry = fs::read_to_string(stage.app.data.path().join("erasures.jsonl")).unwrap();
        let one: serde_json::Value = serde_json::from_str(entry.lines().next().unwrap()).unwrap();
        // Somebody the backup knows nothing of stays in the journal.
        let mut theirs = one.clone();
        theirs["subject"]["id"] = json!("00000000-0000-0000-0000-000000000008");
        fs::write(&journal, format!("{theirs}\n")).unwrap();
        let (url, restored) = stage.restore(data.path(), &[]).await;
        assert_eq!(restored.code, Some(0), "{restored:?}");
        let both = fs::read_to_string(&journal).unwrap();
        assert!(
            both.contains(&gone.0.to_string()) && both.contains("000000000008"),
            "{both}"
        );
        let key = fs::metadata(data.path().join("master.key")).unwrap();
        assert_eq!(key.mode() & 0o777, 0o600);
        fs::write(&journal, entry).unwrap();
        let setup = Setup {
            database: Some(url.clone()),
            data: Some(data.clone()),
            ..Setup::default()
        };
        let second = setup.start().await;
        let owner = owner.at(&second.base);
        let one = "query($id: ID!) { client(id: $id) { id } }";
        let there = owner
            .data(one, json!({ "id": id_of("client", gone) }))
            .await;
        assert_eq!(there["client"], serde_json::Value::Null);
        let checked = program(&url, data.path(), &["audit", "check"]).await;
        assert_eq!(checked.code, Some(0), "{checked:?}");
        second.stop().await;
        stage.app.stop().await;
    });
}

#[test]
fn a_damaged_file_is_refused_before_anything_is_restored() {
    run(async {
        let stage = Stage::named(NAME).await;
        let saved = stage.save(&[]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        let whole = fs::read(stage.backup()).unwrap();
        let manifest = whole
            .windows(15)
            .rposition(|it| it == b"daybook-backup/")
            .unwrap();
        let mut flipped: Vec<Vec<u8>> = Vec::new();
        for at in [600, whole.len() / 2, manifest + 60] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            flipped.push(bytes);
        }
        let cut = [
            0,
            512,
            whole.len() / 3,
            whole.len() - 1_024,
            whole.len() - 1,
        ];
        let cut = cut.map(|length| whole[..length].to_vec());
        let longer = [whole.as_slice(), &[0; 512]].concat();
        for bytes in flipped.into_iter().chain(cut).chain([longer]) {
            fs::write(stage.backup(), &bytes).unwrap();
            let data = tempfile::tempdir().unwrap();
            let (url, ended) = stage.restore(data.path(), &[]).await;
            assert_eq!(ended.code, Some(1), "{} bytes: {ended:?}", bytes.len());
            assert!(ended.text.contains("nothing was restored"), "{ended:?}");
            let database = Database::from_url(&url).unwrap();
            assert!(database.is_empty().await.unwrap());
            assert!(!data.path().join("checkpoints").exists());
        }
        stage.app.stop().await;
    });
}

#[test]
fn another_installations_file_and_an_old_one_are_told_apart_from_ours() {
    run(async {
        let (ours, theirs) = (Stage::named(NAME).await, Stage::named(NAME).await);
        for stage in [&ours, &theirs] {
            let saved = stage.save(&[]).await;
            assert_eq!(saved.code, Some(0), "{saved:?}");
        }
        ours.live(3).await;
        for (stage, code, told) in [
            (&ours, 2, "the rest is missing"),
            (&theirs, 3, "no key of this database"),
        ] {
            // What was kept of ours when the database was lost.
            let data = tempfile::tempdir().unwrap();
            let kept = data.path().join("checkpoints");
            fs::create_dir(&kept).unwrap();
            let name = ours.business.tenant_id.to_string();
            fs::copy(ours.checkpoint(), kept.join(&name)).unwrap();
            let (_, ended) = stage.restore(data.path(), &[]).await;
            assert_eq!(ended.code, Some(code), "{ended:?}");
            assert!(ended.text.contains(told), "{ended:?}");
            let before = fs::read_to_string(ours.checkpoint()).unwrap();
            assert_eq!(fs::read_to_string(kept.join(&name)).unwrap(), before);
        }
        ours.app.stop().await;
        theirs.app.stop().await;
    });
}

#[test]
fn a_killed_backup_leaves_nothing_that_looks_like_one() {
    run(async {
        let stage = Stage::named(NAME).await;
        let mut admin = PgConnection::connect(&stage.app.database).await.unwrap();
        // The dump waits for this.
        admin
            .execute("begin; lock table daybook.snapshots in access exclusive mode")
            .await
            .unwrap();
        let (url, to) = (stage.app.database.clone(), stage.backup());
        let variables = [("DATABASE_URL", url.as_str())];
        let mut process = Process::start(&mut daybook(
            stage.app.data.path(),
            &["backup", &to],
            &variables,
        ));
        let partial = format!("{to}.partial");
        until("something is written", async || {
            fs::metadata(&partial).is_ok_and(|it| it.len() > 0)
        })
        .await;
        let beside = stage.save(&[]).await;
        assert_eq!(beside.code, Some(2), "{beside:?}");
        assert!(
            beside.text.contains("another `daybook backup`"),
            "{beside:?}"
        );
        process.kill();
        admin.execute("rollback").await.unwrap();
        assert_eq!(names_in(stage.folder.path()), [format!("{NAME}.partial")]);
        fs::copy(&partial, stage.folder.path().join("copy.tar")).unwrap();
        let copy = stage.folder.path().join("copy.tar").display().to_string();
        let data = tempfile::tempdir().unwrap();
        let new = daybook_tests::database().await;
        let ended = program(&new, data.path(), &["restore", &copy]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        fs::remove_file(copy).unwrap();
        let saved = stage.save(&[]).await;
        assert_eq!(saved.code, Some(0), "{saved:?}");
        assert_eq!(names_in(stage.folder.path()), [NAME]);
        stage.app.stop().await;
    });
}

#[test]
fn a_full_disk_is_told_and_no_half_of_a_file_stays() {
    run(async {
        let stage = Stage::named(NAME).await;
        let small = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]);
        let mounted = mount.arg(small.path()).output();
        if !mounted.is_ok_and(|it| it.status.success()) {
            eprintln!("SKIPPED: only who may mount a small disk can fill one");
            return stage.app.stop().await;
        }
        let to = small.path().join(NAME).display().to_string();
        let data = stage.app.data.path();
        let ended = program(&stage.app.database, data, &["backup", &to]).await;
        let left = names_in(small.path());
        let directory = small.path().join("backup").display().to_string();
        let second = program(&stage.app.database, data, &["backup", &directory]).await;
        let is_finished = small.path().join("backup/manifest.json").exists();
        drop(Command::new("umount").arg("-l").arg(small.path()).status());
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.text.contains("No space left"), "{ended:?}");
        assert_eq!(left, [""; 0]);
        assert_eq!(second.code, Some(2), "{second:?}");
        assert!(!is_finished);
        stage.app.stop().await;
    });
}

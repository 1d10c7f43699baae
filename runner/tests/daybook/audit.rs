//! `daybook audit`, as an auditor runs it: no database, no network, no configuration.

use std::fs;
use std::path::Path;

use daybook_audit::testing::{History, signer};

use crate::process::{Ended, daybook, run};

/// An archive of twelve events, exported after a change of the history.
fn archive(folder: &Path, change: impl FnOnce(&mut History)) -> String {
    let mut history = History::of(12);
    change(&mut history);
    let archive = folder.join("archive.tar.gz");
    history.export(&signer(1), &folder.join("draft"), &archive);
    archive.display().to_string()
}

fn verify(folder: &Path, arguments: &[&str]) -> Ended {
    // Where there is nothing, and a configuration that nobody could use.
    let mut command = daybook(&folder.join("none"), &["audit", "verify"]);
    command
        .args(arguments)
        .env("DATABASE_URL", "no url")
        .env("DAYBOOK_LISTEN", "nowhere");
    let ended = run(&mut command);
    assert!(!folder.join("none").exists(), "it left something behind");
    ended
}

#[test]
fn a_sound_archive_is_called_so_and_what_was_checked_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), |_| ());
    let key = signer(1).public().to_string();
    let kept = folder.path().join("kept");
    let checkpoint = History::of(12).checkpoint(7, &signer(1)).to_string();
    fs::write(&kept, checkpoint).unwrap();
    let kept = kept.display().to_string();
    let ended = verify(
        folder.path(),
        &[&archive, "--key", &key, "--checkpoint", &kept],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for told in ["12 events", "the 7 events of the checkpoint", "events.csv"] {
        assert!(ended.stdout.contains(told), "{ended:?}");
    }
    assert!(!ended.stdout.contains("warning"), "{ended:?}");
    assert!(ended.stdout.ends_with("result: sound\n"), "{ended:?}");
    // Without them it says what that means.
    let ended = verify(folder.path(), &[&archive]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout.matches("warning").count(), 2, "{ended:?}");
}

#[test]
fn each_outcome_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let tampered = archive(path, |history| history.rows[5].payload = b"{}".to_vec());
    let ended = verify(path, &[&tampered]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let result = "result: tampered, first bad index 5\n";
    assert!(ended.stdout.ends_with(result), "{ended:?}");
    let short = archive(path, |history| history.rows.truncate(9));
    let ended = verify(path, &[&short]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let result = "result: incomplete, first bad index 9\n";
    assert!(ended.stdout.ends_with(result), "{ended:?}");
    let good = archive(path, |_| ());
    // A file of keys, none of which signed.
    let keys = path.join("keys");
    let others = [2, 3].map(|number| signer(number).public().to_string());
    fs::write(&keys, others.join("\n") + "\n").unwrap();
    let ended = verify(path, &[&good, "--key", &keys.display().to_string()]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

#[test]
fn several_checkpoints_tell_where_another_history_begins() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), |history| {
        for row in &mut history.rows[8..] {
            row.leaf.actor = "user:after-restore".into();
        }
        history.seal();
    });
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let path = |size: usize| outside.join(size.to_string()).display().to_string();
    for size in [5, 7, 11] {
        let note = History::of(12).checkpoint(size, &signer(1)).to_string();
        fs::write(path(size), note).unwrap();
    }
    let ends = |arguments: &[&str], result: &str| {
        let ended = verify(folder.path(), &[&[archive.as_str()], arguments].concat());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stdout.ends_with(result), "{ended:?}");
        ended
    };
    ends(&["--checkpoint", &path(11)], "result: tampered\n");
    let two = ["--checkpoint", &path(11), "--checkpoint", &path(5)];
    let place = "result: tampered, first bad index from 5 to 10\n";
    ends(&two, place);
    // Everything that is in a folder, of which some is not text at all.
    fs::write(outside.join("picture"), [0xff, 0xd8, 0xff]).unwrap();
    fs::create_dir(outside.join("more")).unwrap();
    let all = outside.display().to_string();
    let place = "result: tampered, first bad index from 7 to 10\n";
    let ended = ends(&["--checkpoint", &all], place);
    assert!(
        ended.stdout.contains("being no checkpoint: 1, "),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("outside/picture"), "{ended:?}");
    // Together with some that lie elsewhere.
    for size in [8, 9] {
        let note = History::of(12).checkpoint(size, &signer(1)).to_string();
        fs::write(folder.path().join(size.to_string()), note).unwrap();
    }
    let [eight, nine] = [8, 9].map(|size| folder.path().join(size.to_string()));
    let more = [all, eight.display().to_string(), nine.display().to_string()];
    let more: Vec<&str> = more
        .iter()
        .flat_map(|it| ["--checkpoint", it.as_str()])
        .collect();
    ends(&more, "result: tampered, first bad index 8\n");
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), |_| ());
    let ended = verify(folder.path(), &["nowhere.tar.gz"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("nowhere.tar.gz"), "{ended:?}");
    let ended = verify(folder.path(), &[&archive, "--key", "no-key"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("name+digest+key"), "{ended:?}");
    let ended = verify(folder.path(), &[&archive, "--checkpoint", "no-file"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("no-file"), "{ended:?}");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let empty = empty.display().to_string();
    let ended = verify(folder.path(), &[&archive, "--checkpoint", &empty]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("there is no file in it"), "{ended:?}");
}

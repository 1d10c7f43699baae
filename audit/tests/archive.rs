//! Does either verifier find what was changed, and where?
//!
//! Each attack of a person with the rights of a database superuser, and each on the file itself, is
//! shown to both verifiers, ours and the one in Python: both must end with the same exit code and
//! name the same index.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test's failure is a panic"
)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use daybook_audit::archive::{Draft, Kept, Kind, Options, Outcome, Place as Where, verify};
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::{Note, PublicKey, Signer};
use daybook_audit::testing::{History, ORIGIN, Row, Twin, row, signer};
use daybook_audit::tree::{Head, leaf_hash};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const SIZE: u64 = 40;

fn twin() -> &'static Twin {
    static TWIN: OnceLock<Twin> = OnceLock::new();
    TWIN.get_or_init(|| Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR"))))
}

/// What an archive is held against.
#[derive(Default)]
struct Against {
    checkpoints: Vec<Note>,
    key: Option<PublicKey>,
}

impl Against {
    fn checkpoint(note: Note) -> Self {
        Self::checkpoints([note])
    }

    fn checkpoints(notes: impl IntoIterator<Item = Note>) -> Self {
        Self {
            checkpoints: notes.into_iter().collect(),
            key: None,
        }
    }

    fn key(signer: &Signer) -> Self {
        Self::default().and_key(signer)
    }

    fn and_key(self, signer: &Signer) -> Self {
        Self {
            key: Some(signer.public().clone()),
            ..self
        }
    }
}

/// The first bad place, where it is not a single index.
fn between(from: u64, to: u64) -> Where {
    Where { from, to }
}

/// A place for an archive.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn draft(&self) -> PathBuf {
        self.0.path().join("draft")
    }

    fn archive(&self) -> PathBuf {
        self.0.path().join("archive.tar.gz")
    }

    /// Both verifiers must say this.
    #[track_caller]
    fn says(&self, against: &Against, outcome: Outcome, index: Option<u64>) {
        self.says_of(against, outcome, index.map(Where::from));
    }

    /// The same, where the first bad index may be one of several.
    #[track_caller]
    fn says_of(&self, against: &Against, outcome: Outcome, place: Option<Where>) {
        let mut arguments = Vec::new();
        let mut checkpoints = Vec::new();
        for (n, note) in against.checkpoints.iter().enumerate() {
            let path = self.0.path().join(format!("kept-{n}"));
            let name = path.display().to_string();
            fs::write(&path, note.to_string()).unwrap();
            checkpoints.push(Kept::chosen(name.clone(), note.to_string()));
            arguments.extend(["--checkpoint".to_owned(), name]);
        }
        if let Some(key) = &against.key {
            arguments.extend(["--key".to_owned(), key.to_string()]);
        }
        let options = Options {
            checkpoints,
            keys: against.key.iter().cloned().collect(),
        };
        self.agree((&options, &arguments), (outcome, place));
    }

    #[track_caller]
    fn agree(
        &self,
        (options, arguments): (&Options, &[String]),
        (outcome, place): (Outcome, Option<Where>),
    ) {
        let report = verify(File::open(self.archive()).unwrap(), options);
        assert_eq!(
            (report.outcome(), report.first_bad_place()),
            (outcome, place),
            "{report}"
        );
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let theirs = twin().verify(&self.archive(), &arguments);
        assert_eq!(
            theirs.code,
            Some(i32::from(outcome.exit_code())),
            "{}",
            theirs.output
        );
        let ours = report.to_string();
        assert_eq!(
            Some(theirs.result()),
            ours.lines().last(),
            "{}\n{ours}",
            theirs.output
        );
    }

    /// Both verifiers call it sound whatever it is held against.
    #[track_caller]
    fn is_sound(&self) {
        self.says(&Against::default(), Outcome::Sound, None);
    }

    /// Both verifiers call it tampered from this index on.
    #[track_caller]
    fn is_tampered(&self, index: impl Into<Option<u64>>) {
        self.says(&Against::default(), Outcome::Tampered, index.into());
    }

    /// The files of the archive, in their order.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut tar = tar::Archive::new(GzDecoder::new(File::open(self.archive()).unwrap()));
        let files = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        });
        files.collect()
    }

    /// Packs other files, and lets the manifest agree with them, as a forger would.
    fn forge(&self, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
        let mut files = self.files();
        change(&mut files);
        let mut manifest: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
        for (name, bytes) in &files[1..] {
            if let Some(said) = manifest["members"].get_mut(name) {
                said["bytes"] = bytes.len().to_string().into();
                said["sha256"] = hex::encode(Sha256::digest(bytes)).into();
            }
        }
        files[0].1 = serde_json::to_vec(&manifest).unwrap();
        self.pack(&files);
    }

    fn pack(&self, files: &[(String, Vec<u8>)]) {
        let gzip = GzEncoder::new(File::create(self.archive()).unwrap(), Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(bytes.len()).unwrap());
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes.as_slice())
                .unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap().flush().unwrap();
    }

    /// Changes the lines of `events.ndjson`, and lets everything else agree.
    fn forge_lines(&self, change: impl FnOnce(&mut Vec<String>)) {
        self.forge(|files| {
            let text = String::from_utf8(files[3].1.clone()).unwrap();
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            change(&mut lines);
            files[3].1 = (lines.join("\n") + "\n").into_bytes();
            let mut manifest: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
            manifest["count"] = lines.len().to_string().into();
            let position = |line: &String| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["leaf"]["position"].clone()
            };
            manifest["first"] = lines.first().map(position).into();
            manifest["last"] = lines.last().map(position).into();
            files[0].1 = serde_json::to_vec(&manifest).unwrap();
        });
    }
}

/// A full archive of a history that was changed after it was sealed.
fn exported(change: impl FnOnce(&mut History)) -> (History, Place) {
    let mut history = History::of(SIZE);
    change(&mut history);
    let place = Place::new();
    history.export(&signer(1), &place.draft(), &place.archive());
    (history, place)
}

/// An archive of every third event.
fn filtered(change: impl FnOnce(&mut History)) -> (History, Place) {
    let mut history = History::of(SIZE);
    change(&mut history);
    let place = Place::new();
    let indexes: Vec<_> = (0..SIZE).step_by(3).collect();
    let paths = (place.draft(), place.archive());
    history.export_some(&signer(1), (&paths.0, &paths.1), &indexes);
    (history, place)
}

#[test]
fn an_honest_archive_is_sound() {
    let (history, place) = exported(|_| ());
    place.is_sound();
    place.says(&Against::key(&signer(1)), Outcome::Sound, None);
    for size in [0, 1, 17, 32, 40] {
        let kept = history.checkpoint(size, &signer(1));
        place.says(&Against::checkpoint(kept), Outcome::Sound, None);
    }
    let kept = Against::checkpoints(honest(&[40, 0, 17, 17, 32]));
    place.says(&kept, Outcome::Sound, None);
}

#[test]
fn an_honest_choice_of_events_is_sound() {
    let (history, place) = filtered(|_| ());
    place.is_sound();
    let same = history.checkpoint(40, &signer(1));
    place.says(&Against::checkpoint(same), Outcome::Sound, None);
    let older = history.checkpoint(30, &signer(1));
    place.says(&Against::checkpoint(older), Outcome::Incomplete, None);
}

#[test]
fn an_empty_history_is_sound() {
    let history = History::of(0);
    let place = Place::new();
    history.export(&signer(1), &place.draft(), &place.archive());
    place.is_sound();
}

/// One change of each column of an event, as an `update` behind our back would make it.
fn edits() -> Vec<(&'static str, fn(&mut Row))> {
    vec![
        ("payload", |row| {
            row.payload = br#"{"amount":"0.00"}"#.to_vec();
        }),
        ("request", |row| row.request = b"{}".to_vec()),
        ("personal", |row| row.personal = Some(b"other".to_vec())),
        ("actor", |row| row.leaf.actor = "user:somebody-else".into()),
        ("causation_id", |row| {
            row.leaf.causation_id = Some("x".into());
        }),
        ("command_id", |row| row.leaf.command_id = "x".into()),
        ("correlation_id", |row| row.leaf.correlation_id = "x".into()),
        ("event_id", |row| row.leaf.event_id = "x".into()),
        ("event_type", |row| {
            row.leaf.event_type = "invoicing.invoice.paid".into();
        }),
        ("event_version", |row| row.leaf.event_version = "2".into()),
        ("recorded_at", |row| {
            row.leaf.recorded_at = "2026-11-20T08:00:00.000000Z".into();
        }),
        ("stream_id", |row| row.leaf.stream_id = "x".into()),
        ("stream_type", |row| {
            row.leaf.stream_type = "crm.client".into();
        }),
        ("version", |row| row.leaf.version = "9".into()),
        ("tenant_id", |row| {
            row.leaf.tenant_id = "01935f2a-7000-7000-8000-000000000002".into();
        }),
    ]
}

#[test]
fn every_edited_column_is_found_where_it_is() {
    for (index, (_, edit)) in (3..).zip(edits()) {
        let (_, place) = exported(|history| {
            let row = &mut history.rows[index];
            edit(row);
            row.digest();
        });
        place.is_tampered(u64::try_from(index).unwrap());
    }
}

#[test]
fn an_edit_of_the_file_is_found_where_it_is() {
    for (index, (_, edit)) in (3..).zip(edits()) {
        // Digests and all stay what they were: as with an editor.
        let (_, place) = exported(|history| edit(&mut history.rows[index]));
        place.is_tampered(u64::try_from(index).unwrap());
    }
}

#[test]
fn a_deleted_event_is_missed_where_it_was() {
    let (_, place) = exported(|history| drop(history.rows.remove(17)));
    place.is_tampered(17);
}

#[test]
fn a_deleted_tail_is_missed() {
    let (_, place) = exported(|history| history.rows.truncate(33));
    place.says(&Against::default(), Outcome::Incomplete, Some(33));
}

#[test]
fn a_tail_that_was_cut_and_sealed_anew_shows_only_outside() {
    let kept = History::of(SIZE).checkpoint(40, &signer(1));
    let (_, place) = exported(|history| {
        history.rows.truncate(33);
        history.seal();
    });
    place.is_sound();
    place.says(&Against::checkpoint(kept), Outcome::Incomplete, Some(33));
    // Older ones fit, and move nothing.
    let kept = Against::checkpoints(honest(&[10, 33, 36, 40]));
    place.says(&kept, Outcome::Incomplete, Some(33));
}

#[test]
fn an_inserted_event_is_found_where_it_is() {
    // Between two others: positions are taken, so it has one twice.
    let (_, place) = exported(|history| history.rows.insert(12, row(11)));
    place.is_tampered(12);
    // With all that follow moved on.
    let (_, place) = exported(|history| {
        history.rows.insert(12, row(99));
        for (index, row) in (0_u64..).zip(&mut history.rows).skip(12) {
            row.leaf.position = (index + 1).to_string().into();
        }
    });
    place.is_tampered(12);
    // At the end, where nothing was sealed.
    let (_, place) = exported(|history| history.rows.push(row(SIZE)));
    place.is_tampered(SIZE);
}

#[test]
fn swapped_events_are_found_where_the_first_is() {
    let (_, place) = exported(|history| history.rows.swap(5, 9));
    place.is_tampered(5);
    let (_, place) = exported(|history| {
        history.rows.swap(5, 9);
        history.rows[5].leaf.position = "6".into();
        history.rows[9].leaf.position = "10".into();
    });
    place.is_tampered(5);
}

#[test]
fn a_doubled_event_is_found_where_it_is() {
    let (_, place) = exported(|history| {
        history.rows[21] = row(20);
        history.rows[21].leaf.position = "22".into();
    });
    place.is_tampered(21);
    let (_, place) = exported(|_| ());
    place.forge_lines(|lines| lines.insert(21, lines[20].clone()));
    place.is_tampered(21);
}

#[test]
fn an_event_of_another_tenant_is_found_where_it_is() {
    let (_, place) = exported(|history| {
        history.rows[8].leaf.tenant_id = "01935f2a-7000-7000-8000-000000000002".into();
        history.seal();
    });
    place.is_tampered(8);
}

/// Checkpoints of these sizes, as they were handed out before anything was changed.
fn honest(sizes: &[usize]) -> Vec<Note> {
    let history = History::of(SIZE);
    let of_size = |size: &usize| history.checkpoint(*size, &signer(1));
    sizes.iter().map(of_size).collect()
}

/// Other events from this index on, sealed as if they had always been there.
fn rewritten(history: &mut History, from: usize) {
    for row in &mut history.rows[from..] {
        row.leaf.actor = "user:somebody-else".into();
    }
    history.seal();
}

#[test]
fn history_that_was_rewritten_with_a_new_key_is_not_believed() {
    let mut history = History::of(SIZE);
    rewritten(&mut history, 4);
    let place = Place::new();
    history.export(&signer(2), &place.draft(), &place.archive());
    // By itself it is as good as the true one.
    place.is_sound();
    place.says(&Against::key(&signer(1)), Outcome::WrongKey, None);
    // One root tells that it is another history, and nothing about where.
    let one = Against::checkpoints(honest(&[20]));
    place.says(&one, Outcome::Tampered, None);
    place.says(&one.and_key(&signer(1)), Outcome::Tampered, None);
    // Several do, each as far as it goes, whether the key is known or not.
    for (sizes, first) in [
        (&[20, 40][..], between(0, 19)),
        (&[3, 20], between(3, 19)),
        (&[40, 7, 2, 20, 30, 1], between(2, 6)),
        (&[4, 7], between(4, 6)),
        (&[3, 5], between(3, 4)),
        (&[4, 5], 4.into()),
        (&[1, 2, 3, 4, 5, 6, 40], 4.into()),
    ] {
        let kept = Against::checkpoints(honest(sizes));
        place.says_of(&kept, Outcome::Tampered, Some(first));
        let kept = kept.and_key(&signer(1));
        place.says_of(&kept, Outcome::Tampered, Some(first));
    }
    // Where nothing fits, it begins before the smallest: at the very first event here.
    let mut history = History::of(SIZE);
    rewritten(&mut history, 0);
    let place = Place::new();
    history.export(&signer(2), &place.draft(), &place.archive());
    let kept = Against::checkpoints(honest(&[1, 2, 30]));
    place.says(&kept, Outcome::Tampered, Some(0));
    // A tree of nothing is part of every history.
    let kept = Against::checkpoints(honest(&[0, 30]));
    place.says(&kept, Outcome::Tampered, None);
}

#[test]
fn two_checkpoints_of_one_size_are_a_fork() {
    let mut other = History::of(SIZE);
    rewritten(&mut other, 33);
    let theirs = |size| other.checkpoint(size, &signer(1));
    let (_, place) = exported(|_| ());
    place.says(&Against::checkpoint(theirs(40)), Outcome::Tampered, None);
    // Both were shown to somebody, and smaller ones, which are of either.
    let both = |sizes: &[usize]| Against::checkpoints([honest(sizes), vec![theirs(40)]].concat());
    let (from, to) = (between(30, 39), between(0, 39));
    place.says_of(&both(&[30, 40]), Outcome::Tampered, Some(from));
    place.says_of(&both(&[40]), Outcome::Tampered, Some(to));
    // Larger ones that fit say nothing about where the other history left this one.
    let more = [honest(&[20, 33, 38, 40]), vec![theirs(34), theirs(36)]].concat();
    let more = Against::checkpoints(more);
    place.says(&more, Outcome::Tampered, Some(33));
    let (_, place) = filtered(|_| ());
    place.says(&Against::checkpoint(theirs(40)), Outcome::Tampered, None);
    place.says_of(&both(&[40]), Outcome::Tampered, Some(to));
    // Two of a size that the archive has not come to are proof enough.
    let place = Place::new();
    History::of(20).export(&signer(1), &place.draft(), &place.archive());
    place.says(
        &Against::checkpoint(theirs(40)),
        Outcome::Incomplete,
        Some(20),
    );
    place.says(&both(&[40]), Outcome::Tampered, None);
}

#[test]
fn an_old_backup_shows_outside() {
    // Restored to 25 events, and others written since.
    let (_, place) = exported(|history| rewritten(history, 25));
    place.is_sound();
    for (sizes, first) in [
        (&[40][..], None),
        (&[30, 40], Some(between(0, 29))),
        (&[10, 20, 30, 40], Some(between(20, 29))),
        (&[20, 25, 30], Some(between(25, 29))),
        (&[25, 26, 40], Some(25.into())),
    ] {
        let kept = Against::checkpoints(honest(sizes));
        place.says_of(&kept, Outcome::Tampered, first);
    }
    // Fewer have been written than there were.
    let (_, place) = exported(|history| {
        history.rows.truncate(30);
        rewritten(history, 25);
    });
    let kept = Against::checkpoints(honest(&[25, 26, 40]));
    place.says(&kept, Outcome::Tampered, Some(25));
    let kept = Against::checkpoints(honest(&[20, 40]));
    place.says(&kept, Outcome::Incomplete, Some(30));
}

#[test]
fn what_nobody_signed_says_nothing_about_where() {
    let (_, place) = exported(|history| rewritten(history, 25));
    let mut strange = History::of(SIZE);
    rewritten(&mut strange, 3);
    // Whoever can put files among those of an auditor has no key.
    let forged = strange.checkpoint(5, &signer(3));
    let kept = [honest(&[25, 26]), vec![forged]].concat();
    let kept = Against::checkpoints(kept).and_key(&signer(1));
    place.says(&kept, Outcome::Tampered, Some(25));
    // A signature that is false counts nowhere.
    let mut broken = honest(&[5]).remove(0).to_string();
    broken = broken.replacen("\n5\n", "\n4\n", 1);
    let kept = [honest(&[25, 26]), vec![broken.parse().unwrap()]].concat();
    place.says(&Against::checkpoints(kept), Outcome::Tampered, Some(25));
}

#[test]
fn a_folder_of_checkpoints_is_taken_as_a_whole() {
    let (_, place) = exported(|history| rewritten(history, 25));
    let folder = place.0.path().join("outside");
    fs::create_dir_all(folder.join("of-other-tenants")).unwrap();
    let told = |files: &[(&str, String)], outcome, first| {
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        let kept = fs::read_dir(&folder).unwrap().filter_map(|entry| {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).ok()?;
            Some(Kept::found(entry.file_name().to_string_lossy(), text))
        });
        let options = Options {
            checkpoints: kept.collect(),
            keys: vec![signer(1).public().clone()],
        };
        let key = signer(1).public().to_string();
        let folder = folder.display().to_string();
        let arguments = ["--checkpoint", &folder, "--key", &key].map(str::to_owned);
        place.agree((&options, &arguments), (outcome, first));
        verify(File::open(place.archive()).unwrap(), &options).to_string()
    };
    // What is nothing of this log is passed over, and there must be something else.
    let notes = "bought milk\n".to_owned();
    let said = told(&[("notes.txt", notes)], Outcome::Incomplete, None);
    assert!(said.contains("being no checkpoint: 1, notes.txt"), "{said}");
    let elsewhere = Signer::try_new("elsewhere.example/audit/x", &[1; 32]).unwrap();
    let head = Head {
        size: 7,
        root: leaf_hash(b"other"),
    };
    let other = Checkpoint::new("elsewhere.example/audit/x", head);
    let other = other.sign(&[&elsewhere]).unwrap().to_string();
    let said = told(&[("other", other)], Outcome::Incomplete, None);
    assert!(said.contains("is of elsewhere.example/audit/x"), "{said}");
    let files: Vec<_> = honest(&[20, 25, 26, 40])
        .iter()
        .map(ToString::to_string)
        .collect();
    let [a, b, c, d] = <[String; 4]>::try_from(files).unwrap();
    told(&[("20", a)], Outcome::Sound, None);
    told(&[("40", d)], Outcome::Tampered, Some(between(20, 39)));
    told(&[("25", b)], Outcome::Tampered, Some(between(25, 39)));
    let said = told(&[("26", c)], Outcome::Tampered, Some(25.into()));
    assert!(
        said.contains("outside in 26: history was rewritten (and one more)"),
        "{said}"
    );
    assert!(said.contains("the 25 events of the checkpoint"), "{said}");
    assert!(
        said.ends_with("result: tampered, first bad index 25"),
        "{said}"
    );
}

#[test]
fn a_chosen_event_that_was_changed_is_found() {
    let (_, place) = filtered(|history| {
        history.rows[9].leaf.actor = "user:somebody-else".into();
    });
    place.is_tampered(9);
    let (_, place) = filtered(|_| ());
    place.forge_lines(|lines| lines.swap(2, 3));
    place.is_tampered(6);
    let (_, place) = filtered(|_| ());
    place.forge_lines(|lines| lines.insert(2, lines[1].clone()));
    place.is_tampered(3);
    // Another's proof.
    let (history, place) = filtered(|_| ());
    let proof = |index| serde_json::to_string(&base64_of(&history.proof(index))).unwrap();
    place.forge_lines(|lines| lines[4] = lines[4].replace(&proof(12), &proof(15)));
    place.is_tampered(12);
    // Left out, though the manifest counts it.
    let (_, place) = filtered(|_| ());
    place.forge(|files| {
        let lines = files[3].1.iter().rposition(|it| *it == b'\n').unwrap();
        let before = files[3].1[..lines]
            .iter()
            .rposition(|it| *it == b'\n')
            .unwrap();
        files[3].1.truncate(before + 1);
    });
    place.says(&Against::default(), Outcome::Incomplete, None);
}

fn base64_of(proof: &[[u8; 32]]) -> Vec<String> {
    use base64::Engine as _;
    let encode = |hash| base64::engine::general_purpose::STANDARD.encode(hash);
    proof.iter().map(encode).collect()
}

#[test]
fn a_forger_without_the_key_gets_no_further() {
    // Every line agrees with itself and with the manifest; only the root does not.
    let (_, place) = exported(|history| {
        history.rows[6].payload = b"{}".to_vec();
        history.rows[6].digest();
    });
    place.forge_lines(|lines| {
        let line: serde_json::Value = serde_json::from_str(&lines[6]).unwrap();
        let leaf = serde_json::to_string(&line["leaf"]).unwrap();
        let sealed = base64_of(&[leaf_hash(leaf.as_bytes())]).remove(0);
        let old = line["sealed"].as_str().unwrap();
        lines[6] = lines[6].replace(old, &sealed);
    });
    place.is_tampered(None);
}

#[test]
fn other_spellings_are_refused() {
    let changes: [(&str, fn(&str) -> String); 6] = [
        ("white space", |line| line.replacen(':', ": ", 1)),
        ("an escape", |line| {
            line.replacen("invoicing.", "\\u0069nvoicing.", 1)
        }),
        ("a second member", |line| {
            line.replacen("\"v\":\"1\"", "\"v\":\"1\",\"v\":\"1\"", 1)
        }),
        ("another member", |line| {
            line.replacen("{\"leaf\"", "{\"a\":\"b\",\"leaf\"", 1)
        }),
        ("a number", |line| {
            line.replacen("\"version\":\"4\"", "\"version\":4", 1)
        }),
        ("nothing", |_| "{}".to_owned()),
    ];
    for (_, change) in changes {
        let (_, place) = exported(|_| ());
        place.forge(|files| {
            let text = String::from_utf8(files[3].1.clone()).unwrap();
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines[10] = change(&lines[10]);
            files[3].1 = (lines.join("\n") + "\n").into_bytes();
        });
        place.is_tampered(10);
    }
}

#[test]
fn the_manifest_must_tell_the_truth() {
    for (member, value) in [
        ("origin", "elsewhere.example/audit/x"),
        ("tree_size", "41"),
        ("root", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("count", "41"),
        ("first", "2"),
        ("format", "daybook-audit-archive/2"),
        ("kind", "some"),
    ] {
        let (_, place) = exported(|_| ());
        place.forge(|files| {
            let mut manifest: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
            manifest[member] = value.into();
            files[0].1 = serde_json::to_vec(&manifest).unwrap();
        });
        place.is_tampered(None);
    }
}

#[test]
fn the_spreadsheet_must_say_what_the_events_say() {
    let (_, place) = exported(|_| ());
    place.forge(|files| {
        let text = String::from_utf8(files[4].1.clone()).unwrap();
        files[4].1 = text
            .replacen("invoicing.invoice.sent", "invoicing.invoice.paid", 1)
            .into();
    });
    place.is_tampered(None);
}

#[test]
fn what_is_cut_off_is_incomplete() {
    let (_, place) = exported(|_| ());
    let whole = fs::read(place.archive()).unwrap();
    for length in [0, 5, 300, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        fs::write(place.archive(), &whole[..length]).unwrap();
        place.says(&Against::default(), Outcome::Incomplete, None);
    }
    fs::write(
        place.archive(),
        [whole.as_slice(), b"more than the header of a gzip file"].concat(),
    )
    .unwrap();
    place.is_tampered(None);
    fs::write(place.archive(), b"not an archive").unwrap();
    place.is_tampered(None);
}

#[test]
fn a_missing_file_is_incomplete_and_another_one_is_tampering() {
    for n in 0..5 {
        let (_, place) = exported(|_| ());
        let mut files = place.files();
        files.remove(n);
        place.pack(&files);
        place.says(&Against::default(), Outcome::Incomplete, None);
    }
    let (_, place) = exported(|_| ());
    let mut files = place.files();
    files.push(("more".to_owned(), b"more".to_vec()));
    place.pack(&files);
    place.is_tampered(None);
    let mut files = place.files();
    files.insert(2, ("more".to_owned(), b"more".to_vec()));
    place.pack(&files);
    place.is_tampered(None);
}

#[test]
fn a_foreign_signature_is_passed_over_if_it_is_under_a_name() {
    for (name, is_name) in [
        ("witness.example", true),
        ("witness.example+", false),
        ("witness\u{a0}example", false),
        ("witness\u{7f}example", false),
        ("witness\u{9b}example", false),
    ] {
        let (_, place) = exported(|_| ());
        let line = format!("— {name} AAAAAAA=\n");
        place.forge(|files| files[1].1.extend(line.as_bytes()));
        if is_name {
            place.is_sound();
        } else {
            place.is_tampered(None);
        }
    }
}

#[test]
fn a_signature_that_was_changed_is_tampering() {
    let (_, place) = exported(|_| ());
    place.forge(|files| {
        let note: Note = String::from_utf8(files[1].1.clone())
            .unwrap()
            .parse()
            .unwrap();
        let other = signer(1).sign("other\n");
        let text = note.to_string();
        let line = text.lines().last().unwrap();
        let mut bytes = other.key_id().to_vec();
        bytes.extend(other.bytes());
        let base64 = {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(bytes)
        };
        files[1].1 = text
            .replace(line, &format!("— {ORIGIN} {base64}"))
            .into_bytes();
    });
    place.is_tampered(None);
}

#[test]
fn keys_that_rotated_are_all_good() {
    let history = History::of(5);
    let place = Place::new();
    let mut plan = history.plan(Kind::Full, &signer(1));
    plan.checkpoint
        .add(signer(2).sign(plan.checkpoint.unverified_text()));
    plan.keys.push(signer(2).public().clone());
    let mut draft = Draft::begin(&place.draft(), &plan).unwrap();
    history.append(&mut draft, &history.rows, &[]);
    draft.pack(&place.archive()).unwrap();
    place.is_sound();
    for known in [1, 2] {
        place.says(&Against::key(&signer(known)), Outcome::Sound, None);
    }
    place.says(&Against::key(&signer(3)), Outcome::WrongKey, None);
}

#[test]
fn an_interrupted_draft_goes_on() {
    let history = History::of(30);
    let (whole, broken) = (Place::new(), Place::new());
    history.export(&signer(1), &whole.draft(), &whole.archive());
    let plan = history.plan(Kind::Full, &signer(1));
    let mut draft = Draft::begin(&broken.draft(), &plan).unwrap();
    history.append(&mut draft, &history.rows[..10], &[]);
    drop(draft);
    // What was written of the next page before the machine stopped.
    for name in ["events.ndjson", "events.csv"] {
        let path = broken.draft().join(name);
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"{\"leaf\":{\"act").unwrap();
    }
    let mut draft = Draft::resume(&broken.draft()).unwrap();
    assert_eq!(
        (draft.progress().count, draft.progress().last),
        (10, Some(10))
    );
    history.append(&mut draft, &history.rows[10..], &[]);
    let packed = draft.pack(&broken.archive()).unwrap();
    assert_eq!(packed.manifest.count, "30");
    assert!(draft.file_name().ends_with("-1-30.tar.gz"));
    // To the byte the same as one that was not interrupted.
    let bytes = [&whole, &broken].map(|place| fs::read(place.archive()).unwrap());
    assert_eq!(bytes[0], bytes[1]);
    broken.is_sound();
    // Less than was acknowledged cannot be continued.
    fs::write(broken.draft().join("events.csv"), b"").unwrap();
    assert!(Draft::resume(&broken.draft()).is_err());
}

#[test]
fn the_python_verifier_is_short() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit/verify.py");
    let lines = fs::read_to_string(script).unwrap().lines().count();
    assert!(lines < 200, "{lines} lines");
}

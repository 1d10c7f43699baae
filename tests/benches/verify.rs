//! How long does it take to check a million exported events?
//!
//! A full archive of a million events is checked by our verifier, in a process of its own, and by
//! the one in Python: every leaf rebuilt and hashed, every payload compared with its digest, the tree
//! made anew up to the signed root, the spreadsheet made again. Both take turns; the middle round of
//! each counts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a program that measures: it ends at the first fault"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use daybook_audit::archive::{Draft, Kind, Options, Outcome, verify};
use daybook_audit::testing::{History, Twin, row, signer};
use daybook_audit::tree::leaf_hash;
use daybook_tests::measure::{Report, peak_mb, rounded, say, spawn_as, started_as};
use serde::{Deserialize, Serialize};
use serde_json::json;

const EVENTS: u64 = 1_000_000;
const PAGE: u64 = 10_000;
const ROUNDS: usize = 3;
/// Seconds that are to be undercut.
const MOST: f64 = 60.0;

/// One check of the archive.
#[derive(Debug, Serialize, Deserialize)]
struct Round {
    seconds: f64,
    /// The most memory that it held at any moment.
    peak_mb: f64,
}

fn main() {
    if let Some(archive) = started_as::<PathBuf>("verifier") {
        return check(&archive);
    }
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive.tar.gz");
    let (files_mb, archive_mb) = write(folder.path(), &archive);
    say(&format!(
        "{EVENTS} events: {files_mb:.0} MB in an archive of {archive_mb:.0} MB"
    ));
    let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let (mut ours, mut theirs, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    for round in 1..=ROUNDS {
        let child = spawn_as("verifier", &archive);
        let output = child.wait_with_output().unwrap();
        let our: Round = serde_json::from_slice(&output.stdout).unwrap();
        let began = Instant::now();
        let answer = twin.verify(&archive, &["--key", &signer(1).public().to_string()]);
        let their = began.elapsed().as_secs_f64();
        assert_eq!(answer.code, Some(0), "{}", answer.output);
        say(&format!(
            "round {round}: ours {:.1} s, at most {:.0} MB; Python {their:.1} s",
            our.seconds, our.peak_mb
        ));
        peak = peak.max(our.peak_mb);
        ours.push(our.seconds);
        theirs.push(their);
    }
    let [ours, theirs] = [ours, theirs].map(middle);
    let report = Report {
        bench: "verify",
        ours: json!({
            "seconds": rounded(ours),
            "events_per_second": (1e6 / ours).round(),
            "peak_mb": rounded(peak),
            "archive_mb": rounded(archive_mb),
        }),
        other: json!({ "python_seconds": rounded(theirs) }),
        ratio: json!({ "seconds": rounded(ours / theirs) }),
        targets: json!({ "seconds": MOST }),
        met: ours < MOST,
    };
    report.print();
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Writes the archive; the megabytes of its events and of itself.
fn write(folder: &Path, archive: &Path) -> (f64, f64) {
    let sealed = (0..EVENTS).map(|index| leaf_hash(&row(index).leaf.to_bytes()));
    let history = History {
        rows: Vec::new(),
        sealed: sealed.collect(),
    };
    let plan = history.plan(Kind::Full, &signer(1));
    let draft_folder = folder.join("draft");
    let mut draft = Draft::begin(&draft_folder, &plan).unwrap();
    for page in 0..EVENTS / PAGE {
        let rows: Vec<_> = (page * PAGE..(page + 1) * PAGE).map(row).collect();
        history.append(&mut draft, &rows, &[]);
    }
    let packed = draft.pack(archive).unwrap();
    let files = ["events.ndjson", "events.csv"].map(|name| {
        let file = draft_folder.join(name).metadata().unwrap();
        megabytes(file.len())
    });
    (files.iter().sum(), megabytes(packed.bytes))
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// What the process of its own does.
fn check(archive: &Path) {
    let options = Options {
        checkpoints: Vec::new(),
        keys: vec![signer(1).public().clone()],
    };
    let began = Instant::now();
    let report = verify(File::open(archive).unwrap(), &options);
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(report.outcome(), Outcome::Sound, "{report}");
    let round = Round {
        seconds,
        peak_mb: peak_mb(std::process::id()).unwrap_or_default(),
    };
    say(&serde_json::to_string(&round).unwrap());
}

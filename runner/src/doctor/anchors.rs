//! Anchors: does each have what was signed?

use chrono::TimeDelta;
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_store::Store;
use daybook_store::audit::{Behind, Outside};

use super::finding::Finding;
use crate::clock;
use crate::config::{Anchors, Config};
use crate::failure::Failure;

/// What an anchor lacks for longer than this, it does not get.
const STUCK: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn examine(config: &Config, store: &Store) -> Result<Vec<Finding>, Failure> {
    let anchors = configured(&config.audit.anchors);
    let mut findings = Vec::new();
    for (anchor, pace) in &anchors {
        let before = clock::system() - STUCK - *pace;
        let behind = store.anchor_behind(anchor, before).await?;
        findings.extend((behind.tenants > 0).then(|| late(anchor, &behind)));
    }
    findings.extend(other_histories(config));
    if findings.is_empty() {
        let names: Vec<&str> = anchors.iter().map(|(name, _)| *name).collect();
        findings.push(match names.as_slice() {
            [] => Finding::good("anchors", "none but the data directory is named"),
            names => Finding::good("anchors", format!("{} up to date", names.join(", "))),
        });
    }
    Ok(findings)
}

/// The anchors that are named, and how long each may take with a checkpoint.
fn configured(anchors: &Anchors) -> Vec<(&'static str, TimeDelta)> {
    let bucket = anchors.bucket.as_ref();
    let pace = bucket.map(|bucket| TimeDelta::from_std(bucket.pace).unwrap_or(TimeDelta::days(1)));
    let named = [
        (
            "directory",
            anchors.directory.as_ref().map(|_| TimeDelta::zero()),
        ),
        ("webhook", anchors.url.as_ref().map(|_| TimeDelta::zero())),
        ("s3", pace),
    ];
    let named = named.into_iter();
    named
        .filter_map(|(name, pace)| Some((name, pace?)))
        .collect()
}

fn late(anchor: &str, behind: &Behind) -> Finding {
    let since = behind
        .since
        .map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string());
    let (tenants, since) = (behind.tenants, since.unwrap_or_default());
    match &behind.reason {
        Some(reason) => Finding::warning(
            "anchors",
            format!(
                "{anchor} lacks the last checkpoint of {tenants} tenants since {since}: {reason}"
            ),
            "\"Anchors\" in docs/operating.md says what each needs; nothing else waits for it",
        ),
        None => Finding::warning(
            "anchors",
            format!("{anchor} lacks the last checkpoint of {tenants} tenants since {since}"),
            "start `daybook up` or `daybook work` with this configuration",
        ),
    }
}

/// Tenants of whom the other directory has a checkpoint that the data directory's does not continue.
fn other_histories(config: &Config) -> Vec<Finding> {
    let anchor = config.audit.anchors.directory.as_deref();
    let opened = |path| Outside::at(path).ok();
    let (Some(anchor), Some(ours)) = (anchor.and_then(opened), opened(&config.audit.checkpoints))
    else {
        return Vec::new();
    };
    let tenants = anchor.tenants().unwrap_or_default().into_iter();
    let differing = tenants.filter_map(|tenant| {
        let read = |outside: &Outside| checkpoint(&outside.last(tenant).ok()??);
        let (there, here) = (read(&anchor)?, read(&ours)?);
        let is_other =
            there.size > here.size || (there.size == here.size && there.root != here.root);
        is_other.then(|| {
            let (there, here) = (there.size, here.size);
            Finding::fault(
                "anchors",
                format!(
                    "directory has another history of tenant {tenant}: a checkpoint of {there} \
                     events, and what is sealed here ends at {here}"
                ),
                "read \"When an anchor has another history\" in docs/operating.md",
            )
        })
    });
    differing.collect()
}

fn checkpoint(note: &str) -> Option<Checkpoint> {
    let note: Note = note.parse().ok()?;
    note.unverified_text().parse().ok()
}

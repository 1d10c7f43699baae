//! Is an archive sound?

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::events::Events;
use super::manifest::{Kind, Manifest};
use super::member::{Fingerprint, Member};
use super::outside::{Kept, Outside, signers};
use super::report::{Finding, Report};
use super::unpack::{Piece, unpack};
use crate::checkpoint::Checkpoint;
use crate::note::{Note, PublicKey};

/// Pieces that wait to be checked.
const WAITING: usize = 4;

/// What an archive is held against.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Checkpoints that were kept outside: older ones, or of the same size.
    pub checkpoints: Vec<Kept>,
    /// The only keys that count; empty to believe those in the archive, which anybody could have
    /// put there.
    pub keys: Vec<PublicKey>,
}

/// Checks an archive in one pass and in constant memory: one thread unpacks, this one checks.
pub fn verify(archive: impl Read + Send, options: &Options) -> Report {
    let (sender, pieces) = sync_channel(WAITING);
    thread::scope(|scope| {
        scope.spawn(move || unpack(archive, &sender));
        let mut next = || {
            let piece = pieces.recv();
            piece.map_err(|_| Finding::incomplete(None, "the archive ends before its end"))
        };
        let mut report = Report::default();
        if let Err(finding) = check(&mut next, options, &mut report) {
            report.findings.push(finding);
        }
        // Ends the other thread, if it has not come to the end.
        drop(pieces);
        report
    })
}

type Next<'n> = &'n mut dyn FnMut() -> Result<Piece, Finding>;

/// What stops everything is an error; whatever else is found is in the report.
fn check(next: Next<'_>, options: &Options, report: &mut Report) -> Result<(), Finding> {
    let mut outside = Outside::read(&options.checkpoints)?;
    let mut files = BTreeMap::new();
    let text = whole(next, &mut files)?;
    let manifest = Manifest::read(&text).map_err(|text| Finding::tampered(None, text))?;
    let note: Note = parsed(Member::Checkpoint, &whole(next, &mut files)?)?;
    let checkpoint: Checkpoint = parsed(Member::Checkpoint, note.unverified_text().as_bytes())?;
    let keys = keys_of(&whole(next, &mut files)?)?;
    tell_what(&manifest, report);
    if !manifest.is_of(&checkpoint) {
        let text = "manifest.json and checkpoint are not of the same tree";
        report.findings.push(Finding::tampered(None, text));
    }
    let trusted = trusted(options, &keys, report);
    match signers("the checkpoint", &note, trusted) {
        Ok(by) => report
            .checked
            .push(format!("the checkpoint is signed by {}", names(&by))),
        Err(finding) => report.findings.push(finding),
    }
    if options.checkpoints.is_empty() {
        report.warnings.push(NOT_HELD_AGAINST.to_owned());
    }
    outside.pass_over_others(&checkpoint.origin, report);
    outside.check_signatures(trusted, &options.keys, report);
    let mut events = Events::new(&manifest, checkpoint.head(), outside.sizes());
    let streamed = stream(next, &mut events, &mut files);
    if let Some(fault) = events.fault() {
        report.findings.push(fault.clone());
        return streamed;
    }
    streamed?;
    settle(&events, &manifest, report);
    outside.compare(&checkpoint, manifest.kind, (&events, report));
    files_are(&files, &events, &manifest, report);
    Ok(())
}

const NOT_HELD_AGAINST: &str = "no checkpoint from outside was given: who has the database and the \
    signing key could have rewritten everything or cut the tail, and this archive would look the \
    same";

const OWN_KEYS: &str = "no key was given: the archive's own keys were used, which anybody could have \
    put there; compare them with keys that you have from elsewhere";

fn trusted<'k>(options: &'k Options, own: &'k [PublicKey], report: &mut Report) -> &'k [PublicKey] {
    if options.keys.is_empty() {
        let own: Vec<_> = own.iter().map(ToString::to_string).collect();
        report
            .warnings
            .push(format!("{OWN_KEYS}: {}", own.join(" ")));
    }
    if options.keys.is_empty() {
        own
    } else {
        &options.keys
    }
}

/// The bytes of the small file that comes next.
fn whole(
    next: Next<'_>,
    files: &mut BTreeMap<&'static str, Fingerprint>,
) -> Result<Vec<u8>, Finding> {
    let mut text = Vec::new();
    loop {
        match next()? {
            Piece::Whole(bytes) => text = bytes,
            Piece::Lines(_) => {}
            Piece::End(member, seen) => {
                files.insert(member.name(), seen);
                return Ok(text);
            }
            Piece::Broken(finding) => return Err(finding),
        }
    }
}

/// The events and everything after them.
fn stream(
    next: Next<'_>,
    events: &mut Events<'_>,
    files: &mut BTreeMap<&'static str, Fingerprint>,
) -> Result<(), Finding> {
    loop {
        match next() {
            Ok(Piece::Whole(_)) => {}
            Ok(Piece::Lines(lines)) => events.take(&lines),
            Ok(Piece::End(member, seen)) => {
                files.insert(member.name(), seen);
            }
            Ok(Piece::Broken(finding)) => return Err(finding),
            // The last file came by.
            Err(finding) => {
                let is_end = files.contains_key(Member::Sheet.name());
                return if is_end { Ok(()) } else { Err(finding) };
            }
        }
    }
}

fn parsed<T>(member: Member, bytes: &[u8]) -> Result<T, Finding>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let bad = |reason: String| Finding::tampered(None, format!("{}: {reason}", member.name()));
    let text = str::from_utf8(bytes).map_err(|error| bad(error.to_string()))?;
    text.parse().map_err(|error: T::Err| bad(error.to_string()))
}

fn keys_of(bytes: &[u8]) -> Result<Vec<PublicKey>, Finding> {
    let text: String = parsed(Member::Keys, bytes)?;
    let keys = text
        .lines()
        .map(|line| parsed(Member::Keys, line.as_bytes()));
    keys.collect()
}

fn names(keys: &[&PublicKey]) -> String {
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    keys.join(" and ")
}

fn tell_what(manifest: &Manifest, report: &mut Report) {
    let Manifest {
        tenant,
        origin,
        count,
        tree_size,
        ..
    } = manifest;
    let range = match (&manifest.first, &manifest.last) {
        (Some(first), Some(last)) => format!(", positions {first} to {last}"),
        _ => String::new(),
    };
    let asked = match &manifest.filter {
        Some(filter) => format!(", filtered by {filter}"),
        None => String::new(),
    };
    let exported = match &manifest.exported {
        Some(exported) => format!(", exported {exported}"),
        None => String::new(),
    };
    report.checked.push(format!(
        "the archive says: tenant {tenant}, log {origin}, {count} events{range} of {tree_size} \
         that were sealed{asked}{exported}"
    ));
}

/// Says what the events prove, or why they do not.
fn settle(events: &Events<'_>, manifest: &Manifest, report: &mut Report) {
    if let Err(finding) = events.whole() {
        report.findings.push(finding);
        return;
    }
    let count = events.count();
    report.checked.push(format!(
        "{count} events are in canonical form, of this tenant, and fit the digests in their leaves"
    ));
    report.checked.push(match manifest.kind {
        Kind::Full => {
            format!("none is missing, and their {count} leaves lead to the root of the checkpoint")
        }
        Kind::Filtered => {
            format!("each of the {count} proofs leads to the root of the checkpoint")
        }
    });
}

/// The files are those of the manifest, and the spreadsheet says what the events say.
fn files_are(
    files: &BTreeMap<&'static str, Fingerprint>,
    events: &Events<'_>,
    manifest: &Manifest,
    report: &mut Report,
) {
    // What is wrong already explains why a file is another.
    if !report.findings.is_empty() {
        return;
    }
    if files.get(Member::Sheet.name()) != Some(&events.sheet()) {
        let text = "events.csv does not say what events.ndjson says";
        report.findings.push(Finding::tampered(None, text));
    }
    for member in Member::LISTED {
        let name = member.name();
        if files.get(name) != manifest.members.get(name) {
            let text = format!("{name} is not the file of the manifest");
            report.findings.push(Finding::tampered(None, text));
        }
    }
    if report.findings.is_empty() {
        let text = "events.csv says what the events say, and all files are those of the manifest";
        report.checked.push(text.to_owned());
    }
}

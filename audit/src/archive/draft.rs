//! How is an archive written page by page, and continued after an interruption?
//!
//! The draft's directory has the two files of events, which only grow, and `draft.json`, which says
//! how much of them counts. A page is in the files before it is in `draft.json`; what is there
//! beyond that when work goes on was not finished and is cut off.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::content::Content;
use super::error::ArchiveError;
use super::line::Line;
use super::manifest::{FORMAT, Kind, Manifest};
use super::member::Member;
use super::pack::{Packed, pack};
use super::sheet;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::encoding::base64;
use crate::leaf::{Leaf, LeafError};
use crate::note::{KeyError, Note, PublicKey};
use crate::tree::Hash;

/// Where the draft's own account is kept.
const ACCOUNT: &str = "draft.json";

/// What an archive is to hold.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose events.
    pub tenant: Uuid,
    /// All of the checkpoint's tree, or some.
    pub kind: Kind,
    /// What was asked for; `None` for everything.
    pub filter: Option<Value>,
    /// Who exports when and why; shown to whoever verifies, and vouched for by nobody.
    pub exported: Option<Value>,
    /// The checkpoint that all proofs lead to, signed. It does not change while work goes on.
    pub checkpoint: Note,
    /// The public keys that sign this log, the former ones too.
    pub keys: Vec<PublicKey>,
}

/// One event on its way into an archive.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'e> {
    /// The canonical leaf, as it is rebuilt from the log now.
    pub leaf: &'e [u8],
    /// The payload, exactly.
    pub payload: &'e [u8],
    /// The request, exactly.
    pub request: &'e [u8],
    /// The encrypted personal fields, exactly, if there are some.
    pub personal: Option<&'e [u8]>,
    /// The leaf hash that the tree has at this position: from its tiles, not from the event.
    pub sealed: Hash,
    /// The proof of inclusion in the checkpoint's tree; `None` in a full archive.
    pub proof: Option<&'e [Hash]>,
}

/// How far a draft is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many events it has.
    pub count: u64,
    /// The first one's position.
    pub first: Option<u64>,
    /// The last one's position: go on after it.
    pub last: Option<u64>,
}

/// What `draft.json` holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    tenant: Uuid,
    kind: Kind,
    filter: Option<Value>,
    exported: Option<Value>,
    checkpoint: String,
    keys: Vec<String>,
    progress: Progress,
    events_bytes: u64,
    sheet_bytes: u64,
}

/// An archive that is being written.
#[derive(Debug)]
pub struct Draft {
    directory: PathBuf,
    account: Account,
    checkpoint: Checkpoint,
    keys: Vec<PublicKey>,
    events: File,
    sheet: File,
}

impl Draft {
    /// Begins one in a directory, which is made, and emptied of an earlier draft.
    ///
    /// # Errors
    /// When files cannot be written, or the plan's checkpoint is none.
    pub fn begin(directory: &Path, plan: &Plan) -> Result<Self, ArchiveError> {
        let checkpoint: Checkpoint = plan.checkpoint.unverified_text().parse()?;
        fs::create_dir_all(directory).map_err(|source| failed(directory, source))?;
        let account = Account {
            tenant: plan.tenant,
            kind: plan.kind,
            filter: plan.filter.clone(),
            exported: plan.exported.clone(),
            checkpoint: plan.checkpoint.to_string(),
            keys: plan.keys.iter().map(ToString::to_string).collect(),
            progress: Progress::default(),
            events_bytes: 0,
            sheet_bytes: 0,
        };
        let mut draft = Self {
            events: emptied(&directory.join(Member::Events.name()))?,
            sheet: emptied(&directory.join(Member::Sheet.name()))?,
            directory: directory.to_owned(),
            account,
            checkpoint,
            keys: plan.keys.clone(),
        };
        draft.add(&[], &sheet::header(), &Progress::default())?;
        Ok(draft)
    }

    /// Goes on with one that was interrupted, however that happened.
    ///
    /// # Errors
    /// When there is none, or its files are damaged.
    pub fn resume(directory: &Path) -> Result<Self, ArchiveError> {
        let path = directory.join(ACCOUNT);
        let text = fs::read(&path).map_err(|source| failed(&path, source))?;
        let account: Account =
            serde_json::from_slice(&text).map_err(|error| damaged(&path, error.to_string()))?;
        let note: Note = account.checkpoint.parse().map_err(CheckpointError::Note)?;
        let keys = account.keys.iter().map(|key| key.parse());
        let keys: Result<Vec<PublicKey>, KeyError> = keys.collect();
        Ok(Self {
            keys: keys.map_err(|error| damaged(&path, error.to_string()))?,
            events: cut_to(&directory.join(Member::Events.name()), account.events_bytes)?,
            sheet: cut_to(&directory.join(Member::Sheet.name()), account.sheet_bytes)?,
            directory: directory.to_owned(),
            checkpoint: note.unverified_text().parse()?,
            account,
        })
    }

    /// How far it is.
    pub fn progress(&self) -> &Progress {
        &self.account.progress
    }

    /// Whether it was begun for this: the same tenant's events, by the same filter.
    pub fn is_of(&self, tenant: Uuid, filter: Option<&Value>) -> bool {
        self.account.tenant == tenant && self.account.filter.as_ref() == filter
    }

    /// Who exports when and why, as it was planned.
    pub fn exported(&self) -> Option<&Value> {
        self.account.exported.as_ref()
    }

    /// The public keys that sign this log, as they were planned.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The checkpoint that its proofs lead to.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Adds a page of events, in the order of their positions; all of it is there afterwards, even
    /// if the machine stops, or none. Events that do not fit together are written as they are: to
    /// find that out is what an archive is for.
    ///
    /// # Errors
    /// When files cannot be written, or a leaf is none.
    pub fn append(&mut self, page: &[Entry<'_>]) -> Result<(), ArchiveError> {
        let mut progress = self.account.progress.clone();
        let (mut events, mut rows) = (Vec::new(), Vec::new());
        for entry in page {
            let leaf = Leaf::read(entry.leaf)?;
            let raw: &RawValue = serde_json::from_slice(entry.leaf).map_err(unreadable)?;
            let line = line_of(entry, raw);
            serde_json::to_writer(&mut events, &line).map_err(unreadable)?;
            events.push(b'\n');
            sheet::write_event(&mut rows, &leaf, &line);
            let position = leaf.index()?.checked_add(1);
            progress.count += 1;
            progress.first = progress.first.or(position);
            progress.last = position;
        }
        self.add(&events, &rows, &progress)
    }

    fn add(&mut self, events: &[u8], rows: &[u8], progress: &Progress) -> Result<(), ArchiveError> {
        let written = |file: &mut File, bytes: &[u8], member: Member| {
            let done = file.write_all(bytes).and_then(|()| file.sync_data());
            done.map_err(|source| failed(&self.directory.join(member.name()), source))
        };
        written(&mut self.events, events, Member::Events)?;
        written(&mut self.sheet, rows, Member::Sheet)?;
        self.account.events_bytes += length(events);
        self.account.sheet_bytes += length(rows);
        self.account.progress = progress.clone();
        let text = serde_json::to_vec_pretty(&self.account).map_err(unreadable)?;
        replace(&self.directory.join(ACCOUNT), &text)
    }

    /// What the archive's file should be called.
    pub fn file_name(&self) -> String {
        let Progress { first, last, .. } = self.progress();
        let [first, last] = [first, last].map(|position| position.unwrap_or(0));
        format!(
            "daybook-audit-{}-{first}-{last}.tar.gz",
            self.account.tenant
        )
    }

    /// Packs what is there into one file, which appears when it is whole. The draft stays; remove
    /// its directory when it is no longer needed. The same draft always makes the same bytes.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn pack(&self, to: &Path) -> Result<Packed, ArchiveError> {
        let files = [
            (Member::Checkpoint, self.account.checkpoint.clone()),
            (Member::Keys, self.account.keys.join("\n") + "\n"),
        ];
        for (member, text) in &files {
            replace(&self.directory.join(member.name()), text.as_bytes())?;
        }
        pack(&self.directory, to, |members| self.manifest(members))
    }

    fn manifest(
        &self,
        members: std::collections::BTreeMap<String, super::member::Fingerprint>,
    ) -> Manifest {
        let progress = self.progress();
        let text = |number: Option<u64>| number.map(|it| it.to_string());
        Manifest {
            format: FORMAT.to_owned(),
            tenant: self.account.tenant.to_string(),
            origin: self.checkpoint.origin.clone(),
            kind: self.account.kind,
            filter: self.account.filter.clone(),
            exported: self.account.exported.clone(),
            count: progress.count.to_string(),
            first: text(progress.first),
            last: text(progress.last),
            tree_size: self.checkpoint.size.to_string(),
            root: base64(&self.checkpoint.root),
            members,
        }
    }
}

fn line_of<'l>(entry: &Entry<'l>, leaf: &'l RawValue) -> Line<'l> {
    let proof = entry.proof.map(|hashes| {
        let hashes = hashes.iter().map(|hash| base64(hash).into());
        hashes.collect()
    });
    Line {
        leaf,
        payload: Content::of(entry.payload),
        personal: entry.personal.map(Content::of),
        proof,
        request: Content::of(entry.request),
        sealed: base64(&entry.sealed).into(),
    }
}

fn emptied(path: &Path) -> Result<File, ArchiveError> {
    File::create(path).map_err(|source| failed(path, source))
}

/// A file without what was written after its account.
fn cut_to(path: &Path, bytes: u64) -> Result<File, ArchiveError> {
    let opened = OpenOptions::new().write(true).open(path);
    let mut file = opened.map_err(|source| failed(path, source))?;
    let found = file
        .metadata()
        .map_err(|source| failed(path, source))?
        .len();
    if found < bytes {
        let reason = format!("it has {found} bytes of {bytes}");
        return Err(damaged(path, reason));
    }
    let cut = file.set_len(bytes);
    let cut = cut.and_then(|()| file.seek(SeekFrom::Start(bytes)));
    cut.map_err(|source| failed(path, source))?;
    Ok(file)
}

/// Writes a file so that it is the old or the new one at every moment.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| failed(path, source))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

pub(super) fn failed(path: &Path, source: std::io::Error) -> ArchiveError {
    ArchiveError::File {
        path: path.to_owned(),
        source,
    }
}

fn damaged(path: &Path, reason: String) -> ArchiveError {
    ArchiveError::Draft {
        path: path.to_owned(),
        reason,
    }
}

fn unreadable(error: serde_json::Error) -> ArchiveError {
    LeafError::Unreadable {
        reason: error.to_string(),
    }
    .into()
}

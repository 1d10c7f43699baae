//! What is asked for, how far it is, and what came out?

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daybook_audit::archive::Draft;
use daybook_domain::audit::export::Filter;
use daybook_domain::kernel::{ExportId, TenantId};
use daybook_store::HistoryFilter;
use daybook_store::audit::{Outside, Wanted};
use serde_json::{Value, json};

/// An archive that is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Which export, in the tenant's history.
    pub(crate) id: ExportId,
    /// Whose events.
    pub(crate) tenant: TenantId,
    /// Which of them.
    pub(crate) filter: Filter,
    /// Who asked when, shown to whoever verifies.
    pub(crate) exported: Value,
    /// The archive's name; nothing is there until it is whole and verified.
    pub(crate) file: PathBuf,
    /// How long the seal may take to get to the newest event that is wanted.
    pub(crate) patience: Duration,
    /// Where the last checkpoints are kept outside of the database, if that is here.
    pub(crate) outside: Option<Outside>,
}

impl Order {
    /// The store's words for the filter.
    pub(super) fn wanted(&self) -> Wanted {
        let filter = self.filter.clone();
        Wanted {
            from: filter.from,
            to: filter.to,
            history: HistoryFilter {
                types: filter.types,
                stream_id: filter.stream_id,
            },
            since: filter.since,
            until: filter.until,
            actor: filter.actor,
        }
    }

    /// The filter as the archive shows it; none for everything.
    pub(super) fn shown_filter(&self) -> Option<Value> {
        shown(&self.filter)
    }

    /// Where it is made.
    pub(super) fn draft(&self) -> PathBuf {
        draft_directory(&self.file)
    }

    /// Removes what was begun: it will not be gone on with.
    pub(crate) fn forget(&self) {
        let draft = self.draft();
        match fs::remove_dir_all(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(draft = %draft.display(), %error, "a draft could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// What the archive is called until it is verified.
    pub(super) fn part(&self) -> PathBuf {
        with_suffix(&self.file, ".part")
    }
}

/// How far an export is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Events that were read, of those in the range.
    pub(crate) read: u64,
    /// Events in the range.
    pub(crate) total: u64,
    /// Events in the archive.
    pub(crate) events: u64,
}

/// An archive that is there, and sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Built {
    /// How many events are in it.
    pub(crate) count: u64,
    /// The size of the tree that it is proved against.
    pub(crate) tree_size: u64,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// The file's SHA-256, in hexadecimal.
    pub(crate) sha256: String,
}

/// The export whose draft was left beside a file: none where there is none that can be continued.
///
/// # Errors
/// The draft's directory, where it is of other events.
pub(crate) fn draft_of(
    file: &Path,
    tenant: TenantId,
    filter: &Filter,
) -> Result<Option<(ExportId, Value)>, PathBuf> {
    let directory = draft_directory(file);
    let Ok(draft) = Draft::resume(&directory) else {
        return Ok(None);
    };
    if !draft.is_of(tenant.0, shown(filter).as_ref()) {
        return Err(directory);
    }
    let exported = draft.exported().cloned().unwrap_or_default();
    let id = exported.get("export").and_then(Value::as_str);
    let id = id.and_then(|id| id.parse().ok());
    Ok(id.map(|id| (id, exported)))
}

fn shown(filter: &Filter) -> Option<Value> {
    (!filter.is_everything()).then(|| json!(filter))
}

fn draft_directory(file: &Path) -> PathBuf {
    with_suffix(file, ".draft")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}

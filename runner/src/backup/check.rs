//! Is what came back what was signed?

use std::collections::BTreeSet;

use daybook_audit::checkpoint::{Checkpoint, CheckpointError};
use daybook_audit::note::{Note, NoteError, PublicKey};
use daybook_domain::kernel::TenantId;
use daybook_store::audit::{Held, Outside, Place};
use daybook_store::{Database, Store};
use uuid::Uuid;

use crate::failure::Failure;

/// How bad it is; the later ones outweigh the earlier, as for archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// As it was signed.
    Sound,
    /// The newest events are missing.
    Incomplete,
    /// A checkpoint is signed by no key of this database.
    WrongKey,
    /// Something is not what was sealed.
    Tampered,
}

impl Verdict {
    /// As `daybook audit verify` ends.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Tampered => 1,
            Self::Incomplete => 2,
            Self::WrongKey => 3,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Events that are what was recorded and sealed.
    pub(crate) events: u64,
    /// Of how many tenants.
    pub(crate) tenants: usize,
    /// What is not as it should be.
    pub(crate) findings: Vec<(Verdict, String)>,
}

impl Checked {
    /// The gravest.
    pub(crate) fn verdict(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|(verdict, _)| *verdict);
        verdicts.max().unwrap_or(Verdict::Sound)
    }
}

/// Reads the whole log: whether it has gaps, is what was sealed, and continues the checkpoints that
/// were kept outside of the database and those that are given; and whether its readers fit it.
///
/// # Errors
/// When the database is away, or a given checkpoint cannot be read.
pub(crate) async fn check(
    (database, store): (&Database, &Store),
    outside: &Outside,
    given: &[String],
) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    let log = database.inspect_whole_log().await?;
    if !log.is_whole() {
        let text = format!(
            "the log should end at {} with {} events, and ends at {} with {}",
            log.head, log.counted, log.last, log.found
        );
        checked.findings.push((Verdict::Tampered, text));
    }
    for reader in store.readers().await?.iter().filter(|it| it.ahead > 0) {
        let text = format!(
            "{} has read {} events more than the log has; it will stand still",
            reader.key.name, reader.ahead
        );
        checked.findings.push((Verdict::Tampered, text));
    }
    let kept = outside.tenants().map_err(Failure::failed)?;
    let in_log = store.tenants_in_log().await?;
    let tenants: BTreeSet<Uuid> = in_log.iter().chain(&kept).map(|it| it.0).collect();
    checked.tenants = tenants.len();
    for tenant in tenants.into_iter().map(TenantId) {
        let notes = outside.last(tenant).map_err(Failure::failed)?;
        let notes: Vec<String> = notes.into_iter().collect();
        hold(store, tenant, (&notes, &mut checked)).await?;
        let examined = store.examine_seal(tenant, outside).await?;
        checked.events += examined.events;
        // That the outside checkpoint does not fit was told, and in better words.
        let has_told = !checked.findings.is_empty();
        let flaw = examined.flaw;
        let flaw = flaw.filter(|flaw| matches!(flaw.place, Place::Event(_)) || !has_told);
        if let Some(flaw) = flaw {
            let text = format!("tenant {tenant}: {}", flaw.reason);
            checked.findings.push((Verdict::Tampered, text));
        }
    }
    for text in given {
        let tenant = tenant_of(text)?;
        hold(store, tenant, (std::slice::from_ref(text), &mut checked)).await?;
    }
    Ok(checked)
}

/// Holds a tenant's log against checkpoints.
async fn hold(
    store: &Store,
    tenant: TenantId,
    (notes, checked): (&[String], &mut Checked),
) -> Result<(), Failure> {
    for note in notes {
        let (verdict, text) = match store.sealed(tenant).held_against(note).await? {
            Held::Continues => continue,
            Held::Behind { .. } if is_of_another_installation(store, note).await? => (
                Verdict::WrongKey,
                "no key of this database signed the checkpoint that it is held against, and nothing \
                 of its log is here"
                    .to_owned(),
            ),
            Held::Behind { signed, sealed } => (
                Verdict::Incomplete,
                format!(
                    "{signed} events were signed, and the backup has {sealed}: it is older, and the \
                     rest is missing"
                ),
            ),
            Held::UnknownKey => (
                Verdict::WrongKey,
                "no key of this database signed the checkpoint that it is held against".to_owned(),
            ),
            Held::Broken(reason) => (Verdict::Tampered, reason),
        };
        checked
            .findings
            .push((verdict, format!("tenant {tenant}: {text}")));
    }
    Ok(())
}

/// Whether there are keys here, and none of them signed that checkpoint.
async fn is_of_another_installation(store: &Store, note: &str) -> Result<bool, Failure> {
    let Ok(note) = note.parse::<Note>() else {
        return Ok(false);
    };
    let origin = note.unverified_text().lines().next().unwrap_or_default();
    let known = store.signing_keys().await?;
    let keys = known
        .iter()
        .filter_map(|key| PublicKey::try_new(origin, &key.public).ok());
    let keys: Vec<PublicKey> = keys.collect();
    let is_unknown = matches!(
        Checkpoint::verified(&note, &keys),
        Err(CheckpointError::Note(NoteError::Unknown { .. }))
    );
    Ok(is_unknown && !keys.is_empty())
}

/// Whose log a checkpoint is of, as it says.
fn tenant_of(text: &str) -> Result<TenantId, Failure> {
    let note: Result<Note, _> = text.parse();
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::surroundings(format!(
            "a checkpoint that was given cannot be read: {error}"
        ))
    };
    let note = note.map_err(|error| unreadable(&error))?;
    let origin = note.unverified_text().lines().next().unwrap_or_default();
    let tenant = origin.rsplit('/').next().and_then(|id| id.parse().ok());
    tenant.ok_or_else(|| unreadable(&format!("it is of {origin}, which is no tenant's log")))
}

//! The reader that seals: a part of the log at a time, the trees of all its tenants together.
//!
//! One transaction reads what memory does not have of it, writes tiles and checkpoints, and moves the
//! reader's checkpoint; it holds the lease all the while, so that no two sealers ever sign. A tenant
//! whose history does not fit is stopped, and the others go on.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::Instant;

use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use thiserror::Error;

use super::feed::{Feed, Next, PAGE, alarm_at_gaps, by_tenant, is_page};
use super::halts::{self, Halt};
use super::keys::{Keyring, KeyringError};
use super::opening::{Opened, Opening};
use super::outside::Outside;
use super::page::{Page, Sealable};
use super::rows;
use super::tree::Tree;
use super::tx::SealTx;
use crate::error::StoreError;
use crate::log::Entry;
use crate::reader::Lease;
use crate::store::Store;

/// The sealer's name among the readers.
pub const READER: &str = "audit.seal";
/// Trees kept in memory; about 20 KiB each.
const TREES: usize = 4_000;
/// Trees looked at together when a sealer starts.
const CHUNK: usize = 500;

/// Sealing was interrupted; nothing was signed.
#[derive(Debug, Error)]
pub enum SealError {
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The directory with the last checkpoints cannot be read.
    #[error("the checkpoints outside of the database cannot be read: {0}")]
    Outside(#[from] io::Error),
}

/// A checkpoint that was signed, to be kept outside of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose.
    pub tenant: TenantId,
    /// The signed note.
    pub note: String,
}

/// What a step did.
#[derive(Debug)]
pub enum Step {
    /// The lease is somebody else's; nothing was done.
    Lost,
    /// It went on.
    Sealed {
        /// How far the log is read now.
        position: i64,
        /// How many events were sealed.
        events: usize,
        /// Whether there is more to seal at once.
        more: bool,
        /// What was signed, and what was signed before and is not kept outside yet.
        signed: Vec<Signed>,
        /// Tenants that were stopped.
        halted: Vec<Halt>,
    },
}

/// Grows and signs the trees of all tenants, under the lease of the reader [`READER`].
#[derive(Debug)]
pub struct Sealer {
    store: Store,
    feed: Feed,
    keyring: Keyring,
    outside: Outside,
    host: String,
    /// The epoch of the lease under which it remembers things; none after something went wrong.
    began: Option<i64>,
    trees: HashMap<TenantId, Tree>,
    /// Whether every checkpoint outside was held against the database.
    checked: bool,
}

impl Sealer {
    /// A sealer that signs new logs as `<host>/audit/<tenant>`.
    pub fn new(store: Store, keyring: Keyring, outside: Outside, host: String) -> Self {
        Self {
            feed: Feed::new(store.tail().clone()),
            store,
            keyring,
            outside,
            host,
            began: None,
            trees: HashMap::new(),
            checked: false,
        }
    }

    /// Seals what follows `from`, which the lease's checkpoint says.
    ///
    /// # Errors
    /// When the database is away, is not the one that this process appended to, or keys cannot be
    /// used. What is in memory is forgotten, and the next step begins from the database.
    pub async fn step(&mut self, lease: &Lease, from: i64) -> Result<Step, SealError> {
        let since = Instant::now();
        self.begin(lease);
        let stepped = self.try_step(lease, from).await;
        match &stepped {
            Ok(Step::Sealed { events, signed, .. }) => {
                if *events > 0 {
                    metrics::histogram!("daybook_seal_step_seconds").record(since.elapsed());
                }
                metrics::counter!("daybook_seal_events_total").increment(count(*events));
                metrics::counter!("daybook_seal_checkpoints_total").increment(count(signed.len()));
            }
            Ok(Step::Lost) | Err(_) => {
                self.began = None;
                self.trees.clear();
            }
        }
        stepped
    }

    /// Under another lease, or after something went wrong, what is in memory is as good as unknown:
    /// others may have sealed meanwhile, and a step may have been cut short.
    fn begin(&mut self, lease: &Lease) {
        if self.began != Some(lease.epoch) {
            self.began = Some(lease.epoch);
            self.feed.begin();
            self.trees.clear();
            self.checked = false;
        }
    }

    async fn try_step(&mut self, lease: &Lease, from: i64) -> Result<Step, SealError> {
        let now = self.store.now();
        let mut tx = self.store.seal_tx().await?;
        if !tx.hold(lease, from).await? {
            return Ok(Step::Lost);
        }
        self.keyring.refresh(tx.connection(), now).await?;
        let mut page = Page::new(now);
        let (stopped, resumed) = look_at_halts(tx.connection()).await?;
        if !self.checked {
            self.check_outside(&mut tx, (&stopped, &resumed), &mut page)
                .await?;
        }
        let Next { entries, mut more } = self.feed.next(tx.connection(), from).await?;
        let to = entries.last().map_or(from, Entry::log_position);
        alarm_at_gaps(from, &entries);
        let mut work = by_tenant(entries);
        work.retain(|(tenant, _)| {
            !stopped.contains(tenant) && !resumed.contains(tenant) && !page.has_halted(*tenant)
        });
        let tenants: Vec<TenantId> = work.iter().map(|(tenant, _)| *tenant).collect();
        self.open(tx.connection(), &tenants, &mut page).await?;
        for (tenant, entries) in work {
            self.seal(tenant, &entries, &mut page)?;
            // Thousands of hashes in a row would hold up whoever shares the thread: those who append.
            tokio::task::yield_now().await;
        }
        for tenant in resumed {
            more |= self.catch_up(&mut tx, (tenant, to), &mut page).await?;
        }
        if to == from && page.is_empty() {
            return Ok(page.into_step(from, false));
        }
        page.write(tx.connection()).await?;
        if !tx.advance(lease, from, to).await? {
            return Ok(Step::Lost);
        }
        tx.commit().await?;
        self.forget_idle(&tenants);
        Ok(page.into_step(to, more))
    }

    /// Holds every checkpoint outside against the database, of tenants without news too.
    async fn check_outside(
        &mut self,
        tx: &mut SealTx,
        (stopped, resumed): (&HashSet<TenantId>, &[TenantId]),
        page: &mut Page,
    ) -> Result<(), SealError> {
        let mut tenants = self.outside.tenants()?;
        tenants.retain(|tenant| !stopped.contains(tenant) && !resumed.contains(tenant));
        for tenants in tenants.chunks(CHUNK) {
            self.open(tx.connection(), tenants, page).await?;
            self.forget_idle(&[]);
        }
        self.checked = true;
        Ok(())
    }

    /// Makes sure that the trees of these tenants are in memory, and are what the database has.
    async fn open(
        &mut self,
        connection: &mut PgConnection,
        tenants: &[TenantId],
        page: &mut Page,
    ) -> Result<(), SealError> {
        let last = rows::last_checkpoints(connection, tenants).await?;
        let mut unknown = Vec::new();
        for tenant in tenants {
            let Some(tree) = self.trees.get(tenant) else {
                unknown.push(*tenant);
                continue;
            };
            let stored = last.get(tenant);
            let (size, root) = stored.map_or((0, [].as_slice()), |it| (it.size, &it.root));
            let same = size == tree.signed.size && (size == 0 || root == tree.signed.root);
            if !same {
                let reason = format!(
                    "{} events were signed last, and the database has a checkpoint of {size}: it \
                     was restored or changed while this process ran",
                    tree.signed.size
                );
                page.halt(*tenant, tree.signed.size, reason);
                self.trees.remove(tenant);
            }
        }
        let opening = Opening {
            known: self.keyring.known(),
            outside: &self.outside,
            host: &self.host,
        };
        for (tenant, opened) in opening.open(connection, &unknown, &last).await? {
            match opened {
                Ok(Opened { tree, behind }) => {
                    page.keep(tenant, behind);
                    self.trees.insert(tenant, tree);
                }
                Err(flaw) => {
                    let size = last.get(&tenant).map_or(0, |stored| stored.size);
                    page.halt(tenant, size, flaw.reason);
                }
            }
        }
        Ok(())
    }

    /// Seals a tenant's next events.
    fn seal(
        &mut self,
        tenant: TenantId,
        entries: &[Entry],
        page: &mut Page,
    ) -> Result<(), SealError> {
        let Some(tree) = self.trees.get_mut(&tenant) else {
            // It was halted when it was opened.
            return Ok(());
        };
        let keys = self.keyring.signing();
        if !tree.signs_with(&keys) {
            let signers = self.keyring.signers(&tree.origin);
            tree.sign_with(keys, signers.map_err(KeyringError::from)?);
        }
        let Sealable {
            leaves,
            events,
            flaw,
        } = Sealable::of(tree.signed.size, entries);
        let sealed = tree.signed.size + count(leaves.len());
        page.count(leaves.len());
        if !leaves.is_empty() {
            let grown = tree.grow(leaves).and_then(|grown| {
                let note = tree.sign(grown.head).map_err(|error| error.to_string())?;
                Ok((grown, note.to_string()))
            });
            match grown {
                Ok(signed) => page.sign(tenant, signed, &events),
                Err(reason) => {
                    page.halt(tenant, tree.signed.size, reason);
                    self.trees.remove(&tenant);
                    return Ok(());
                }
            }
        }
        if let Some(reason) = flaw {
            page.halt(tenant, sealed, reason);
            self.trees.remove(&tenant);
        }
        Ok(())
    }

    /// Seals what piled up of a tenant that an operator let go on. `true`: there is more.
    async fn catch_up(
        &mut self,
        tx: &mut SealTx,
        (tenant, until): (TenantId, i64),
        page: &mut Page,
    ) -> Result<bool, SealError> {
        self.trees.remove(&tenant);
        self.open(tx.connection(), &[tenant], page).await?;
        let Some(tree) = self.trees.get(&tenant) else {
            return Ok(false);
        };
        let next = (tenant, tree.signed.size + 1);
        let records = rows::events_from(tx.connection(), next, until, PAGE).await?;
        let more = is_page(records.len());
        let entries: Vec<Entry> = records.into_iter().map(Entry::read).collect();
        self.seal(tenant, &entries, page)?;
        if !more && !page.has_halted(tenant) {
            page.resumed(tenant);
        }
        Ok(more)
    }

    /// Bounds the memory: trees of tenants without news go first.
    fn forget_idle(&mut self, busy: &[TenantId]) {
        if self.trees.len() > TREES {
            let busy: HashSet<_> = busy.iter().collect();
            self.trees.retain(|tenant, _| busy.contains(tenant));
        }
    }
}

/// Tenants that are stopped, and those that may go on.
async fn look_at_halts(
    connection: &mut PgConnection,
) -> Result<(HashSet<TenantId>, Vec<TenantId>), StoreError> {
    let (mut stopped, mut resumed) = (HashSet::new(), Vec::new());
    for halt in halts::read(connection).await? {
        if halt.resume {
            resumed.push(halt.tenant);
        } else {
            stopped.insert(halt.tenant);
        }
    }
    metrics::gauge!("daybook_seal_halted_tenants")
        .set(u32::try_from(stopped.len()).unwrap_or(u32::MAX));
    Ok((stopped, resumed))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

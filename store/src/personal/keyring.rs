//! The keys this process holds, and the way to those it does not.
//!
//! Who begins a stream about somebody draws a key for them, and the append keeps it. Otherwise many
//! callers may need keys at once: who writes about somebody whose key is not held hands a wish to one
//! task, which finds all keys that are wished for, and makes those that there are not. Keys stay in
//! memory, bounded; so does that one was destroyed, which no key that somebody read just before can
//! displace.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use daybook_domain::kernel::TenantId;
use quick_cache::sync::GuardResult;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::key::{DataKey, NewKey, Owner};
use super::seal::HeldKeys;
use super::table::{self, KeyRow};
use crate::error::{Refused, StoreError};
use crate::recent::{Recent, recent};
use crate::tenant_tx::begin_whole;
use crate::vault::{MasterKey, VaultError};

/// Keys held in memory.
const HELD: u64 = 200_000;
/// Wishes that wait for the task.
const QUEUE: usize = 4_096;
/// Wishes granted at once.
const BATCH: usize = 1_000;
/// Keys looked up at once.
const LOOKED_UP: usize = 5_000;

/// The code of the refusal to write something personal about somebody who was erased.
pub const SUBJECT_ERASED: &str = "SUBJECT_ERASED";

/// The keys of data subjects. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SubjectKeys {
    pool: PgPool,
    master: Arc<MasterKey>,
    held: Recent<Owner, Held>,
    wishes: mpsc::Sender<Wish>,
}

#[derive(Debug, Clone)]
enum Held {
    Key(Arc<DataKey>),
    Destroyed,
}

/// Keys to write with.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeysToWrite {
    pub(crate) keys: HeldKeys,
    /// Those of them that are kept nowhere yet: what is sealed under them is appended with them.
    pub(crate) new: Vec<NewKey>,
}

/// What is known of a key.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Key(Arc<DataKey>),
    /// Its owner was erased.
    Destroyed,
    /// There never was one, or it is not what was kept.
    Missing,
}

struct Wish {
    owners: Vec<Owner>,
    granted: oneshot::Sender<Result<Vec<Held>, String>>,
}

/// Why there are no keys to write with.
#[derive(Debug)]
pub(crate) enum NoKey {
    /// That data subject was erased.
    Erased,
    /// The database is away, or has another master key.
    Store(StoreError),
}

impl NoKey {
    fn undrawn(error: VaultError) -> Self {
        Self::Store(StoreError::Broken(error.to_string()))
    }

    /// What a client is told who writes about somebody who was erased.
    pub(crate) fn refused() -> Refused {
        Refused {
            code: SUBJECT_ERASED,
            message: "the person this is about was erased, and nothing personal can be written \
                      about them any more; leave it out"
                .to_owned(),
            field: "",
        }
    }
}

impl fmt::Debug for SubjectKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKeys")
            .field("held", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl SubjectKeys {
    /// The handle, and the task that makes keys; it ends when all handles are gone.
    pub(crate) fn new(pool: PgPool, master: MasterKey) -> (Self, impl Future<Output = ()> + Send) {
        let (wishes, waiting) = mpsc::channel(QUEUE);
        let keys = Self {
            pool,
            master: Arc::new(master),
            held: recent(HELD),
            wishes,
        };
        let maker = Maker {
            pool: keys.pool.clone(),
            master: keys.master.clone(),
            held: keys.held.clone(),
        };
        (keys, maker.run(waiting))
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The keys to write about these people with; made where there are none. Of those who are `begun`
    /// by what is written they are drawn and nothing more: the append keeps them, unless there is one
    /// after all, and [`Self::confirm`] is to be told once it did.
    pub(crate) async fn to_write(
        &self,
        tenant: TenantId,
        subjects: &[Uuid],
        begun: &[Uuid],
    ) -> Result<KeysToWrite, NoKey> {
        let mut keys = Vec::with_capacity(subjects.len());
        let (mut new, mut wished) = (Vec::new(), Vec::new());
        for subject in subjects {
            match self.held.get(&(tenant, *subject)) {
                Some(Held::Key(key)) => keys.push((*subject, key)),
                Some(Held::Destroyed) => return Err(NoKey::Erased),
                None if begun.contains(subject) => {
                    let drawn = DataKey::draw(&self.master, (tenant, *subject));
                    let (key, kept) = drawn.map_err(NoKey::undrawn)?;
                    keys.push((*subject, Arc::new(key)));
                    new.push(kept);
                }
                None => wished.push(*subject),
            }
        }
        if !wished.is_empty() {
            for (subject, held) in wished.iter().zip(self.wish(tenant, &wished).await?) {
                match held {
                    Held::Key(key) => keys.push((*subject, key)),
                    Held::Destroyed => return Err(NoKey::Erased),
                }
            }
        }
        keys.sort_unstable_by_key(|(subject, _)| *subject);
        let keys = keys.into();
        Ok(KeysToWrite { keys, new })
    }

    /// The key of that owner, if it is in memory.
    pub(super) fn held(&self, owner: &Owner) -> Option<Arc<DataKey>> {
        match self.held.get(owner)? {
            Held::Key(key) => Some(key),
            Held::Destroyed => None,
        }
    }

    /// Remembers keys that were kept by an append.
    pub(crate) fn confirm(&self, keys: &KeysToWrite) {
        for new in &keys.new {
            let (_, subject) = new.owner;
            if let Some((_, key)) = keys.keys.iter().find(|(of, _)| *of == subject) {
                keep(&self.held, new.owner, Held::Key(key.clone()));
            }
        }
    }

    async fn wish(&self, tenant: TenantId, subjects: &[Uuid]) -> Result<Vec<Held>, NoKey> {
        let (granted, answer) = oneshot::channel();
        let owners = subjects.iter().map(|subject| (tenant, *subject)).collect();
        let wish = Wish { owners, granted };
        let shut = || {
            NoKey::Store(StoreError::Unavailable(
                "the log is shutting down".to_owned(),
            ))
        };
        self.wishes.send(wish).await.map_err(|_| shut())?;
        let held = answer.await.map_err(|_| shut())?;
        held.map_err(|reason| NoKey::Store(StoreError::Unavailable(reason)))
    }

    /// The keys of these owners.
    pub(super) async fn find(
        &self,
        owners: impl IntoIterator<Item = Owner>,
    ) -> Result<HashMap<Owner, Found>, StoreError> {
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        for owner in owners {
            match self.held.get(&owner) {
                Some(held) => drop(found.insert(owner, held.into())),
                None => unknown.push(owner),
            }
        }
        unknown.sort_unstable();
        for some in unknown.chunks(LOOKED_UP) {
            found.extend(some.iter().map(|owner| (*owner, Found::Missing)));
            for row in table::find(&self.pool, some).await? {
                let owner = row.owner;
                let Some(held) = held_of(&self.master, &row).map_err(StoreError::Unavailable)?
                else {
                    continue;
                };
                found.insert(owner, keep(&self.held, owner, held).into());
            }
        }
        Ok(found)
    }

    /// Forgets a key for good.
    pub(crate) fn forget(&self, owner: Owner) {
        self.held.insert(owner, Held::Destroyed);
    }
}

impl From<Held> for Found {
    fn from(held: Held) -> Self {
        match held {
            Held::Key(key) => Self::Key(key),
            Held::Destroyed => Self::Destroyed,
        }
    }
}

/// Remembers what was read; that a key was destroyed meanwhile stands.
fn keep(held: &Recent<Owner, Held>, owner: Owner, read: Held) -> Held {
    match read {
        Held::Destroyed => {
            held.insert(owner, Held::Destroyed);
            Held::Destroyed
        }
        key @ Held::Key(_) => match held.get_value_or_guard(&owner, None) {
            GuardResult::Value(already) => already,
            GuardResult::Guard(place) => match place.insert(key.clone()) {
                Ok(()) => key,
                // It was forgotten at this very moment.
                Err(_) => held.get(&owner).unwrap_or(Held::Destroyed),
            },
            // Nobody waits for more than an insert, however long.
            GuardResult::Timeout => key,
        },
    }
}

/// What a row holds; `None` when it is not what was kept there. The text says why a key cannot be
/// opened that may be as it should.
fn held_of(master: &MasterKey, row: &KeyRow) -> Result<Option<Held>, String> {
    let (Some(sealed), Some(key_id), Some(master_id)) = (&row.sealed, row.key_id, &row.master_id)
    else {
        return Ok(Some(Held::Destroyed));
    };
    if !master.opens(master_id) {
        return Err(
            "a data subject's key is wrapped under another master key than this process has"
                .to_owned(),
        );
    }
    match DataKey::unwrap(master, row.owner, (key_id, sealed)) {
        Ok(key) => Ok(Some(Held::Key(Arc::new(key)))),
        Err(_) => {
            let (tenant, subject) = row.owner;
            tracing::error!(%tenant, %subject, "a data subject's key is damaged");
            Ok(None)
        }
    }
}

/// Makes keys.
struct Maker {
    pool: PgPool,
    master: Arc<MasterKey>,
    held: Recent<Owner, Held>,
}

impl Maker {
    async fn run(self, mut wishes: mpsc::Receiver<Wish>) {
        let mut waiting = Vec::new();
        while wishes.recv_many(&mut waiting, BATCH).await > 0 {
            let owners = waiting.iter().flat_map(|wish| wish.owners.iter().copied());
            let made = self.make(owners.collect()).await;
            for wish in waiting.drain(..) {
                let granted = made.as_ref().map_err(Clone::clone).and_then(|made| {
                    let held = wish.owners.iter().map(|owner| made.get(owner).cloned());
                    let damaged = || "a data subject's key is damaged".to_owned();
                    held.collect::<Option<Vec<Held>>>().ok_or_else(damaged)
                });
                // Who asked may have gone.
                drop(wish.granted.send(granted));
            }
        }
    }

    /// The keys of these owners, made where there are none.
    async fn make(&self, owners: Vec<Owner>) -> Result<HashMap<Owner, Held>, String> {
        let mut there = HashMap::new();
        let owners = owners.into_iter().collect();
        let missing = self.look_up(owners, &mut there).await?;
        if missing.is_empty() {
            return Ok(there);
        }
        let keys = missing.iter().map(|owner| {
            let (_, new) = DataKey::draw(&self.master, *owner)?;
            Ok::<_, VaultError>(new)
        });
        let keys: Result<Vec<NewKey>, VaultError> = keys.collect();
        let keys = keys.map_err(|error| error.to_string())?;
        if !self.try_make(&keys).await? {
            self.admit().await?;
            if !self.try_make(&keys).await? {
                return Err(
                    "the master key was replaced; start this process with the new one".to_owned(),
                );
            }
        }
        // Another process may have been faster.
        self.look_up(missing, &mut there).await?;
        Ok(there)
    }

    /// Adds the keys that are kept; returns who has none.
    async fn look_up(
        &self,
        owners: BTreeSet<Owner>,
        there: &mut HashMap<Owner, Held>,
    ) -> Result<BTreeSet<Owner>, String> {
        let asked: Vec<Owner> = owners.iter().copied().collect();
        let rows = table::find(&self.pool, &asked).await;
        let mut missing = owners;
        for row in rows.map_err(|error| error.to_string())? {
            missing.remove(&row.owner);
            if let Some(held) = held_of(&self.master, &row)? {
                there.insert(row.owner, keep(&self.held, row.owner, held));
            }
        }
        Ok(missing)
    }

    async fn try_make(&self, keys: &[NewKey]) -> Result<bool, String> {
        let made = table::make(&self.pool, keys, self.master.id()).await;
        made.map_err(|error| error.to_string())
    }

    /// Has the master key entered, the first time keys are made under it.
    async fn admit(&self) -> Result<(), String> {
        let admit = async {
            let mut tx = begin_whole(&self.pool, "begin".to_owned()).await?;
            let admitted = table::admit_master(&mut tx, &self.master).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(admitted)
        };
        match admit.await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let wrong = "this database's keys are wrapped under another master key than this \
                             process has";
                Err(wrong.to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

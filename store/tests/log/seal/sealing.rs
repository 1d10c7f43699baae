//! A sealer at work on a database, driven by hand.

use daybook_audit::note::PublicKey;
use daybook_audit::tile::Tile;
use daybook_domain::kernel::TenantId;
use daybook_store::audit::{Halt, Keyring, Outside, READER, SealError, Sealer, Step};
use daybook_store::reader::{Lease, ReaderKey};
use daybook_store::vault::MasterKey;
use daybook_store::{HistoryFilter, Store, leaf_of};
use sqlx::{Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::account::{Deposit, Open};
use crate::world::{World, id, run, tenant};

/// The master key of most tests.
pub(super) fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

pub(super) struct Sealing {
    pub(super) world: World,
    pub(super) store: Store,
    pub(super) directory: TempDir,
    sealer: Sealer,
    lease: Lease,
    position: i64,
}

impl Sealing {
    pub(super) async fn begin() -> Self {
        Self::on(World::new().await, tempfile::tempdir().unwrap()).await
    }

    pub(super) async fn on(world: World, directory: TempDir) -> Self {
        let store = world.store().await;
        let keyring = Keyring::open(&store, master()).await.unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        let sealer = Sealer::new(store.clone(), keyring, outside, "books.example".into());
        let lease = take(&store).await;
        Self {
            position: lease.log_position,
            world,
            store,
            directory,
            sealer,
            lease,
        }
    }

    /// The same database and directory, as another process comes to them.
    pub(super) async fn again(self) -> Self {
        self.leave().await;
        Self::on(self.world, self.directory).await
    }

    /// Ends as a process does that is told to.
    pub(super) async fn leave(&self) {
        self.store.release_lease(&self.lease).await.unwrap();
        self.store.close().await;
    }

    pub(super) fn outside(&self) -> Outside {
        Outside::at(self.directory.path()).unwrap()
    }

    /// Seals all there is and keeps it outside; who was stopped.
    pub(super) async fn seal(&mut self) -> Vec<Halt> {
        self.seal_all().await.1
    }

    /// Seals all there is and keeps it outside; how many events, and who was stopped.
    pub(super) async fn seal_all(&mut self) -> (usize, Vec<Halt>) {
        let (mut sealed, mut stopped) = (0, Vec::new());
        loop {
            let step = self.sealer.step(&self.lease, self.position).await.unwrap();
            let Step::Sealed {
                position,
                events,
                more,
                signed,
                halted,
            } = step
            else {
                panic!("the lease was lost");
            };
            self.position = position;
            let notes = signed.iter().map(|it| (it.tenant, it.note.as_str()));
            self.outside().keep(notes).unwrap();
            sealed += events;
            stopped.extend(halted);
            if !more {
                return (sealed, stopped);
            }
        }
    }

    /// One step, whatever comes of it.
    pub(super) async fn step(&mut self) -> Result<Step, SealError> {
        self.sealer.step(&self.lease, self.position).await
    }

    /// Has whoever holds the lease been silent for so long that another process may take over.
    pub(super) async fn silence(&self) {
        let silent = "update daybook.readers set heartbeat_at = now() - interval '1 minute'";
        self.attack(silent).await;
    }

    /// Takes the lease from whoever has it.
    pub(super) async fn take_over(&mut self) {
        self.silence().await;
        self.lease = take(&self.store).await;
        self.position = self.lease.log_position;
    }

    /// A tenant with an account and some deposits: `events` events.
    pub(super) async fn business(&self, events: usize) -> (TenantId, Uuid) {
        let (tenant, account) = (tenant(), id());
        run(&self.store, tenant, account, Open::default())
            .await
            .unwrap();
        self.deposit((tenant, account), events - 1).await;
        (tenant, account)
    }

    pub(super) async fn deposit(&self, (tenant, account): (TenantId, Uuid), events: usize) {
        for _ in 0..events {
            run(&self.store, tenant, account, Deposit(1)).await.unwrap();
        }
    }

    /// Does what only a superuser can, past every rule of ours.
    pub(super) async fn attack(&self, sql: &str) {
        let mut admin = self.world.administrator().await;
        attack(&mut admin, sql).await;
    }

    /// Makes an event say something else, and its leaf hash fit that, as if it had been appended so.
    pub(super) async fn forge(&self, tenant: TenantId, position: i64) {
        let which = format!("where tenant_id = '{tenant}' and position = {position}");
        self.attack(&format!(
            "update daybook.events set payload = '{{}}' {which}"
        ))
        .await;
        let filter = HistoryFilter::default();
        let page = self.store.history(tenant, position - 1, &filter, 1);
        let forged = page.await.unwrap().events.remove(0);
        let mut leaf = vec![0];
        leaf.extend(leaf_of(&forged));
        let leaf = hex::encode(leaf);
        self.attack(&format!(
            "update daybook.events set leaf_hash = sha256('\\x{leaf}') {which}"
        ))
        .await;
    }

    /// How many of a tenant's events are sealed.
    pub(super) async fn size(&self, tenant: TenantId) -> u64 {
        let last = self.store.sealed(tenant).checkpoint(None).await.unwrap();
        last.map_or(0, |last| last.head.size)
    }

    /// The sealed leaf hashes of a tenant with less than a tile of events.
    pub(super) async fn leaves(&self, tenant: TenantId) -> Vec<Vec<u8>> {
        let width = u16::try_from(self.size(tenant).await).unwrap();
        let tile = Tile::try_new(0, 0, width).unwrap();
        let hashes = self.store.sealed(tenant).tile(tile).await.unwrap().unwrap();
        hashes.chunks(32).map(<[u8]>::to_vec).collect()
    }

    /// The keys as the tenant's auditor gets them.
    pub(super) async fn keys(&self, tenant: TenantId) -> Vec<PublicKey> {
        self.store.sealed(tenant).keys().await.unwrap()
    }

    /// Which position is the first that does not fit or is missing, and why; none when all is well.
    pub(super) async fn flaw(&self, tenant: TenantId) -> Option<(Option<u64>, String)> {
        let outside = self.outside();
        let examined = self.store.examine_seal(tenant, &outside).await.unwrap();
        examined
            .flaw
            .map(|flaw| (flaw.place.position(), flaw.reason))
    }
}

pub(super) async fn attack(admin: &mut PgConnection, sql: &str) {
    let sql = format!("set session_replication_role = replica; {sql}");
    if let Err(error) = admin.execute(sql.as_str()).await {
        panic!("{sql}: {error}");
    }
}

pub(super) async fn take(store: &Store) -> Lease {
    store.register_reader(READER, 1).await.unwrap();
    let key = ReaderKey {
        name: READER.to_owned(),
        generation: 1,
    };
    loop {
        if let Some(lease) = store.take_lease(&key, id()).await.unwrap() {
            return lease;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

pub(super) fn origin(tenant: TenantId) -> String {
    format!("books.example/audit/{tenant}")
}

//! A sealer at work on a database, driven by hand.

use daybook_audit::note::PublicKey;
use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use daybook_store::audit::{Halt, Keyring, Outside, READER, Sealer, Step};
use daybook_store::reader::{Lease, ReaderKey};
use daybook_store::vault::MasterKey;
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
        let mut stopped = Vec::new();
        loop {
            let step = self.sealer.step(&self.lease, self.position).await.unwrap();
            let Step::Sealed {
                position,
                more,
                signed,
                halted,
                ..
            } = step
            else {
                panic!("the lease was lost");
            };
            self.position = position;
            let notes = signed.iter().map(|it| (it.tenant, it.note.as_str()));
            self.outside().keep(notes).unwrap();
            stopped.extend(halted);
            if !more {
                return stopped;
            }
        }
    }

    /// One step, whatever comes of it.
    pub(super) async fn step(&mut self) -> Step {
        self.sealer.step(&self.lease, self.position).await.unwrap()
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

    /// The keys as the tenant's auditor gets them.
    pub(super) async fn keys(&self, tenant: TenantId) -> Vec<PublicKey> {
        self.store.sealed(tenant).keys().await.unwrap()
    }

    /// Which position does not fit, and why; none when all is well.
    pub(super) async fn flaw(&self, tenant: TenantId) -> Option<(Option<u64>, String)> {
        let outside = self.outside();
        let examined = self.store.examine_seal(tenant, &outside).await.unwrap();
        examined.flaw.map(|flaw| (flaw.position, flaw.reason))
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

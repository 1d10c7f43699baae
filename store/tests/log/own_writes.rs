//! Does who was told of a version read that version or a later one?

use daybook_domain::kernel::TenantId;
use daybook_store::{ExecuteError, Store, StoreOptions};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::account::{Account, Deposit, Open};
use crate::world::{OPTIONS, World, id, run, run_as, tenant};

/// So few places in memory that states come and go all the time.
fn crowded() -> StoreOptions {
    StoreOptions {
        cached: 6,
        ..OPTIONS
    }
}

const ACCOUNTS: usize = 24;
const DEPOSITS: usize = 20;

/// Accounts of one tenant, and the stores that all write to them.
#[derive(Clone)]
struct Bank {
    stores: [Store; 2],
    tenant: TenantId,
    accounts: Vec<Uuid>,
}

impl Bank {
    async fn new(world: &World) -> Self {
        let open = async |options| Store::open(&world.database, options).await.unwrap();
        let stores = [open(OPTIONS).await, open(crowded()).await];
        let (tenant, accounts) = (tenant(), (0..ACCOUNTS).map(|_| id()).collect());
        let bank = Self {
            stores,
            tenant,
            accounts,
        };
        for account in &bank.accounts {
            let opened = run(&bank.stores[0], tenant, *account, Open::default()).await;
            opened.unwrap();
        }
        bank
    }

    async fn version(&self, store: &Store, account: Uuid) -> i64 {
        let loaded = store.load::<Account>(self.tenant, account).await.unwrap();
        let deposits = loaded.version - 1;
        assert_eq!(
            loaded.state.balance, deposits,
            "the state is of its version"
        );
        loaded.version
    }

    /// Deposits, each followed by a look at what it left.
    async fn deposit(&self, n: usize) -> usize {
        let store = &self.stores[n % 2];
        let mut made = 0;
        for round in 0..DEPOSITS {
            let account = self.accounts[(n * 7 + round * n) % ACCOUNTS];
            let command = id();
            match run_as(store, (self.tenant, account), command, Deposit(1)).await {
                Ok(receipt) => {
                    made += 1;
                    let read = self.version(store, account).await;
                    assert!(
                        receipt.version <= read,
                        "told {}, read {read}",
                        receipt.version
                    );
                    self.repeat((account, command), (n + 1, receipt.version))
                        .await;
                }
                // Too many wrote to it; nothing was left.
                Err(ExecuteError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        made
    }

    /// The same command by way of the other process, which had no part in it.
    async fn repeat(&self, (account, command): (Uuid, Uuid), (n, version): (usize, i64)) {
        let store = &self.stores[n % 2];
        let repeat = run_as(store, (self.tenant, account), command, Deposit(1)).await;
        assert!(repeat.unwrap().replayed);
        let read = self.version(store, account).await;
        assert!(version <= read, "told {version}, read {read}");
    }

    /// Reads all accounts until it is stopped; of each, time only goes forward.
    async fn read(&self, n: usize, stop: CancellationToken) {
        let store = &self.stores[n % 2];
        let mut seen = [0; ACCOUNTS];
        while !stop.is_cancelled() {
            for (seen, account) in seen.iter_mut().zip(&self.accounts) {
                let version = self.version(store, *account).await;
                assert!(*seen <= version, "read {seen}, then {version}");
                *seen = version;
            }
            // What comes from memory waits for nothing.
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_told_of_a_version_never_reads_an_older_one() {
    let world = World::new().await;
    let bank = Bank::new(&world).await;
    let stop = CancellationToken::new();
    let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
    for n in 0..16 {
        let bank = bank.clone();
        writers.spawn(async move { bank.deposit(n).await });
    }
    for n in 0..4 {
        let (bank, stop) = (bank.clone(), stop.clone());
        readers.spawn(async move { bank.read(n, stop).await });
    }
    let made: usize = writers.join_all().await.iter().sum();
    stop.cancel();
    readers.join_all().await;
    assert_eq!(world.log().await.len(), ACCOUNTS + made);
}

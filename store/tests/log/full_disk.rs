//! What is left when the disk is full, and does it go on when there is room again?

use std::fs;
use std::path::Path;
use std::process::Command;

use daybook_postgres::{Cluster, Options, Surroundings};
use daybook_store::{Database, ExecuteError, StoreError};
use sqlx::{Connection, Executor, PgConnection};

use crate::deliberate::{assert_whole, attempt, insist};
use crate::world::{World, tenant};

/// Room for a fresh cluster and a few segments of its journal.
const SIZE: &str = "size=112m,mode=0755";

/// A small file system of its own, gone with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None when this machine does not let us mount one.
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(directory.path())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(directory))
    }

    /// Takes all room that is left.
    fn fill(&self) -> std::path::PathBuf {
        let ballast = self.0.path().join("ballast");
        let size = 4 << 10;
        let mut file = fs::File::create(&ballast).unwrap();
        while std::io::Write::write_all(&mut file, &vec![1; size]).is_ok() {}
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration to take PATH from"
)]
fn start(home: &Path) -> Cluster {
    let surroundings = Surroundings::of_this_machine(std::env::var_os("PATH"));
    Cluster::attach_or_start(Options::new(home, surroundings), &|_| ()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_leaves_nothing_half_there() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a small tmpfs needs root");
        return;
    };
    let home = disk.0.path().join("home");
    let mut cluster = tokio::task::spawn_blocking(move || start(&home))
        .await
        .unwrap();
    assert!(
        cluster.data().starts_with(disk.0.path()),
        "the data is not on the small disk"
    );
    let mut admin = PgConnection::connect(&cluster.url("postgres"))
        .await
        .unwrap();
    admin.execute("create database small").await.unwrap();
    let url = cluster.url("small");
    let database = Database::from_url(&url).unwrap();
    database.migrate().await.unwrap();
    let world = World { database, url };
    let store = world.store().await;
    let tenant = tenant();
    let mut went = Vec::new();
    for n in 0..20 {
        went.push(insist(&store, tenant, (0, n)).await);
    }
    // The server takes the rest of its journal's segment first; then nothing fits any more.
    let ballast = disk.fill();
    let mut n = 20;
    let error = loop {
        match attempt(&store, tenant, (0, n)).await {
            Ok(receipt) => went.push((&receipt).into()),
            Err(error) => break error,
        }
        n += 1;
        assert!(n < 100_000, "the disk does not fill");
    };
    assert!(
        matches!(&error, ExecuteError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    println!("told after {n} commands: {error}");
    fs::remove_file(ballast).unwrap();
    tokio::task::block_in_place(|| cluster.revive(&|_| ())).unwrap();
    let log = world.log().await;
    assert_whole(&log, tenant, &went);
    went.push(insist(&store, tenant, (0, n)).await);
    went.push(insist(&store, tenant, (0, n + 1)).await);
    for again in [0, 19, n - 1, n] {
        went.push(insist(&store, tenant, (0, again)).await);
    }
    let log = world.log().await;
    assert_eq!(log.len(), 2 * (n + 2));
    assert_whole(&log, tenant, &went);
    store.close().await;
}

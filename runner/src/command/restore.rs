//! `daybook restore`: a backup comes back, and is held against what was signed.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use daybook_store::audit::Outside;
use daybook_store::vault::{KEY, MasterKey};
use daybook_store::{Database, Store, StoreOptions};

use super::run::Given;
use crate::app::lock_data;
use crate::backup::{Checked, Manifest, Restore, Verdict, check, put_back};
use crate::clock;
use crate::config::Config;
use crate::console::Console;
use crate::failure::Failure;
use crate::react::seal;

/// Restores a backup into an empty database, with PostgreSQL's own `pg_restore`, reads all of it and
/// holds it against the checkpoints that were kept outside. What is in the data directory already
/// (checkpoints, the master key) is newer than the backup, and stays; erasures that the journal there
/// does not have are added to it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 restored and sound, 1 restored, and something is not what was signed (or it failed),
2 restored, and what was signed last is missing (or wrong usage, a database that is not empty),
3 restored, and a checkpoint is signed by no key of it. The text says which.")]
pub(super) struct Back {
    /// The directory or the file of a backup
    #[arg(value_name = "DIRECTORY|FILE.tar")]
    from: PathBuf,
    /// A checkpoint that was kept elsewhere, to hold the backup against; several are possible
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

impl Back {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let since = Instant::now();
        let mut lock = lock_data(&given.config.data.directory)?;
        lock.note("daybook restore");
        let kept = self.checkpoints.iter().map(|file| {
            let text = fs::read_to_string(file);
            text.map_err(|error| Failure::surroundings(format!("{}: {error}", file.display())))
        });
        let kept = kept.collect::<Result<Vec<_>, _>>()?;
        let restore = Restore { from: self.from };
        let (config, console) = (&given.config, &given.console);
        let (manifest, checked) = given
            .with_database(|database| async move {
                let manifest = put_back(config, (&database, console), &restore).await?;
                let checked = verified((config, console), &database, &kept).await?;
                Ok((manifest, checked))
            })
            .await?;
        let took = since.elapsed().as_millis();
        told(&manifest, &checked, took).map(|text| given.console.result(text))
    }
}

async fn verified(
    (config, console): (&Config, &Console),
    database: &Database,
    kept: &[String],
) -> Result<Checked, Failure> {
    let applied = database.migrate().await?;
    if !applied.is_empty() {
        console.step(format!("applied {} migrations", applied.len()));
    }
    console.step("checking every event");
    let outside = Outside::at(&config.audit.checkpoints);
    let outside = outside.map_err(|error| {
        Failure::surroundings(format!("{}: {error}", config.audit.checkpoints.display()))
    })?;
    // What is sealed is checked as it is: no key is needed for that.
    let master = seal::master_key_as_it_is(&config.audit);
    let options = StoreOptions {
        connections: 2,
        queue: 1,
        cached: 0,
        clock: clock::system,
        master: master.unwrap_or(MasterKey::new([0; KEY])),
    };
    let store = Store::open(database, options).await?;
    let checked = check((database, &store), &outside, kept).await;
    store.close().await;
    checked
}

fn told(manifest: &Manifest, checked: &Checked, took: u128) -> Result<String, Failure> {
    let taken = manifest.taken_at.format("%Y-%m-%d %H:%M:%S");
    let what = format!(
        "restored the backup of {taken} UTC in {took} ms: {} events of {} tenants",
        checked.events, checked.tenants
    );
    let verdict = checked.verdict();
    let advice = match verdict {
        Verdict::Sound => {
            return Ok(format!(
                "{what} are what was recorded and sealed; start `daybook up`"
            ));
        }
        Verdict::Incomplete => {
            "restore a newer backup if there is one; else sealing stops for these tenants until \
             `daybook audit resume TENANT --give-up-history` says that the rest is lost"
        }
        Verdict::WrongKey => "make sure that backup and checkpoint are of one installation",
        Verdict::Tampered => {
            "do not serve from it: `daybook audit check` says more, another backup may be sound"
        }
    };
    let texts: Vec<&str> = checked
        .findings
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    Err(Failure::found(
        verdict.exit_code(),
        format!("{what}\n{}\n{advice}", texts.join("\n")),
    ))
}

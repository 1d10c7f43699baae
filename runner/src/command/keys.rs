//! `daybook keys`: what personal data is sealed under.

use clap::{Args, Subcommand};
use daybook_store::Store;

use super::run::Given;
use crate::failure::Failure;
use crate::react::seal::refused;

/// Says how many keys there are and under which master key; without a subcommand, nothing more.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put all keys under the master key; those under the other one (`DAYBOOK_OTHER_MASTER_KEY`)
    /// are wrapped anew, and that one is of no use here any more
    Rewrap,
}

impl Keys {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let console = given.console.clone();
        let source = given.config.audit.master_key.clone();
        let text = given
            .with_store(|store| async move {
                match self.what {
                    None => counted(&store).await,
                    Some(What::Rewrap) => {
                        let done = store.rewrap_keys().await;
                        let done = done.map_err(|error| refused(&source, error))?;
                        Ok(format!(
                            "{} keys of people and {} signing keys were put under the master key; \
                             no other one is needed any more",
                            done.subject_keys, done.signing_keys
                        ))
                    }
                }
            })
            .await?;
        console.result(text);
        Ok(())
    }
}

async fn counted(store: &Store) -> Result<String, Failure> {
    let counted = store.count_subject_keys().await?;
    Ok(format!(
        "{} people have keys, {} of them under another master key; {} people were erased",
        counted.kept, counted.under_others, counted.destroyed
    ))
}

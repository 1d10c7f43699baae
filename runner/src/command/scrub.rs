//! `daybook scrub`: nothing is left on the disk of rows that are gone.

use super::run::Given;
use crate::failure::Failure;

/// Rewrites the tables of read models, mails and keys, and has the server let go of its old log of
/// writes.
pub(super) async fn run(given: Given) -> Result<(), Failure> {
    let console = given.console.clone();
    let scrubbed = given
        .with_database(|database| async move { Ok(database.scrub().await?) })
        .await?;
    console.result(format!("{} tables rewritten", scrubbed.rewritten.len()));
    for table in &scrubbed.busy {
        console.result(format!(
            "  {table} was in use all the time: run it again later"
        ));
    }
    if !scrubbed.is_log_cut {
        console.result(
            "the server's log of writes is left: this user is no superuser; a checkpoint and the \
             server's own settings take it away",
        );
    }
    Ok(())
}

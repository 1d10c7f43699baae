//! `daybook scrub`: nothing is left on the disk of rows that are gone.

use daybook_store::Extent;

use super::run::Given;
use crate::app::must_be_current;
use crate::failure::Failure;

/// Rewrites the tables of read models, mails and keys, and has the server let go of its old log of
/// writes.
pub(super) async fn run(given: Given) -> Result<(), Failure> {
    let console = given.console.clone();
    let scrubbed = given
        .with_database(|database| async move {
            must_be_current(&database).await?;
            let told = |table: &str| console.step(format!("rewriting {table}"));
            Ok(database.scrub(Extent::Everything, told).await?)
        })
        .await?;
    let console = given.console;
    console.result(format!("{} tables rewritten", scrubbed.rewritten.len()));
    if !scrubbed.is_log_cut {
        console.result(
            "the server's log of writes and the planner's statistics are left: this user is no \
             superuser; checkpoints, vacuum and the server's own settings take them away",
        );
    }
    if scrubbed.is_whole() {
        return Ok(());
    }
    let busy = scrubbed.busy.iter();
    let busy = busy.map(|table| format!("{table} was in use all the time"));
    let onlookers = scrubbed.onlookers.iter();
    let onlookers = onlookers.map(|who| format!("{who} still sees rows that are gone"));
    let left: Vec<String> = busy.chain(onlookers).collect();
    Err(Failure::found(
        1,
        format!(
            "something may be left, run it again later: {}",
            left.join("; ")
        ),
    ))
}

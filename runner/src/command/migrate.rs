//! `daybook migrate`: brings the schema to the version of this program.

use super::run::Given;
use crate::failure::Failure;

pub(super) async fn run(given: Given) -> Result<(), Failure> {
    let applied = given
        .with_database(|database| async move { Ok(database.migrate().await?) })
        .await?;
    for migration in &applied {
        let (version, what) = (migration.version, &migration.description);
        given.console.result(format!("applied {version} {what}"));
    }
    if applied.is_empty() {
        given.console.result("nothing to do: the schema is current");
    }
    Ok(())
}

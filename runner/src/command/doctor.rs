//! `daybook doctor`: checks the installation and says what to do.

use daybook_store::vault::{KEY, MasterKey};
use daybook_store::{Store, StoreOptions};

use super::run::Given;
use crate::clock;
use crate::doctor::{Grade, examine_log, examine_server, report};
use crate::failure::Failure;
use crate::react::seal;

/// Nothing is changed. Exit code 1 when something does not work.
pub(super) async fn run(given: Given) -> Result<(), Failure> {
    let config = &given.config;
    let findings = given
        .with_database(|database| async move {
            let (mut findings, has_schema) = examine_server(config, &database).await?;
            if has_schema {
                // Without the key nothing personal can be read, which the findings say; any other
                // will do to look at the rest.
                let master = seal::master_key_as_it_is(&config.audit);
                let options = StoreOptions {
                    connections: 2,
                    queue: 1,
                    cached: 0,
                    clock: clock::system,
                    master: master.unwrap_or(MasterKey::new([0; KEY])),
                };
                let store = Store::open(&database, options).await?;
                let found = examine_log(config, &database, &store).await;
                store.close().await;
                findings.extend(found?);
            }
            Ok(findings)
        })
        .await?;
    given.console.result(report(&findings));
    let faults = findings
        .iter()
        .filter(|it| it.grade == Grade::Fault)
        .count();
    if faults == 0 {
        return Ok(());
    }
    let is_are = if faults == 1 {
        "thing does"
    } else {
        "things do"
    };
    Err(Failure::failed(format!("{faults} {is_are} not work")))
}

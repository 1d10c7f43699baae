//! The log and its readers.

use daybook_store::reader::{ReaderState, ReaderStatus};
use daybook_store::{Database, Store};

use super::finding::Finding;
use crate::config::Config;
use crate::failure::Failure;

pub(super) async fn examine(
    config: &Config,
    database: &Database,
    store: &Store,
) -> Result<Vec<Finding>, Failure> {
    let log = database.inspect_log().await?;
    let mut findings = vec![if log.is_whole() {
        let text = format!("{} events, the newest {} counted", log.head, log.counted);
        Finding::good("log", text)
    } else {
        let text = format!(
            "it should end at {} with {} events before, and ends at {} with {}",
            log.head, log.counted, log.last, log.found
        );
        let advice = "stop writing, keep a copy of the database as it is, restore a backup";
        Finding::fault("log", text, advice)
    }];
    findings.extend(readers(config, &store.readers().await?));
    Ok(findings)
}

fn readers(config: &Config, readers: &[ReaderStatus]) -> Vec<Finding> {
    let known = daybook_projections::all();
    let missing = known.iter().filter(|projection| {
        let mut named = readers.iter();
        !named.any(|reader| reader.key.name == projection.name())
    });
    let missing: Vec<&str> = missing.map(|projection| projection.name()).collect();
    let mut findings: Vec<Finding> = left_builds(readers).collect();
    if !missing.is_empty() {
        findings.push(Finding::warning(
            "readers",
            format!("not begun: {}", missing.join(", ")),
            "start `daybook up` or `daybook work`",
        ));
    }
    let live = || readers.iter().filter(|it| it.state == ReaderState::Live);
    let idle: Vec<&str> = live()
        .filter(|reader| !reader.at_work)
        .map(|reader| reader.key.name.as_str())
        .collect();
    if !idle.is_empty() {
        findings.push(Finding::warning(
            "readers",
            format!("nobody is at work on {}", idle.join(", ")),
            "start `daybook up` or `daybook work`; without them lists stand still",
        ));
    }
    for reader in live() {
        let name = &reader.key.name;
        if reader.ahead > 0 {
            let (read, ahead) = (reader.log_position, reader.ahead);
            findings.push(Finding::fault(
                "readers",
                format!(
                    "{name} has read to {read}, {ahead} events more than there are: it stands still"
                ),
                "the log was restored or cut without its readers: restore a whole backup",
            ));
        }
        if reader.at_work && reader.lag > config.limits.lag_events {
            findings.push(Finding::warning(
                "readers",
                format!("{name} is {} events behind", reader.lag),
                "wait if it is catching up (`daybook projections`); else give the server more",
            ));
        }
        if reader.parked > 0 {
            findings.push(Finding::fault(
                "readers",
                format!("{name} stopped at {} streams", reader.parked),
                format!(
                    "read `daybook projections parked`, then `daybook projections rebuild {name}`"
                ),
            ));
        }
    }
    if findings.is_empty() {
        let text = format!("{} at work, none behind, none stopped", live().count());
        findings.push(Finding::good("readers", text));
    }
    findings
}

/// Builds that nobody goes on with.
fn left_builds(readers: &[ReaderStatus]) -> impl Iterator<Item = Finding> {
    let left = readers
        .iter()
        .filter(|it| it.state == ReaderState::Building && !it.at_work);
    left.map(|it| {
        let (name, generation, version) = (&it.key.name, it.key.generation, it.version);
        Finding::warning(
            "readers",
            format!(
                "nobody builds generation {generation} of {name}, by version {version} of its code; \
                 erasures wait for its end"
            ),
            format!(
                "start `daybook up` or `daybook work` of that version, or build it with this one: \
                 `daybook projections rebuild {name}`"
            ),
        )
    })
}

//! The seal: is every tenant's log sealed, and could it be?

use daybook_store::{KeyCount, Store};

use super::finding::Finding;
use crate::config::{Config, MasterKeySource};
use crate::failure::Failure;

pub(super) async fn examine(config: &Config, store: &Store) -> Result<Vec<Finding>, Failure> {
    let halts = store.seal_halts().await?;
    let stopped = halts.iter().filter(|halt| !halt.resume);
    let mut findings: Vec<Finding> = stopped
        .map(|halt| {
            let text = format!(
                "tenant {} is not sealed from position {} on, since {}: {}",
                halt.tenant,
                halt.position,
                halt.halted_at.format("%Y-%m-%d %H:%M:%S"),
                halt.reason
            );
            let advice = format!(
                "keep a copy of the database as it is; `daybook audit check {}` says more; \
                 \"When sealing stops\" in docs/operating.md says how to go on",
                halt.tenant
            );
            Finding::fault("seal", text, advice)
        })
        .collect();
    let keys = store.signing_keys().await?;
    if findings.is_empty() {
        let text = format!("no tenant is stopped, {} signing keys", keys.len());
        findings.push(Finding::good("seal", text));
    }
    let counted = store.count_subject_keys().await?;
    let in_use = !keys.is_empty() || counted.kept > 0;
    if let MasterKeySource::File(file) = &config.audit.master_key
        && in_use
        && !file.exists()
    {
        findings.push(Finding::warning(
            "master key",
            format!("{} is not here", file.display()),
            "no process starts without it; restore it from its backup",
        ));
    } else if store.check_master_key().await.is_err() {
        findings.push(Finding::fault(
            "master key",
            "it does not open the keys of this database",
            "no process starts with it; put the right one in its place, from its backup",
        ));
    } else {
        findings.push(Finding::good("personal data", keys_of(counted)));
    }
    if counted.under_others > 0 {
        findings.push(Finding::warning(
            "master key",
            format!("{} keys are under another one", counted.under_others),
            "`daybook keys rewrap` puts them under this one; until then both are needed",
        ));
    }
    Ok(findings)
}

fn keys_of(counted: KeyCount) -> String {
    format!(
        "{} people have keys, {} were erased",
        counted.kept, counted.destroyed
    )
}

//! The seal: is every tenant's log sealed, and could it be?

use daybook_store::Store;

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
    if let MasterKeySource::File(file) = &config.audit.master_key
        && !keys.is_empty()
        && !file.exists()
    {
        findings.push(Finding::warning(
            "master key",
            format!("{} is not here", file.display()),
            "processes that read the log do not start without it; restore it from its backup",
        ));
    }
    Ok(findings)
}

//! The seal of this installation: its keys, the log against it, and what to do where it stopped.

use std::time::Duration;

use clap::Subcommand;
use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use daybook_store::audit::{KnownKey, Outside};
use uuid::Uuid;

use crate::command::run::Given;
use crate::config::Audit as Settings;
use crate::failure::Failure;
use crate::react::seal::{master_key_as_it_is, refused};

const DAY: Duration = Duration::from_hours(24);

/// What needs the database.
#[derive(Debug, Subcommand)]
pub(super) enum Installed {
    /// List signing keys; `rotate` makes a new one
    Keys {
        #[command(subcommand)]
        what: Option<Keys>,
    },
    /// Hold a tenant's whole log, or everybody's, against the sealed tree
    Check {
        /// Only this one
        tenant: Option<Uuid>,
    },
    /// Let a tenant's sealing go on that was stopped
    Resume {
        /// Whose
        tenant: Uuid,
        /// Put the last checkpoint in the data directory aside: the history that was signed is
        /// given up, and auditors will see that it was
        #[arg(long)]
        give_up_history: bool,
    },
}

/// What can be done with signing keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a new signing key; those before it go on signing beside it for a while
    Rotate {
        /// For how many days at most; 0 stops all keys but the new one
        #[arg(long, default_value_t = 30, value_name = "DAYS")]
        overlap: u32,
    },
}

impl Installed {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let console = given.console.clone();
        let settings = given.config.audit.clone();
        let text = given
            .with_store(|store| async move {
                match self {
                    Installed::Keys { what: None } => Ok(listed(&store.signing_keys().await?)),
                    Installed::Keys {
                        what: Some(Keys::Rotate { overlap }),
                    } => rotate(&store, &settings, overlap).await,
                    Installed::Check { tenant } => check(&store, &settings, tenant).await,
                    Installed::Resume {
                        tenant,
                        give_up_history,
                    } => resume(&store, &settings, (TenantId(tenant), give_up_history)).await,
                }
            })
            .await?;
        console.result(text);
        Ok(())
    }
}

fn listed(keys: &[KnownKey]) -> String {
    if keys.is_empty() {
        return "no signing key was made yet; `daybook up` or `daybook work` makes one".to_owned();
    }
    let lines = keys.iter().map(|key| {
        let until = key.signs_until.map_or_else(
            || "signs".to_owned(),
            |until| format!("signs until {}", until.format("%Y-%m-%d %H:%M:%S")),
        );
        let made = key.created_at.format("%Y-%m-%d %H:%M:%S");
        format!("{made}  {}  {until}", hex::encode(key.public))
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn rotate(store: &Store, settings: &Settings, days: u32) -> Result<String, Failure> {
    let master = master_key_as_it_is(settings)?;
    let rotated = store.rotate_signing_key(&master, DAY.saturating_mul(days));
    let key = rotated
        .await
        .map_err(|error| refused(&settings.master_key, error))?;
    Ok(format!(
        "{} signs from the next checkpoint on; keys before it sign beside it for {days} days",
        hex::encode(key.public)
    ))
}

async fn check(
    store: &Store,
    settings: &Settings,
    tenant: Option<Uuid>,
) -> Result<String, Failure> {
    let outside = outside(settings)?;
    let tenants = match tenant {
        Some(tenant) => vec![TenantId(tenant)],
        None => {
            // A tenant whose whole log was deleted is known from outside alone.
            let mut tenants = store.tenants_in_log().await?;
            let kept = outside.tenants().map_err(Failure::failed)?;
            let gone: Vec<TenantId> = kept
                .into_iter()
                .filter(|tenant| !tenants.contains(tenant))
                .collect();
            tenants.extend(gone);
            tenants
        }
    };
    let (mut flaws, mut events) = (Vec::new(), 0);
    for tenant in &tenants {
        let examined = store.examine_seal(*tenant, &outside).await?;
        events += examined.events;
        if let Some(flaw) = examined.flaw {
            flaws.push(format!("tenant {tenant}: {}", flaw.reason));
        }
    }
    if flaws.is_empty() {
        let tenants = tenants.len();
        return Ok(format!(
            "{events} events of {tenants} tenants are what was recorded and sealed"
        ));
    }
    Err(Failure::failed(flaws.join("\n")))
}

async fn resume(
    store: &Store,
    settings: &Settings,
    (tenant, give_up_history): (TenantId, bool),
) -> Result<String, Failure> {
    let halts = store.seal_halts().await?;
    let Some(halt) = halts.into_iter().find(|halt| halt.tenant == tenant) else {
        return Err(Failure::failed(format!(
            "sealing was not stopped for tenant {tenant}"
        )));
    };
    if give_up_history {
        let mark = halt.halted_at.format("%Y%m%dT%H%M%S").to_string();
        let aside = outside(settings)?.set_aside(tenant, &mark);
        aside.map_err(|error| {
            Failure::surroundings(format!("the last checkpoint cannot be put aside: {error}"))
        })?;
    }
    store.resume_seal(tenant).await?;
    Ok(format!(
        "sealing goes on for tenant {tenant} within seconds, unless the same is found again"
    ))
}

fn outside(settings: &Settings) -> Result<Outside, Failure> {
    Outside::at(&settings.checkpoints).map_err(|error| {
        Failure::surroundings(format!(
            "{} cannot be read: {error}; run this with the data directory of the sealer",
            settings.checkpoints.display()
        ))
    })
}

//! The seal of this installation: its keys, the log against it, and what to do where it stopped.

use std::time::Duration;

use clap::Subcommand;
use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use daybook_store::audit::{KnownKey, Outside};
use uuid::Uuid;

use super::resuming::Resuming;
use crate::command::given_by::GivenBy;
use crate::command::run::Given;
use crate::config::Audit as Settings;
use crate::failure::Failure;
use crate::react::seal::{master_key_as_it_is, note_rotations, refused};

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
        /// given up, and auditors will see that it was, by whom and why
        #[arg(long, requires_all = ["operator", "reason"])]
        give_up_history: bool,
        #[command(flatten)]
        given_by: GivenBy,
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
        #[command(flatten)]
        given_by: GivenBy,
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
                        what: Some(Keys::Rotate { overlap, given_by }),
                    } => rotate(&store, &settings, (overlap, &given_by)).await,
                    Installed::Check { tenant } => check(&store, &settings, tenant).await,
                    Installed::Resume {
                        tenant,
                        give_up_history,
                        given_by,
                    } => {
                        let resuming = Resuming {
                            store: &store,
                            tenant: TenantId(tenant),
                            gives_up: give_up_history,
                            given_by,
                        };
                        resuming.run(&outside(&settings)?).await
                    }
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

async fn rotate(
    store: &Store,
    settings: &Settings,
    (days, given_by): (u32, &GivenBy),
) -> Result<String, Failure> {
    let master = master_key_as_it_is(settings)?;
    let overlap = DAY.saturating_mul(days);
    let origin = given_by.origin();
    let rotated = store.rotate_signing_key(&master, overlap, &origin);
    let key = rotated
        .await
        .map_err(|error| refused(&settings.master_key, error))?;
    let said = format!(
        "{} signs from the next checkpoint on; keys before it sign beside it for {days} days",
        hex::encode(key.public)
    );
    Ok(match note_rotations(store).await {
        Ok(logs) => format!("{said}; the histories of {logs} tenants say so"),
        Err(error) => format!(
            "{said}; not all histories say so yet ({error}): the process that seals will see to it \
             when it starts"
        ),
    })
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

fn outside(settings: &Settings) -> Result<Outside, Failure> {
    Outside::at(&settings.checkpoints).map_err(|error| {
        Failure::surroundings(format!(
            "{} cannot be read: {error}; run this with the data directory of the sealer",
            settings.checkpoints.display()
        ))
    })
}

//! `daybook audit export`: a tenant's history in one file, for whoever trusts nobody.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use daybook_domain::audit::export::{Filter, FilterInput};
use daybook_domain::kernel::{ExportId, TenantId};
use daybook_domain::tenancy::tenant::SUBDOMAIN_SCOPE;
use daybook_store::audit::Outside;
use daybook_store::{ExecuteError, Origin, Store};
use serde_json::json;
use uuid::Uuid;

use crate::clock;
use crate::command::given_by::GivenBy;
use crate::command::run::Given;
use crate::config::Config;
use crate::console::Console;
use crate::export::{Built, ExportError, Ledger, Order, Progress, build, draft_of};
use crate::failure::Failure;

/// What a database that is away, or another process at the same file, ends with.
const AGAIN: u8 = 3;
const STEP: &str = "exporting";
/// What comes before it.
const SEAL: &str = "waiting for the seal to get to the newest event";

/// Writes a tenant's sealed history into one file, or the part of it that a filter wants. Each event
/// is held against the signed tree before it is written, and the file is verified before it gets its
/// name. Runs beside `daybook up`; when it is interrupted, the same command goes on. That somebody
/// exported is an event of the history.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a filter the archive proves that nothing is missing; with one, it proves each event in it.
Check it with `daybook audit verify FILE`, or with docs/audit/verify.py.

Exit codes: 0 written and verified, 1 an event is not what was sealed (its position is named; nothing
is written), 2 wrong usage or surroundings (not sealed in time, no room, the file is there already),
3 interrupted: run it again.")]
pub(super) struct Export {
    /// The tenant: its id or its subdomain
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// Where to: daybook-audit-….tar.gz
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only from this position on
    #[arg(long, value_name = "POSITION")]
    from: Option<i64>,
    /// Only up to this position
    #[arg(long, value_name = "POSITION")]
    to: Option<i64>,
    /// Only these types, as in crm.client.registered,invoicing.*
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Only this stream
    #[arg(long, value_name = "ID")]
    stream: Option<Uuid>,
    /// Only what was recorded at this time (RFC 3339) or day, or later
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<DateTime<Utc>>,
    /// Only what was recorded before this time or day
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<DateTime<Utc>>,
    /// Only what this actor did, written as events show it: user:…, system:… or anonymous
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    #[command(flatten)]
    given_by: GivenBy,
    /// How many seconds the seal may take to get to the newest event
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
}

impl Export {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let asked = self.asked();
        let filter = Filter::read(&asked).map_err(Failure::surroundings)?;
        if self.out.exists() {
            return Err(Failure::surroundings(format!(
                "{} is there already; remove it, or choose another file",
                self.out.display()
            )));
        }
        let (console, config) = (given.console.clone(), given.config.clone());
        let file = self.out.clone();
        let built = given
            .with_store(|store| async move {
                let tenant = tenant_of(&store, &self.tenant).await?;
                let (order, is_new) = self.order(tenant, filter, &config)?;
                let origin = self.given_by.origin();
                let ledger = Ledger {
                    store: &store,
                    origin: &origin,
                    tenant,
                    id: order.id,
                    part: "command_line",
                };
                if is_new {
                    let requested = ledger.request(asked, clock::system()).await;
                    requested.map_err(refused)?;
                } else {
                    console.step("going on with an export that was interrupted");
                }
                exported(ledger, &order, &console).await
            })
            .await
            .map_err(|failure| {
                if failure.is_interruption() {
                    Failure::found(AGAIN, format!("{failure}; run it again to go on"))
                } else {
                    failure
                }
            })?;
        given.console.result(told(&built, &file));
        Ok(())
    }

    fn asked(&self) -> FilterInput {
        FilterInput {
            from: self.from,
            to: self.to,
            types: self.types.clone(),
            stream_id: self.stream,
            since: self.since,
            until: self.until,
            actor: self.actor.clone(),
        }
    }

    /// What is to be made, and whether it is new: what was begun before is gone on with.
    fn order(
        &self,
        tenant: TenantId,
        filter: Filter,
        config: &Config,
    ) -> Result<(Order, bool), Failure> {
        let draft = draft_of(&self.out, tenant, &filter);
        let draft = draft.map_err(|directory| {
            Failure::surroundings(format!(
                "{} holds another export that was not finished; remove it, or choose another file",
                directory.display()
            ))
        })?;
        let is_new = draft.is_none();
        let (id, exported) = draft.unwrap_or_else(|| {
            let id = mint();
            let at = clock::system().to_rfc3339();
            let mut exported = json!({ "export": id, "by": "command line", "at": at });
            let Origin {
                operator, reason, ..
            } = self.given_by.origin();
            for (name, said) in [("operator", operator), ("reason", reason)] {
                if let (Some(said), Some(object)) = (said, exported.as_object_mut()) {
                    object.insert(name.to_owned(), said.into());
                }
            }
            (id, exported)
        });
        let outside = Outside::at(&config.audit.checkpoints).ok();
        let order = Order {
            id,
            tenant,
            filter,
            exported,
            file: self.out.clone(),
            patience: Duration::from_secs(self.wait),
            outside,
        };
        Ok((order, is_new))
    }
}

/// Makes it, and writes down how that ended.
async fn exported(ledger: Ledger<'_>, order: &Order, console: &Console) -> Result<Built, Failure> {
    let since = Instant::now();
    let begun = AtomicBool::new(false);
    let tell = |progress: Progress| {
        begun.store(true, Ordering::Relaxed);
        let seconds = since.elapsed();
        console.progress(STEP, seconds.as_secs(), line(progress, seconds));
    };
    let is_waiting = || !begun.load(Ordering::Relaxed);
    let building = build(ledger.store, order, &tell);
    let built = console.during_while(SEAL, is_waiting, building).await;
    match built {
        Ok(built) => {
            let completed = ledger.complete(&built, None, clock::system()).await;
            completed.map_err(|error| {
                Failure::found(AGAIN, format!(
                    "the archive is written and sound, and the log could not be told so: {error}"
                ))
            })?;
            Ok(built)
        }
        Err(error) => {
            if let Some(failure) = error.failure(clock::system()) {
                order.forget();
                let recorded = ledger.fail(failure).await;
                if let Err(error) = recorded {
                    tracing::warn!(%error, "that the export failed could not be recorded");
                }
            }
            Err(ended(&error))
        }
    }
}

fn line(progress: Progress, since: Duration) -> String {
    let Progress {
        read,
        total,
        events,
    } = progress;
    let rate = u128::from(read) * 1_000 / since.as_millis().max(1);
    let percent = read.saturating_mul(100) / total.max(1);
    format!("{STEP}: {read} of {total} events checked ({percent} %), {events} taken, {rate}/s")
}

fn told(built: &Built, file: &std::path::Path) -> String {
    format!(
        "{}: {} events of {}, {} bytes, verified\nsha256 {}",
        file.display(),
        built.count,
        built.tree_size,
        built.bytes,
        built.sha256
    )
}

fn ended(error: &ExportError) -> Failure {
    match error {
        ExportError::Altered { .. } => Failure::failed(error),
        ExportError::NotSealed(_) | ExportError::DiskFull(_) | ExportError::File(_) => {
            Failure::surroundings(error)
        }
        ExportError::Busy | ExportError::Store(_) => {
            Failure::found(AGAIN, format!("{error}; run it again to go on"))
        }
    }
}

fn refused(error: ExecuteError) -> Failure {
    match error {
        ExecuteError::Refused(refused) => Failure::surroundings(refused),
        error @ (ExecuteError::Conflict { .. }
        | ExecuteError::CommandIdReused(_)
        | ExecuteError::Overloaded
        | ExecuteError::Store(_)) => error.into(),
    }
}

async fn tenant_of(store: &Store, name: &str) -> Result<TenantId, Failure> {
    let name = name.trim();
    let id = name.strip_prefix("tenant_").unwrap_or(name);
    let known = match Uuid::try_parse(id) {
        Ok(id) => {
            let tenants = store.tenants_in_log().await?;
            tenants.into_iter().find(|tenant| tenant.0 == id)
        }
        Err(_) => {
            let subdomain = name.to_ascii_lowercase();
            let claimed = store.platform_claim(SUBDOMAIN_SCOPE, &subdomain).await?;
            claimed.map(|(tenant, _)| tenant)
        }
    };
    known.ok_or_else(|| Failure::surroundings(format!("there is no tenant {name:?}")))
}

/// A time, or a day, which begins at midnight UTC.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let day = text.parse::<NaiveDate>().ok();
    let at = day.and_then(|day| day.and_hms_opt(0, 0, 0));
    at.map(|at| at.and_utc()).ok_or_else(|| {
        "expected a time such as 2026-11-21T08:00:00Z, or a day such as 2026-11-21".to_owned()
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the edge at which this id is minted"
)]
fn mint() -> ExportId {
    ExportId(Uuid::now_v7())
}

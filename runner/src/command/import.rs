//! `daybook import`: documents of other systems into a tenant's log.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use daybook_domain::kernel::{Currency, TenantId};
use daybook_domain::tenancy::tenant::{SUBDOMAIN_SCOPE, Tenant};
use daybook_store::{Database, Store, StoreOptions};

use super::given_by::GivenBy;
use super::run::Given;
use crate::clock;
use crate::failure::Failure;
use crate::import::{
    DateOrder, ImportError, Job, Mapping, Meter, Options, Progress, Summary, encoding_named, run,
};
use crate::react::seal;
use crate::signal::Ending;

/// Aggregates kept in memory: documents are looked at once, clients again and again.
const CACHED: u64 = 5_000;

/// Imports files of other systems. Repeating an import does nothing twice, and continues one that
/// was stopped.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Invoices, credit notes and adjustments from a CSV file of their lines
    Invoices(Box<Invoices>),
}

#[derive(Debug, Args)]
struct Invoices {
    /// The file: CSV with a header, plain or compressed with gzip
    file: PathBuf,
    /// The subdomain of the tenant whose documents these are
    #[arg(long, value_name = "SUBDOMAIN")]
    tenant: String,
    /// What a column is called in the header, as in `invoice_no=Number`; the fields are
    /// `invoice_no`, `stock_code`, `description`, `quantity`, `invoice_date`, `unit_price`,
    /// `customer_id` and `country`. Usual names need not be given: `InvoiceNo` or `Invoice`,
    /// `UnitPrice` or `Price`, `CustomerID` or `Customer ID`, and so on
    #[arg(long = "column", value_name = "FIELD=NAME")]
    columns: Vec<String>,
    /// What separates columns: a character or `tab` [default: what the header shows]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The file's encoding, as in windows-1252 [default: UTF-8, and Windows-1252 where it is not]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The currency of all amounts
    #[arg(long, value_name = "CODE", default_value = "GBP")]
    currency: Currency,
    /// How to read dates like 1/2/2011 [default: as the file's other dates allow, or else the only
    /// way in which its rows are in order of time]
    #[arg(long, value_name = "ORDER")]
    dates: Option<Dates>,
    /// Where refused rows go, each with the reason [default: FILE.rejects.csv]; where the rest of
    /// its document was issued, a mended row needs a number of its own
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    given_by: GivenBy,
    /// How many seconds the database may be away
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dates {
    /// 12/31/2010
    MonthFirst,
    /// 31/12/2010
    DayFirst,
}

impl Import {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let What::Invoices(invoices) = self.what;
        let options = invoices.options()?;
        let cached = given.config.limits.cached_aggregates.min(CACHED);
        let config = &given.config;
        let import = |database: Database, ending: Ending| async move {
            let options_of_store = StoreOptions {
                connections: config.database.connections,
                queue: config.limits.commands,
                cached,
                clock: clock::system,
                master: seal::master_key(&config.audit, &database).await?,
            };
            let store = open(&database, options_of_store).await?;
            let imported = match store.check_master_key().await {
                Ok(()) => invoices.import(&store, options, &ending).await,
                Err(error) => Err(seal::refused(&config.audit.master_key, error)),
            };
            store.close().await;
            imported
        };
        let summary = given.with_database_and_ending(import).await?;
        given.console.result(summary);
        Ok(())
    }
}

impl Invoices {
    fn options(&self) -> Result<Options, Failure> {
        let mapping = Mapping::with(self.columns.iter().map(String::as_str));
        let encoding = self.encoding.as_deref().map(|name| {
            encoding_named(name).ok_or_else(|| {
                Failure::surroundings(format!("there is no encoding {name:?}; try windows-1252"))
            })
        });
        Ok(Options {
            mapping: mapping.map_err(Failure::surroundings)?,
            delimiter: self.delimiter,
            encoding: encoding.transpose()?,
            currency: self.currency,
            dates: self.dates.map(|order| match order {
                Dates::MonthFirst => DateOrder::MonthFirst,
                Dates::DayFirst => DateOrder::DayFirst,
            }),
            rejects: self.rejects.clone(),
            patience: Duration::from_secs(self.patience),
            origin: self.given_by.origin(),
            ..Options::default()
        })
    }

    async fn import(
        self: Box<Self>,
        store: &Store,
        options: Options,
        ending: &Ending,
    ) -> Result<Summary, Failure> {
        let tenant = tenant_of(store, &self.tenant).await?;
        let meter = Arc::new(Meter::new());
        let shown = Arc::clone(&meter);
        let job = Job {
            file: self.file,
            options,
            clock: clock::system,
            stop: ending.stop.clone(),
            report: Arc::new(move |progress: &Progress| shown.show(progress)),
        };
        let imported = tokio::select! {
            imported = run(store, tenant, job) => imported,
            () = ending.hurry.cancelled() => Err(ImportError::Stopped),
        };
        meter.clear();
        imported.map_err(|error| {
            if matches!(error, ImportError::Stopped) {
                Failure::interrupted(error)
            } else if error.is_usage() {
                Failure::surroundings(error)
            } else {
                Failure::failed(error)
            }
        })
    }
}

async fn open(database: &Database, options: StoreOptions) -> Result<Store, Failure> {
    let missing = database.pending().await?.len();
    if missing > 0 {
        return Err(Failure::surroundings(format!(
            "the database at {} lacks {missing} migrations; run `daybook migrate` first",
            database.at()
        )));
    }
    Ok(Store::open(database, options).await?)
}

/// The tenant of a subdomain, if documents may be written there.
async fn tenant_of(store: &Store, subdomain: &str) -> Result<TenantId, Failure> {
    let subdomain = subdomain.trim().to_ascii_lowercase();
    let holder = store.platform_claim(SUBDOMAIN_SCOPE, &subdomain).await?;
    let Some((tenant, stream)) = holder else {
        return Err(Failure::surroundings(format!(
            "there is no tenant with the subdomain {subdomain:?}"
        )));
    };
    let loaded = store.load::<Tenant>(tenant, stream).await?;
    match loaded.state.writable() {
        Ok(_) => Ok(tenant),
        Err(refusal) => Err(Failure::surroundings(format!(
            "nothing can be imported for {subdomain:?}: {refusal}"
        ))),
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [b'"' | b'\n' | b'\r'] => Err("a quote or a line break separates no columns".to_owned()),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("give one ASCII character, or `tab`".to_owned()),
    }
}

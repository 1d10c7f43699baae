//! Reads a file and gets its documents into the log, many at a time.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daybook_domain::crm::public::ClientFacts;
use daybook_domain::invoicing::invoice::{Invoice, Issue, Kind};
use daybook_domain::kernel::TenantId;
use daybook_store::{Context, ExecuteError, Receipt, Store};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::assembly::{Item, assemble};
use super::clients::Clients;
use super::commands::{Desk, Party, nobody};
use super::document::Document;
use super::error::ImportError;
use super::job::Job;
use super::progress::{Phase, Progress, Summary};
use super::records::Record;
use super::rejects::{Origin, Rejects};
use super::scan::{Scan, scan};
use super::source::Source;
use super::trial::{Failed, Trial};

/// Lines on their way to the log at the same time, give or take a document.
const LINES_IN_FLIGHT: usize = 50_000;
/// Documents that wait, assembled, for their turn.
const ASSEMBLED: usize = 64;
/// Between two reports.
const TICK: Duration = Duration::from_millis(200);

/// Imports a file into a tenant's log.
///
/// # Errors
/// When it could not begin or not finish; refused rows are no error.
pub async fn run(store: &Store, tenant: TenantId, job: Job) -> Result<Summary, ImportError> {
    let started = Instant::now();
    let source = Source::of(&job.file, job.options.encoding)?;
    let scan = read_through(&source, &job).await?;
    let origin = Origin {
        file: &job.file,
        header: &scan.header,
        delimiter: scan.delimiter,
    };
    let rejects = Rejects::create(origin, &job.options)?;
    let (rows, dates_by_rows) = (scan.rows, scan.dates_by_rows);
    let (sender, items) = mpsc::channel(ASSEMBLED);
    let options = job.options.clone();
    let reader = spawn_blocking(move || assemble(&source, &options, scan, sender));
    let mut import = Import::new(Desks::new(store, tenant, &job), rejects, rows);
    import.summary.dates_by_rows = dates_by_rows;
    import.all(items, &job).await?;
    reader.await.map_err(broken)??;
    import.finish(&job, started)
}

/// The first reading, on a thread of its own.
async fn read_through(source: &Source, job: &Job) -> Result<Scan, ImportError> {
    let started = Instant::now();
    let rows = Arc::new(AtomicU64::new(0));
    // Whoever drops this future wants no thread to read on.
    let stop = job.stop.child_token();
    let _guard = stop.clone().drop_guard();
    let mut thread: JoinHandle<_> = spawn_blocking({
        let (source, options, rows) = (source.clone(), job.options.clone(), Arc::clone(&rows));
        move || {
            scan(&source, &options, |row| {
                rows.store(row, Ordering::Relaxed);
                !stop.is_cancelled()
            })
        }
    });
    let mut ticks = ticks();
    loop {
        tokio::select! {
            scanned = &mut thread => return scanned.map_err(broken)?,
            _ = ticks.tick() => (job.report)(&Progress {
                phase: Phase::Reading,
                rows: rows.load(Ordering::Relaxed),
                total: None,
                refused: 0,
                elapsed: started.elapsed(),
            }),
        }
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

fn broken(error: JoinError) -> ImportError {
    ImportError::Broken(error.to_string())
}

/// What every document's task needs.
#[derive(Debug)]
struct Desks {
    store: Store,
    desk: Desk,
    clients: Clients,
    trial: Trial,
}

/// A document, and what became of it: whether it was new.
type Settled = (Document, Result<bool, Failed>);

impl Desks {
    fn new(store: &Store, tenant: TenantId, job: &Job) -> Self {
        let desk = Desk {
            tenant,
            currency: job.options.currency,
            clock: job.clock,
            origin: Arc::new(job.options.origin.clone()),
        };
        Self {
            store: store.clone(),
            clients: Clients::new(store.clone(), desk.clone()),
            desk,
            trial: Trial {
                patience: job.options.patience,
                stop: job.stop.clone(),
                waiting: AtomicUsize::new(0),
            },
        }
    }

    async fn issue(self: Arc<Self>, document: Document) -> Settled {
        let issued = self.try_issue(&document).await;
        (document, issued)
    }

    async fn try_issue(&self, document: &Document) -> Result<bool, Failed> {
        let party = Party::of(document);
        let country = document.country.as_ref();
        let is_known = self.clients.has(&party, &self.trial).await?;
        if !is_known && self.is_there(document).await? {
            // Its client was erased since, or it says another one now. Nobody is made for that.
            return self.issue_to(document, nobody()).await;
        }
        let client = self.clients.facts(&party, country, &self.trial).await?;
        self.issue_to(document, client).await
    }

    async fn issue_to(&self, document: &Document, client: ClientFacts) -> Result<bool, Failed> {
        let (issue, context) = self.desk.issue(document, client);
        let receipt = self.trial.run(|| self.execute(&issue, &context)).await?;
        Ok(!receipt.replayed && !receipt.events.is_empty())
    }

    async fn is_there(&self, document: &Document) -> Result<bool, Failed> {
        let (tenant, id) = (self.desk.tenant, self.desk.invoice_id(&document.number));
        let load = async || Ok(self.store.load::<Invoice>(tenant, id).await?);
        Ok(self.trial.run(load).await?.version > 0)
    }

    async fn execute(&self, issue: &Issue, context: &Context) -> Result<Receipt, ExecuteError> {
        let stream = issue.draft.invoice_id;
        let batch = self.store.batch(self.desk.tenant, context.clone());
        batch.and_new(stream, issue.clone()).execute().await
    }
}

/// An import under way.
struct Import {
    desks: Arc<Desks>,
    rejects: Rejects,
    tasks: JoinSet<Settled>,
    lines_in_flight: usize,
    summary: Summary,
    total: u64,
    since: Instant,
}

impl Import {
    fn new(desks: Desks, rejects: Rejects, total: u64) -> Self {
        Self {
            desks: Arc::new(desks),
            rejects,
            tasks: JoinSet::new(),
            lines_in_flight: 0,
            summary: Summary::default(),
            total,
            since: Instant::now(),
        }
    }

    /// Imports what comes until nothing does, or until it is asked to stop.
    async fn all(&mut self, mut items: mpsc::Receiver<Item>, job: &Job) -> Result<(), ImportError> {
        let mut ticks = ticks();
        let mut ended = false;
        while !ended || !self.tasks.is_empty() {
            let has_room = self.tasks.len() < job.options.in_flight.max(1)
                && self.lines_in_flight < LINES_IN_FLIGHT;
            tokio::select! {
                biased;
                () = job.stop.cancelled(), if !ended => {
                    items.close();
                    ended = true;
                }
                settled = join_next(&mut self.tasks) => {
                    let (document, issued) = settled.map_err(broken)?;
                    self.settle(&document, issued)?;
                }
                _ = ticks.tick() => {
                    self.rejects.flush()?;
                    (job.report)(&self.progress());
                }
                item = items.recv(), if !ended && has_room => match item {
                    Some(item) => self.take(item)?,
                    None => ended = true,
                },
            }
        }
        if job.stop.is_cancelled() && self.summary.rows < self.total {
            return Err(ImportError::Stopped);
        }
        Ok(())
    }

    fn take(&mut self, item: Item) -> Result<(), ImportError> {
        match item {
            Item::Refused(record, reason) => self.refuse(&record, &reason),
            Item::Document(document) => {
                self.lines_in_flight += document.size();
                self.tasks.spawn(Arc::clone(&self.desks).issue(*document));
                Ok(())
            }
        }
    }

    fn settle(
        &mut self,
        document: &Document,
        issued: Result<bool, Failed>,
    ) -> Result<(), ImportError> {
        self.lines_in_flight = self.lines_in_flight.saturating_sub(document.size());
        let lines = u64::try_from(document.lines.len()).unwrap_or(u64::MAX);
        let summary = &mut self.summary;
        match issued {
            Ok(true) => {
                summary.documents += 1;
                summary.lines += lines;
                *match document.kind {
                    Kind::Invoice => &mut summary.invoices,
                    Kind::CreditNote => &mut summary.credit_notes,
                    Kind::Adjustment => &mut summary.adjustments,
                } += 1;
            }
            Ok(false) => summary.repeated += 1,
            Err(Failed::Refused { reason, .. }) => {
                let reason = format!("document {} is refused: {reason}", document.number);
                let mut rows = document.rows.iter();
                rows.try_for_each(|row| self.refuse(row, &reason))?;
                return self.leave_out(document, "");
            }
            Err(Failed::Away { waited, reason }) => {
                let seconds = waited.as_secs();
                return Err(ImportError::Away { seconds, reason });
            }
            // Not done, and the rest is not begun: the end says so.
            Err(Failed::Stopped) => return Ok(()),
        }
        self.summary.rows += lines;
        let what_to_do = format!(
            "; document {} is issued without this row: mend it and give it a number of its own",
            document.number
        );
        self.leave_out(document, &what_to_do)
    }

    /// Refuses the rows that are no lines of their document.
    fn leave_out(&mut self, document: &Document, what_to_do: &str) -> Result<(), ImportError> {
        let mut rows = document.left_out.iter();
        rows.try_for_each(|(row, fault)| self.refuse(row, &format!("{fault}{what_to_do}")))
    }

    fn refuse(&mut self, record: &Record, reason: &str) -> Result<(), ImportError> {
        self.summary.rows += 1;
        self.rejects.add(record, reason)
    }

    fn progress(&self) -> Progress {
        let phase = match self.desks.trial.waiting.load(Ordering::Relaxed) {
            0 => Phase::Importing,
            _ => Phase::Waiting,
        };
        Progress {
            phase,
            rows: self.summary.rows,
            total: Some(self.total),
            refused: self.rejects.count(),
            elapsed: self.since.elapsed(),
        }
    }

    fn finish(mut self, job: &Job, started: Instant) -> Result<Summary, ImportError> {
        (job.report)(&self.progress());
        self.summary.clients = self.desks.clients.registered();
        self.summary.refused = self.rejects.count();
        self.summary.rejects = self.rejects.finish()?;
        self.summary.elapsed = started.elapsed();
        Ok(self.summary)
    }
}

/// The next task that ends; none of them, never.
async fn join_next(tasks: &mut JoinSet<Settled>) -> Result<Settled, JoinError> {
    match tasks.join_next().await {
        Some(settled) => settled,
        None => pending().await,
    }
}

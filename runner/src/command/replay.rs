//! `daybook replay`: are a tenant's read models those that its log leaves?

use std::fmt::Write;
use std::time::Instant;

use clap::Args;
use daybook_domain::kernel::TenantId;
use daybook_projections::past::{Compared, Difference, Replay as Rebuilding, ReplayError};
use daybook_projections::tenancy::memberships;
use daybook_store::Store;
use serde::Serialize;
use uuid::Uuid;

use super::run::Given;
use crate::app::process_id;
use crate::clock;
use crate::console::Console;
use crate::failure::Failure;

/// Tenants looked through at once for one of that name.
const PAGE: u32 = 500;

/// Builds all read models of a tenant anew from the log, in a scratch schema, and compares.
///
/// Works beside a running `daybook up`, which is not disturbed: what is built is seen by nobody
/// else and dropped afterwards.
#[derive(Debug, Args)]
#[command(after_help = "\
With --to, everything up to that position is built in bulk, and the rest is posted as it would be
live: both ways must lead to the same rows.

Exit codes: 0 equal, 1 something differs, 2 wrong usage or surroundings.")]
pub(super) struct Replay {
    /// The tenant: its id or its subdomain
    #[arg(long)]
    tenant: String,
    /// Build in bulk up to this position of the tenant's log [default: its end]
    #[arg(long, value_name = "POSITION", value_parser = position)]
    to: Option<i64>,
    /// Differences shown of each table; all are counted
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    tenant: Uuid,
    position: i64,
    equal: bool,
    tables: Vec<Compared>,
}

impl Replay {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let console = given.console.clone();
        let asked = self.tenant.clone();
        let (to, most) = (self.to, i64::from(self.show));
        let report = given
            .with_store(|store| async move {
                let tenant = find(&store, &asked).await?;
                replay(&store, (tenant, to, most), &console).await
            })
            .await?;
        let text = if self.json {
            serde_json::to_string(&report).map_err(Failure::failed)?
        } else {
            report.text()
        };
        given.console.result(text);
        if report.equal {
            return Ok(());
        }
        let tables = report.tables.iter().filter(|table| table.differing > 0);
        let names: Vec<&str> = tables.clone().map(|table| table.table.as_str()).collect();
        let mut models: Vec<&str> = tables.map(|table| table.read_model.as_str()).collect();
        // Tables of one read model follow one another.
        models.dedup();
        Err(Failure::found(
            1,
            format!(
                "live rows differ from the log in {}; `daybook projections rebuild {}` mends that",
                names.join(", "),
                models.join(" ")
            ),
        ))
    }
}

fn position(text: &str) -> Result<i64, &'static str> {
    let position = text.parse().ok().filter(|position| *position >= 1);
    position.ok_or("a position is a whole number from 1")
}

/// The tenant of that id or subdomain.
async fn find(store: &Store, asked: &str) -> Result<TenantId, Failure> {
    let id = asked.strip_prefix("tenant_").unwrap_or(asked);
    if let Ok(id) = Uuid::try_parse(id) {
        return Ok(TenantId(id));
    }
    let mut after = None;
    loop {
        let mut tx = store.dispatch_tx().await?;
        let page = memberships::tenants(&mut tx, after, PAGE).await?;
        tx.commit().await?;
        if let Some(found) = page.iter().find(|it| it.subdomain.to_string() == asked) {
            return Ok(found.id);
        }
        let Some(last) = page.last() else {
            let text = format!("no tenant has the id or the subdomain {asked}");
            return Err(Failure::surroundings(text));
        };
        after = Some(last.id);
    }
}

async fn replay(
    store: &Store,
    (tenant, to, most): (TenantId, Option<i64>, i64),
    console: &Console,
) -> Result<Report, Failure> {
    let rebuilding = Rebuilding {
        store: store.clone(),
        projections: daybook_projections::all(),
        tenant,
        holder: process_id(),
        clock: clock::system,
        most,
    };
    let since = Instant::now();
    let tell = |step: &str| console.progress(step, since.elapsed().as_secs(), step);
    let done = rebuilding.run(to, tell).await;
    let (position, tables) = done.map_err(|error| match error {
        ReplayError::NoTenant(_) | ReplayError::NoPosition { .. } | ReplayError::NoMoment(_) => {
            Failure::surroundings(error)
        }
        ReplayError::Lost => Failure::failed(error),
        ReplayError::Store(error) => error.into(),
    })?;
    Ok(Report {
        tenant: tenant.0,
        position,
        equal: tables.iter().all(|table| table.differing == 0),
        tables,
    })
}

impl Report {
    fn text(&self) -> String {
        let mut text = format!(
            "{:<24} {:<28} {:>10} {:>10}",
            "READ MODEL", "TABLE", "ROWS", "DIFFERING"
        );
        for table in &self.tables {
            let line = write!(
                text,
                "\n{:<24} {:<28} {:>10} {:>10}",
                table.read_model, table.table, table.rows, table.differing
            );
            // Writing to text cannot fail.
            debug_assert!(line.is_ok());
            for difference in &table.differences {
                text.push_str("\n  ");
                text.push_str(&told(difference));
            }
        }
        let verdict = if self.equal {
            "the live rows are those that the log leaves"
        } else {
            "the live rows are NOT those that the log leaves"
        };
        format!("{text}\nas of position {}: {verdict}", self.position)
    }
}

fn told(difference: &Difference) -> String {
    let key = &difference.key;
    if difference.is_missing {
        return format!("{key} is missing");
    }
    if difference.is_extra {
        return format!("{key} should not be there");
    }
    let columns = difference.columns.iter().map(|column| {
        let name = column.path.trim_start_matches('/');
        if column.is_hidden {
            format!("{name} differs")
        } else {
            format!("{name} is {}, should be {}", column.after, column.before)
        }
    });
    format!("{key}: {}", columns.collect::<Vec<_>>().join("; "))
}

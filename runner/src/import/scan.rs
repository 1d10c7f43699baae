//! What is in a file, before anything of it is imported?

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::dates::{DateOrder, Evidence};
use super::error::ImportError;
use super::job::Options;
use super::mapping::Column;
use super::records::{Record, Records};
use super::row::Reading;
use super::source::Source;

/// What the first reading found.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) header: Record,
    pub(super) delimiter: u8,
    pub(super) reading: Reading,
    /// How dates are read where nothing but the order of the rows tells.
    pub(super) dates_by_rows: Option<DateOrder>,
    /// Rows, malformed ones included.
    pub(super) rows: u64,
    pub(super) last_rows: LastRows,
}

/// After which row each document is complete. Numbers are kept by their hash: two that share one
/// only wait for each other's last row.
#[derive(Debug, Default)]
pub(super) struct LastRows {
    hasher: RandomState,
    by_number: HashMap<u64, u64>,
}

impl LastRows {
    fn add(&mut self, number: &str, row: u64) {
        self.by_number.insert(self.hasher.hash_one(number), row);
    }

    /// Whether no row of the document comes after this one.
    pub(super) fn is_last(&self, number: &str, row: u64) -> bool {
        let last = self.by_number.get(&self.hasher.hash_one(number));
        last.is_none_or(|last| *last <= row)
    }
}

/// Reads a file through. `seen` is told of the rows so far and says whether to go on.
///
/// # Errors
/// When it cannot be read, has not the columns that were named, or has dates with two readings.
pub(super) fn scan(
    source: &Source,
    options: &Options,
    seen: impl Fn(u64) -> bool,
) -> Result<Scan, ImportError> {
    let mut records = Records::new(source.open()?, options.delimiter);
    let header = header(source, &mut records)?;
    let mut reading = Reading {
        layout: options.mapping.layout(&header)?,
        dates: options.dates.unwrap_or(DateOrder::MonthFirst),
        currency: options.currency,
    };
    let mut last_rows = LastRows::default();
    let mut evidence = Evidence::default();
    let mut rows = 0;
    while let Some(row) = next(source, &mut records)? {
        rows += 1;
        if !seen(rows) {
            return Err(ImportError::Stopped);
        }
        let Ok(record) = row else { continue };
        evidence.add(reading.layout.cell(&record, Column::InvoiceDate));
        if let Some(number) = reading.document(&record) {
            last_rows.add(&number, rows);
        }
    }
    let by_rows = evidence.order_of_rows();
    let dates_by_rows = by_rows.filter(|_| options.dates.is_none());
    if options.dates.is_none() {
        let order = dates_by_rows.map_or_else(|| evidence.order(), Ok);
        reading.dates = order.map_err(|example| ImportError::DatesAmbiguous { example })?;
    }
    Ok(Scan {
        header,
        delimiter: records.delimiter(),
        reading,
        dates_by_rows,
        rows,
        last_rows,
    })
}

fn header(source: &Source, records: &mut Records) -> Result<Record, ImportError> {
    match next(source, records)? {
        Some(Ok(header)) => Ok(header),
        Some(Err(malformed)) => Err(ImportError::Columns {
            problem: format!("the header cannot be read: {}", malformed.reason),
            found: malformed.record.cell(0).chars().take(100).collect(),
        }),
        None => Err(ImportError::NoHeader {
            path: source.path().to_owned(),
        }),
    }
}

/// The next row of a file; none after the last one.
pub(super) fn next(
    source: &Source,
    records: &mut Records,
) -> Result<Option<Result<Record, super::records::Malformed>>, ImportError> {
    let line = records.line();
    records.next().map_err(|error| ImportError::BrokeOff {
        path: source.path().to_owned(),
        line: line.saturating_sub(1),
        reason: error.to_string(),
    })
}

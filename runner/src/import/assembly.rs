//! Which document is complete, and what of the file belongs to none?

use std::collections::{HashMap, HashSet};

use daybook_domain::invoicing::invoice::MAX_LINES;
use tokio::sync::mpsc;

use super::document::{Document, Made, make};
use super::error::ImportError;
use super::job::Options;
use super::records::{Record, Records};
use super::scan::{Scan, next};
use super::source::Source;

/// The most rows that wait for the rest of their documents.
const MOST_WAITING: usize = 2_000_000;

/// What the second reading of a file gives, bit by bit.
#[derive(Debug)]
pub(super) enum Item {
    /// A document whose rows are all there, those that are left out of it among them.
    Document(Box<Document>),
    /// A row that is part of no document, and why.
    Refused(Record, String),
}

/// Reads a file and sends what is in it until nobody receives any more. Runs on a thread of its
/// own.
///
/// # Errors
/// When the file cannot be read to its end, or too much of it has to be held.
pub(super) fn assemble(
    source: &Source,
    options: &Options,
    scan: Scan,
    items: mpsc::Sender<Item>,
) -> Result<(), ImportError> {
    let mut records = Records::new(source.open()?, options.delimiter);
    next(source, &mut records)?;
    let mut assembly = Assembly {
        scan,
        items,
        waiting: HashMap::new(),
        waiting_rows: 0,
        oversized: HashSet::new(),
    };
    let mut at = 0;
    // Not further than the first reading: what is appended meanwhile is for the next import.
    while at < assembly.scan.rows
        && let Some(row) = next(source, &mut records)?
    {
        at += 1;
        let sent = match row {
            Ok(record) => assembly.take(record, at)?,
            Err(malformed) => assembly.send(Item::Refused(malformed.record, malformed.reason)),
        };
        if sent.is_none() {
            break;
        }
    }
    Ok(())
}

struct Assembly {
    scan: Scan,
    items: mpsc::Sender<Item>,
    waiting: HashMap<String, Vec<Record>>,
    waiting_rows: usize,
    /// Documents with more rows than a document may have: refused, however many more come.
    oversized: HashSet<String>,
}

/// None when nobody receives any more.
type Sent = Option<()>;

impl Assembly {
    fn take(&mut self, record: Record, at: u64) -> Result<Sent, ImportError> {
        let Some(number) = self.scan.reading.document(&record) else {
            let fault = super::row::RowFault::NumberMissing;
            return Ok(self.send(Item::Refused(record, fault.to_string())));
        };
        let is_last = self.scan.last_rows.is_last(&number, at);
        let rows = self.waiting.entry(number.clone()).or_default();
        rows.push(record);
        self.waiting_rows += 1;
        let is_oversized = rows.len() > MAX_LINES || self.oversized.contains(&number);
        if !is_last && !is_oversized {
            return if self.waiting_rows > MOST_WAITING {
                Err(ImportError::Scattered { most: MOST_WAITING })
            } else {
                Ok(Some(()))
            };
        }
        let rows = self.waiting.remove(&number).unwrap_or_default();
        self.waiting_rows = self.waiting_rows.saturating_sub(rows.len());
        if is_oversized {
            self.oversized.insert(number);
            return Ok(self.refuse_oversized(rows));
        }
        Ok(self.complete(rows))
    }

    fn complete(&self, rows: Vec<Record>) -> Sent {
        match make(rows, &self.scan.reading) {
            Made::Document(document) => self.send(Item::Document(document)),
            Made::Nothing(refused) => {
                let mut refused = refused.into_iter();
                refused
                    .try_for_each(|(row, fault)| self.send(Item::Refused(row, fault.to_string())))
            }
        }
    }

    fn refuse_oversized(&self, rows: Vec<Record>) -> Sent {
        let reason = format!("its document has more than {MAX_LINES} rows; split it");
        let mut rows = rows.into_iter();
        rows.try_for_each(|row| self.send(Item::Refused(row, reason.clone())))
    }

    fn send(&self, item: Item) -> Sent {
        self.items.blocking_send(item).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;

    use super::super::scan::scan;
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    /// The documents, each as its number and the lines of its rows, and the refused rows.
    fn assembled(rows: &str) -> (Vec<(String, Vec<u64>)>, Vec<(u64, String)>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{HEADER}{rows}").unwrap();
        let (source, options) = (Source::of(file.path(), None).unwrap(), Options::default());
        let scan = scan(&source, &options, |_| true).unwrap();
        let (items, mut received) = mpsc::channel(100_000);
        assemble(&source, &options, scan, items).unwrap();
        let (mut documents, mut refused) = (Vec::new(), Vec::new());
        while let Ok(item) = received.try_recv() {
            match item {
                Item::Document(document) => {
                    let rows = document.rows.iter().map(|row| row.line).collect();
                    documents.push((document.number, rows));
                }
                Item::Refused(record, reason) => refused.push((record.line, reason)),
            }
        }
        (documents, refused)
    }

    fn row(number: &str) -> String {
        format!("{number},M,x,1,2010-12-01,1,,EIRE\n")
    }

    #[test]
    fn a_document_is_complete_after_its_last_row_wherever_that_is() {
        let rows = ["1", "2", "1", "c3", "2", "C3", "4"].map(row).concat();
        let (documents, refused) = assembled(&rows);
        let expected = [
            ("1", vec![2, 4]),
            ("2", vec![3, 6]),
            ("c3", vec![5, 7]),
            ("4", vec![8]),
        ];
        let expected = expected.map(|(number, rows)| (number.to_owned(), rows));
        assert_eq!(documents, expected);
        assert_eq!(refused, []);
    }

    #[test]
    fn rows_of_no_document_are_refused() {
        let (documents, refused) = assembled(&format!("{}{}1,2\n", row(""), row("1")));
        assert_eq!(documents, [("1".to_owned(), vec![3])]);
        let expected = [
            (2, "the document number is empty".to_owned()),
            (4, "it has 2 columns, the header has 8".to_owned()),
        ];
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_document_with_too_many_rows_is_refused_whole() {
        let mut rows = row("1");
        for _ in 0..=MAX_LINES + 10 {
            write!(rows, "{}", row("big")).unwrap();
        }
        let (documents, refused) = assembled(&rows);
        assert_eq!(documents, [("1".to_owned(), vec![2])]);
        assert_eq!(refused.len(), MAX_LINES + 11);
        assert!(
            refused
                .iter()
                .all(|(_, reason)| reason.contains("more than 5000 rows"))
        );
    }
}

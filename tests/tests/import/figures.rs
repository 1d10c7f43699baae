//! What must come out of a file? Figured out by code that shares nothing with the import.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::world::Logged;
use daybook_domain::invoicing::invoice::Kind;

/// How many documents, and what they amount to; credit notes count against.
pub(crate) type Sums = BTreeMap<String, (u32, Decimal)>;

/// A file's documents, counted and added up in every way that somebody may want to see.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) lines: usize,
    pub(crate) kinds: Sums,
    pub(crate) countries: Sums,
    pub(crate) clients: Sums,
    pub(crate) days: Sums,
    /// By number: the lines, as code, description, signed quantity and price.
    pub(crate) documents: BTreeMap<String, Vec<(String, String, Decimal, Decimal)>>,
}

impl Figures {
    fn count(&mut self, [kind, country, client, day]: [String; 4], amount: Decimal) {
        for (sums, key) in [
            (&mut self.kinds, kind),
            (&mut self.countries, country),
            (&mut self.clients, client),
            (&mut self.days, day),
        ] {
            let (count, sum) = sums.entry(key).or_default();
            *count += 1;
            *sum += amount;
        }
    }

    /// Everything, over all keys.
    pub(crate) fn total(&self) -> (u32, Decimal) {
        let add = |(a, b): (u32, Decimal), (c, d): &(u32, Decimal)| (a + c, b + d);
        self.countries.values().fold((0, Decimal::ZERO), add)
    }
}

/// One row, as the file has it.
#[derive(serde::Deserialize)]
struct Row {
    #[serde(rename = "InvoiceNo")]
    number: String,
    #[serde(rename = "StockCode")]
    code: String,
    #[serde(rename = "Description")]
    description: String,
    #[serde(rename = "Quantity")]
    quantity: Decimal,
    #[serde(rename = "InvoiceDate")]
    date: String,
    #[serde(rename = "UnitPrice")]
    price: Decimal,
    #[serde(rename = "CustomerID")]
    customer: String,
    #[serde(rename = "Country")]
    country: String,
}

/// What a compressed file of good rows must become.
pub(crate) fn expected(file: &Path) -> Figures {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(file).unwrap()));
    let mut order = Vec::new();
    let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
    for row in reader.deserialize::<Row>() {
        let row = row.unwrap();
        let same = rows.entry(row.number.clone()).or_default();
        if same.is_empty() {
            order.push(row.number.clone());
        }
        same.push(row);
    }
    let mut figures = Figures::default();
    for number in order {
        let rows = &rows[&number];
        let cents = RoundingStrategy::MidpointNearestEven;
        let amount = |row: &Row| (row.quantity * row.price).round_dp_with_strategy(2, cents);
        let total: Decimal = rows.iter().map(amount).sum();
        let kind = match (number.starts_with('C'), total) {
            (true, total) if total < Decimal::ZERO => "credit note",
            (false, total) if total > Decimal::ZERO => "invoice",
            _ => "adjustment",
        };
        let first = &rows[0];
        let client = match first.customer.as_str() {
            "" => format!("Walk-in clients, {}", first.country),
            id => id.to_owned(),
        };
        let day = first.date[..10].to_owned();
        let keys = [kind.to_owned(), first.country.clone(), client, day];
        figures.count(keys, total);
        figures.lines += rows.len();
        let line = |row: &Row| {
            let description = row.description.trim().to_owned();
            (
                row.code.clone(),
                description,
                row.quantity,
                row.price.normalize(),
            )
        };
        let lines = rows.iter().map(line).collect();
        figures.documents.insert(number, lines);
    }
    figures
}

/// What is in the log.
pub(crate) fn logged(documents: &[Logged]) -> Figures {
    let mut figures = Figures::default();
    for Logged {
        sent,
        lines,
        client,
    } in documents
    {
        let sign = match sent.kind {
            Kind::CreditNote => Decimal::NEGATIVE_ONE,
            Kind::Invoice | Kind::Adjustment => Decimal::ONE,
        };
        let country = sent.country.as_ref().unwrap().to_string();
        let keys = [
            sent.kind.to_string(),
            country,
            client.clone(),
            sent.issued_on.to_string(),
        ];
        figures.count(keys, sign * sent.totals.total);
        figures.lines += lines.len();
        let lines = lines.iter().map(|line| {
            let code = line.product_code.clone().unwrap_or_default();
            (
                code,
                line.description.clone(),
                sign * line.quantity,
                line.unit_price,
            )
        });
        let before = figures
            .documents
            .insert(sent.number.clone(), lines.collect());
        assert_eq!(before, None, "two documents of number {}", sent.number);
    }
    figures
}

//! What does one row say, and what is wrong with it?

use std::str::FromStr;

use chrono::NaiveDate;
use daybook_domain::crm::public::Country;
use daybook_domain::invoicing::invoice::{Kind, Line, LineFault, NewLine};
use daybook_domain::kernel::{Currency, FieldError, LineId};
use rust_decimal::Decimal;
use thiserror::Error;

use super::dates::{self, DateOrder};
use super::mapping::{Column, Layout};
use super::records::Record;

/// How the cells of a file are to be understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) layout: Layout,
    pub(super) dates: DateOrder,
    pub(super) currency: Currency,
}

/// What a row says about its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) number: String,
    pub(super) issued_on: NaiveDate,
    /// The client's identity in the other system; none for a walk-in client.
    pub(super) customer: Option<String>,
    pub(super) country: Option<Country>,
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum RowFault {
    #[error("the document number is empty")]
    NumberMissing,
    #[error("{text:?} is no date")]
    NoDate { text: String },
    #[error("{column} {text:?} is no number")]
    NoNumber { column: &'static str, text: String },
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Line(#[from] LineFault),
    #[error("the row is of {found}, and the document is of {expected} by its first row")]
    OtherCustomer { found: String, expected: String },
}

impl Reading {
    /// The document that a row belongs to, in the form in which two numbers are the same one; none
    /// when it names none.
    pub(super) fn document(&self, record: &Record) -> Option<String> {
        let number = self.layout.cell(record, Column::InvoiceNo);
        (!number.is_empty()).then(|| number.to_uppercase())
    }

    /// The part of a row that is the same in all rows of a document.
    pub(super) fn heading(&self, record: &Record) -> Result<Heading, RowFault> {
        let cell = |column| self.layout.cell(record, column);
        let number = cell(Column::InvoiceNo);
        if number.is_empty() {
            return Err(RowFault::NumberMissing);
        }
        let date = cell(Column::InvoiceDate);
        let issued_on = dates::read(date, self.dates).ok_or_else(|| RowFault::NoDate {
            text: excerpt(date),
        })?;
        let country = Some(cell(Column::Country)).filter(|text| !text.is_empty());
        let country = country.map(|text| Country::parse("country", text));
        Ok(Heading {
            number: number.to_owned(),
            issued_on,
            customer: customer(cell(Column::CustomerId)),
            country: country.transpose()?,
        })
    }

    /// The line that a row is, with the signs of the file.
    pub(super) fn line(&self, record: &Record) -> Result<Line, RowFault> {
        let cell = |column| self.layout.cell(record, column);
        let code = cell(Column::StockCode);
        let line = NewLine {
            line_id: LineId::default(),
            description: one_line(cell(Column::Description)),
            product_code: (!code.is_empty()).then(|| code.to_owned()),
            quantity: number("quantity", cell(Column::Quantity))?,
            unit_price: number("unit price", cell(Column::UnitPrice))?,
        };
        // The kind that allows all signs: the document's own is known when all its lines are.
        Ok(line.read(Kind::Adjustment, self.currency)?)
    }
}

impl Heading {
    /// Whether a row of the same document is of the same customer.
    pub(super) fn admit(&self, other: &Self) -> Result<(), RowFault> {
        if self.customer == other.customer {
            return Ok(());
        }
        let name = |customer: &Option<String>| match customer {
            Some(customer) => format!("customer {}", excerpt(customer)),
            None => "no customer".to_owned(),
        };
        Err(RowFault::OtherCustomer {
            found: name(&other.customer),
            expected: name(&self.customer),
        })
    }
}

/// Spreadsheets and data frames turn ids into fractions, and write a missing one as `nan`.
fn customer(text: &str) -> Option<String> {
    let whole = text.split_once('.').filter(|(whole, fraction)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits(whole) && digits(fraction) && fraction.bytes().all(|b| b == b'0')
    });
    let text = whole.map_or(text, |(whole, _)| whole);
    let is_missing = text.is_empty() || text.eq_ignore_ascii_case("nan");
    (!is_missing).then(|| text.to_owned())
}

/// A sign, digits, perhaps a point and more digits; nothing that a program would have to guess at.
fn number(column: &'static str, text: &str) -> Result<Decimal, RowFault> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1;
    let read = is_plain.then(|| Decimal::from_str(text.strip_prefix('+').unwrap_or(text)));
    let no_number = || RowFault::NoNumber {
        column,
        text: excerpt(text),
    };
    read.and_then(Result::ok).ok_or_else(no_number)
}

/// Line breaks and tabs are no part of what a text says.
fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) {
        return text.split(['\n', '\r', '\t']).collect::<Vec<_>>().join(" ");
    }
    text.to_owned()
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::mapping::Mapping;
    use super::super::records::Records;
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn reading_of(row: &str) -> (Reading, Record) {
        let text = format!("{HEADER}{row}");
        let mut records = Records::new(Box::new(Cursor::new(text.into_bytes())), None);
        let header = records.next().unwrap().unwrap().unwrap();
        let reading = Reading {
            layout: Mapping::default().layout(&header).unwrap(),
            dates: DateOrder::MonthFirst,
            currency: Currency::GBP,
        };
        (reading, records.next().unwrap().unwrap().unwrap())
    }

    fn heading(row: &str) -> Result<Heading, RowFault> {
        let (reading, record) = reading_of(row);
        reading.heading(&record)
    }

    fn line(row: &str) -> Result<Line, String> {
        let (reading, record) = reading_of(row);
        reading.line(&record).map_err(|fault| fault.to_string())
    }

    #[test]
    fn reads_a_usual_row() {
        let row = "536365,85123A,HEART ,6,2010-12-01 08:26:00,2.55,17850,United Kingdom";
        let heading = heading(row).unwrap();
        assert_eq!(heading.number, "536365");
        assert_eq!(heading.issued_on.to_string(), "2010-12-01");
        assert_eq!(heading.customer.as_deref(), Some("17850"));
        assert_eq!(heading.country.unwrap().as_str(), "United Kingdom");
        let line = line(row).unwrap();
        assert_eq!(line.description, "HEART");
        assert_eq!(line.product_code.as_deref(), Some("85123A"));
        assert_eq!(line.total.to_string(), "15.30");
    }

    #[test]
    fn ids_that_became_fractions_are_the_same_ids() {
        for (text, expected) in [
            ("17850", Some("17850")),
            ("17850.0", Some("17850")),
            ("17850.00", Some("17850")),
            ("17850.5", Some("17850.5")),
            ("A.0", Some("A.0")),
            (".0", Some(".0")),
            ("", None),
            ("NaN", None),
        ] {
            assert_eq!(customer(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn reads_plain_numbers_and_no_others() {
        for (text, expected) in [
            ("6", "6"),
            ("6.0", "6.0"),
            ("-80995", "-80995"),
            ("+6", "6"),
            (".5", "0.5"),
            ("-11062.06", "-11062.06"),
        ] {
            assert_eq!(number("quantity", text).unwrap().to_string(), expected);
        }
        for bad in [
            "", "-", ".", "1e3", "1_000", "1,000", "£5", "six", "1.2.3", "--1", "0x6", "nan",
        ] {
            let text = number("quantity", bad).unwrap_err().to_string();
            assert_eq!(text, format!("quantity {bad:?} is no number"));
        }
    }

    #[test]
    fn refuses_rows_without_a_number_or_a_date() {
        let refused = heading(",1,x,1,2010-12-01,1,,").unwrap_err();
        assert_eq!(refused.to_string(), "the document number is empty");
        let refused = heading("1,1,x,1,yesterday,1,,").unwrap_err();
        assert_eq!(refused.to_string(), "\"yesterday\" is no date");
        let country = "x".repeat(61);
        let refused = heading(&format!("1,1,x,1,2010-12-01,1,,{country}")).unwrap_err();
        assert!(
            refused.to_string().starts_with("country is longer"),
            "{refused}"
        );
    }

    #[test]
    fn reads_lines_of_every_sign_and_none_of_quantity_0() {
        for (quantity, price, total) in [
            ("-1", "2.55", "-2.55"),
            ("1", "-11062.06", "-11062.06"),
            ("80995", "1.04", "84234.80"),
            ("5", "0", "0.00"),
            ("1", "0.125", "0.12"),
        ] {
            let line = line(&format!("1,M,,{quantity},2010-12-01,{price},,")).unwrap();
            assert_eq!(line.total.to_string(), total);
        }
        let refused = line("1,M,,0,2010-12-01,1,,").unwrap_err();
        assert!(refused.starts_with("quantity is 0"), "{refused}");
        let refused = line("1,,?,1,2010-12-01,1.1234567,,").unwrap_err();
        assert!(refused.contains("6 decimals"), "{refused}");
        let refused = line("1,,,1,2010-12-01,1,,").unwrap_err();
        assert!(refused.starts_with("it has neither"), "{refused}");
        let joined = line("1,,\"two\nlines\",1,2010-12-01,1,,").unwrap();
        assert_eq!(joined.description, "two lines");
    }

    #[test]
    fn a_document_admits_rows_of_its_own_customer() {
        let of = |customer: &str| heading(&format!("1,M,,1,2010-12-01,1,{customer},EIRE")).unwrap();
        assert_eq!(of("17850").admit(&of("17850.0")), Ok(()));
        let refused = of("17850").admit(&of("")).unwrap_err().to_string();
        assert_eq!(
            refused,
            "the row is of no customer, and the document is of customer 17850 by its first row"
        );
        assert!(of("").admit(&of("1")).is_err());
    }
}

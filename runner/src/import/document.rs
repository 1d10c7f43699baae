//! What document do the rows of one number make?

use chrono::NaiveDate;
use daybook_domain::crm::public::Country;
use daybook_domain::invoicing::invoice::{Kind, Line};
use rust_decimal::Decimal;

use super::records::Record;
use super::row::{Heading, Reading, RowFault};

/// A document of the other system, as it is to be imported.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    pub(super) kind: Kind,
    /// Its number, as its first row has it.
    pub(super) number: String,
    pub(super) issued_on: NaiveDate,
    /// The client's identity in the other system; none for a walk-in client.
    pub(super) customer: Option<String>,
    pub(super) country: Option<Country>,
    /// Its lines, with the signs that its kind asks for.
    pub(super) lines: Vec<Line>,
    /// The rows that its lines come from.
    pub(super) rows: Vec<Record>,
    /// Rows of its number that are no lines of it, and why.
    pub(super) left_out: Vec<(Record, RowFault)>,
}

impl Document {
    /// How many rows it holds.
    pub(super) fn size(&self) -> usize {
        self.rows.len() + self.left_out.len()
    }
}

/// What rows of one number make.
#[derive(Debug)]
pub(super) enum Made {
    /// A document, if any of them is good.
    Document(Box<Document>),
    /// Nothing: every one of them is refused.
    Nothing(Vec<(Record, RowFault)>),
}

/// Makes a document of all rows of one number, in the order of the file. What it says as a whole,
/// its first row says: the first that says it at all, whether its line is good or not.
pub(super) fn make(rows: Vec<Record>, reading: &Reading) -> Made {
    let mut heading: Option<Heading> = None;
    let (mut lines, mut good, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let line = reading.heading(&row).and_then(|its| {
            heading.get_or_insert_with(|| its.clone()).admit(&its)?;
            reading.line(&row)
        });
        match line {
            Ok(line) => {
                lines.push(line);
                good.push(row);
            }
            Err(fault) => refused.push((row, fault)),
        }
    }
    let Some(heading) = heading.filter(|_| !lines.is_empty()) else {
        return Made::Nothing(refused);
    };
    let kind = settle(&heading.number, &mut lines);
    Made::Document(Box::new(Document {
        kind,
        number: heading.number,
        issued_on: heading.issued_on,
        customer: heading.customer,
        country: heading.country,
        lines,
        rows: good,
        left_out: refused,
    }))
}

/// The kind of a document, with its lines' signs turned as that kind has them.
///
/// Credit notes, whose numbers begin with C, are negative in the file and positive here. What does
/// not amount to anything positive is an adjustment, with the signs of the file.
fn settle(number: &str, lines: &mut [Line]) -> Kind {
    // A sum that is too large is the domain's to refuse.
    let total = lines
        .iter()
        .try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.total));
    let total = total.unwrap_or_default();
    let kind = match number.starts_with(['C', 'c']) {
        true if total < Decimal::ZERO => Kind::CreditNote,
        false if total > Decimal::ZERO => Kind::Invoice,
        true | false => Kind::Adjustment,
    };
    for line in lines {
        match kind {
            Kind::CreditNote => turn(line),
            Kind::Invoice => {}
            Kind::Adjustment => continue,
        }
        // The same amount, in the only way these kinds can say it.
        if line.unit_price < Decimal::ZERO {
            line.unit_price = -line.unit_price;
            line.quantity = -line.quantity;
        }
    }
    kind
}

fn turn(line: &mut Line) {
    line.quantity = -line.quantity;
    line.total = -line.total;
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use daybook_domain::kernel::Currency;

    use super::super::dates::DateOrder;
    use super::super::mapping::Mapping;
    use super::super::records::Records;
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn made(rows: &[&str]) -> Made {
        let text = format!("{HEADER}{}", rows.join("\n"));
        let mut records = Records::new(Box::new(Cursor::new(text.into_bytes())), None);
        let header = records.next().unwrap().unwrap().unwrap();
        let reading = Reading {
            layout: Mapping::default().layout(&header).unwrap(),
            dates: DateOrder::MonthFirst,
            currency: Currency::GBP,
        };
        let mut rows = Vec::new();
        while let Some(row) = records.next().unwrap() {
            rows.push(row.unwrap());
        }
        make(rows, &reading)
    }

    fn document(rows: &[&str]) -> Document {
        let document = with_rows_left_out(rows);
        assert_eq!(document.left_out, []);
        document
    }

    fn with_rows_left_out(rows: &[&str]) -> Document {
        match made(rows) {
            Made::Document(document) => *document,
            Made::Nothing(refused) => panic!("there is no document: {refused:?}"),
        }
    }

    fn signs(document: &Document) -> Vec<(String, String, String)> {
        let of = |line: &Line| {
            [line.quantity, line.unit_price, line.total].map(|number| number.to_string())
        };
        let lines = document.lines.iter().map(of);
        lines
            .map(|[quantity, price, total]| (quantity, price, total))
            .collect()
    }

    fn as_text(lines: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        let own = |(a, b, c): &(&str, &str, &str)| ((*a).into(), (*b).into(), (*c).into());
        lines.iter().map(own).collect()
    }

    #[test]
    fn an_invoice_is_dated_and_placed_by_its_first_row() {
        let document = document(&[
            "1,A,,2,2010-12-31 23:59:00,1.5,7,EIRE",
            "1,A,,2,2011-01-01 00:00:00,1.5,7,France",
        ]);
        assert_eq!(document.kind, Kind::Invoice);
        assert_eq!(document.issued_on.to_string(), "2010-12-31");
        assert_eq!(document.country.as_ref().unwrap().as_str(), "EIRE");
        // Rows that are the same are lines all the same.
        assert_eq!(
            signs(&document),
            as_text(&[("2", "1.5", "3.00"), ("2", "1.5", "3.00")])
        );
        assert_eq!(document.rows.len(), 2);
    }

    #[test]
    fn credit_notes_are_turned_positive() {
        let document = document(&[
            "C1,D,Discount,-1,2010-12-01,27.50,7,EIRE",
            "C1,D,Back,1,2010-12-01,7.50,7,EIRE",
            "C1,D,Odd,1,2010-12-01,-0.5,7,EIRE",
        ]);
        assert_eq!(document.kind, Kind::CreditNote);
        let expected = [
            ("1", "27.5", "27.50"),
            ("-1", "7.5", "-7.50"),
            ("1", "0.5", "0.50"),
        ];
        assert_eq!(signs(&document), as_text(&expected));
    }

    #[test]
    fn what_amounts_to_nothing_or_less_is_an_adjustment_with_its_own_signs() {
        for (row, expected) in [
            (
                "A2,B,Bad debt,1,2010-12-01,-11062.06,,UK",
                ("1", "-11062.06", "-11062.06"),
            ),
            ("536589,21777,,-10,2010-12-01,0,,UK", ("-10", "0", "0.00")),
            ("C2,D,,1,2010-12-01,5,,UK", ("1", "5", "5.00")),
            ("C3,D,,-1,2010-12-01,0,,UK", ("-1", "0", "0.00")),
        ] {
            let document = document(&[row]);
            assert_eq!(document.kind, Kind::Adjustment, "{row}");
            assert_eq!(signs(&document), as_text(&[expected]), "{row}");
        }
        let invoice = document(&["A1,B,Bad debt,1,2010-12-01,11062.06,,UK"]);
        assert_eq!(invoice.kind, Kind::Invoice);
    }

    #[test]
    fn an_invoice_says_a_negative_price_by_its_quantity() {
        let document = document(&["1,A,,2,2010-12-01,5,,UK", "1,D,,2,2010-12-01,-0.125,,UK"]);
        assert_eq!(document.kind, Kind::Invoice);
        let expected = [("2", "5", "10.00"), ("-2", "0.125", "-0.25")];
        assert_eq!(signs(&document), as_text(&expected));
    }

    #[test]
    fn bad_rows_are_refused_and_the_rest_is_a_document() {
        let document = with_rows_left_out(&[
            "1,A,,0,2010-12-01,5,7,EIRE",
            "1,A,,1,never,5,7,EIRE",
            "1,A,,1,2010-12-02,5,8,EIRE",
            "1,A,,1,2010-12-02,5,7,UK",
        ]);
        let left_out: Vec<u64> = document.left_out.iter().map(|(row, _)| row.line).collect();
        assert_eq!(left_out, [2, 3, 4]);
        assert_eq!(document.issued_on.to_string(), "2010-12-01");
        assert_eq!(document.country.unwrap().as_str(), "EIRE");
        assert_eq!(document.rows[0].line, 5);
    }

    #[test]
    fn bad_rows_alone_are_no_document() {
        match made(&["1,A,,0,2010-12-01,5,7,EIRE"]) {
            Made::Nothing(refused) => assert_eq!(refused.len(), 1),
            Made::Document(document) => panic!("there is a document: {document:?}"),
        }
    }
}

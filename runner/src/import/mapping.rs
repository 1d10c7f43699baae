//! Which column of the file is what?

use super::error::ImportError;
use super::records::Record;

/// What the columns of a file of invoice lines say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The document's number.
    InvoiceNo,
    /// The product's code.
    StockCode,
    /// What the line is about.
    Description,
    /// How many; negative for what came back.
    Quantity,
    /// The document's date, with or without a time of day.
    InvoiceDate,
    /// The price of one.
    UnitPrice,
    /// The client's identity in the other system; empty for walk-in clients.
    CustomerId,
    /// Where the sale belongs.
    Country,
}

impl Column {
    /// All of them, in the order of the usual file.
    pub const ALL: [Self; 8] = [
        Self::InvoiceNo,
        Self::StockCode,
        Self::Description,
        Self::Quantity,
        Self::InvoiceDate,
        Self::UnitPrice,
        Self::CustomerId,
        Self::Country,
    ];

    /// What it is called on the command line: `invoice_no`.
    pub fn field(self) -> &'static str {
        match self {
            Self::InvoiceNo => "invoice_no",
            Self::StockCode => "stock_code",
            Self::Description => "description",
            Self::Quantity => "quantity",
            Self::InvoiceDate => "invoice_date",
            Self::UnitPrice => "unit_price",
            Self::CustomerId => "customer_id",
            Self::Country => "country",
        }
    }

    fn usual_name(self) -> &'static str {
        match self {
            Self::InvoiceNo => "InvoiceNo",
            Self::StockCode => "StockCode",
            Self::Description => "Description",
            Self::Quantity => "Quantity",
            Self::InvoiceDate => "InvoiceDate",
            Self::UnitPrice => "UnitPrice",
            Self::CustomerId => "CustomerID",
            Self::Country => "Country",
        }
    }

    /// What it is called where it has not its usual name: the usual file's second edition.
    fn other_name(self) -> Option<&'static str> {
        match self {
            Self::InvoiceNo => Some("Invoice"),
            Self::UnitPrice => Some("Price"),
            Self::StockCode
            | Self::Description
            | Self::Quantity
            | Self::InvoiceDate
            | Self::CustomerId
            | Self::Country => None,
        }
    }

    /// Where it is kept in a mapping or a layout: its place among all.
    fn place(self) -> usize {
        match self {
            Self::InvoiceNo => 0,
            Self::StockCode => 1,
            Self::Description => 2,
            Self::Quantity => 3,
            Self::InvoiceDate => 4,
            Self::UnitPrice => 5,
            Self::CustomerId => 6,
            Self::Country => 7,
        }
    }
}

/// The name that each column has in the file's header: the one that was given, or a usual one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    given: [Option<String>; 8],
}

impl Mapping {
    /// The usual names, but for those given as `field=Name`.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn with<'t>(given: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        let mut mapping = Self::default();
        for pair in given {
            let (field, name) = pair
                .split_once('=')
                .ok_or_else(|| format!("{pair:?} is not of the form FIELD=NAME"))?;
            let column = Column::ALL
                .into_iter()
                .find(|it| it.field() == field.trim());
            let Some(column) = column else {
                let fields = Column::ALL.map(Column::field).join(", ");
                return Err(format!("there is no field {field:?}; there are {fields}"));
            };
            if let Some(slot) = mapping.given.get_mut(column.place()) {
                *slot = Some(name.trim().to_owned());
            }
        }
        Ok(mapping)
    }

    fn given(&self, column: Column) -> Option<&str> {
        self.given.get(column.place())?.as_deref()
    }

    /// Where a column is in a header, and what it is called there; its first name where it is not.
    fn find(&self, header: &[&str], column: Column) -> (&str, Vec<usize>) {
        if let Some(given) = self.given(column) {
            return (given, places(header, given));
        }
        let usual = column.usual_name();
        let found = places(header, usual);
        if let Some(other) = column.other_name()
            && found.is_empty()
            && !self.is_given(other)
        {
            let under_other = places(header, other);
            if !under_other.is_empty() {
                return (other, under_other);
            }
        }
        (usual, found)
    }

    /// Whether some column was said to be called so.
    fn is_given(&self, name: &str) -> bool {
        let mut given = self.given.iter().flatten();
        given.any(|given| compared(given) == compared(name))
    }

    /// Finds the columns in a header. Capitals, spaces and punctuation make no difference, unless
    /// a name is there exactly. A column's other name counts where its usual one is not there.
    ///
    /// # Errors
    /// When a column is missing or there twice.
    pub(super) fn layout(&self, header: &Record) -> Result<Layout, ImportError> {
        let names: Vec<&str> = header.cells().map(str::trim).collect();
        let mut layout = Layout::default();
        let (mut missing, mut repeated) = (Vec::new(), Vec::new());
        for (column, slot) in Column::ALL.into_iter().zip(&mut layout.places) {
            let (name, found) = self.find(&names, column);
            match found.as_slice() {
                [] => missing.push(name),
                [place] => *slot = *place,
                _ => repeated.push(name),
            }
        }
        let problem = match (missing.as_slice(), repeated.as_slice()) {
            ([], []) => return Ok(layout),
            ([], repeated) => format!("there is more than one column {}", repeated.join(", ")),
            (missing, _) => format!("there is no column {}", missing.join(", ")),
        };
        let found: String = names.join(", ").chars().take(500).collect();
        Err(ImportError::Columns { problem, found })
    }
}

fn places(names: &[&str], wanted: &str) -> Vec<usize> {
    let which = |admits: &dyn Fn(&str) -> bool| {
        let found = names.iter().enumerate().filter(|(_, name)| admits(name));
        found.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let exactly = which(&|name| name == wanted);
    if exactly.is_empty() {
        return which(&|name| compared(name) == compared(wanted));
    }
    exactly
}

fn compared(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Where each column is in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Layout {
    places: [usize; 8],
}

impl Layout {
    /// A row's cell, without the spaces around it.
    pub(super) fn cell<'r>(&self, record: &'r Record, column: Column) -> &'r str {
        let place = self.places.get(column.place());
        place.map_or("", |place| record.cell(*place).trim())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::records::Records;
    use super::*;

    const USUAL: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

    fn record(text: &str) -> Record {
        let mut records = Records::new(Box::new(Cursor::new(text.as_bytes().to_vec())), None);
        records.next().unwrap().unwrap().unwrap()
    }

    #[test]
    fn finds_the_usual_columns_in_any_order_and_spelling() {
        let layout = Mapping::default().layout(&record(USUAL)).unwrap();
        assert_eq!(layout.places, [0, 1, 2, 3, 4, 5, 6, 7]);
        let other = record(
            "Country,customer id,Unit_Price,Extra,invoice date,QUANTITY,description,Stock Code, invoiceno ",
        );
        let layout = Mapping::default().layout(&other).unwrap();
        assert_eq!(layout.places, [8, 7, 6, 5, 4, 2, 1, 0]);
        assert_eq!(layout.cell(&record("A, b ,c"), Column::CustomerId), "b");
        assert_eq!(layout.cell(&record("A,b"), Column::InvoiceNo), "");
    }

    #[test]
    fn takes_other_names() {
        let mapping = Mapping::with(["invoice_no=Number", "unit_price=Price"]).unwrap();
        let header = USUAL
            .replace("InvoiceNo", "Number")
            .replace("UnitPrice", "Price");
        assert!(mapping.layout(&record(&header)).is_ok());
        assert!(mapping.layout(&record(USUAL)).is_err());
        assert!(
            Mapping::with(["number=Number"])
                .unwrap_err()
                .contains("invoice_no")
        );
        assert!(Mapping::with(["number"]).is_err());
    }

    #[test]
    fn finds_the_columns_of_the_second_edition() {
        let second = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country";
        let layout = Mapping::default().layout(&record(second)).unwrap();
        assert_eq!(layout.places, [0, 1, 2, 3, 4, 5, 6, 7]);
        // The usual names come first.
        let both = Mapping::default().layout(&record(&format!("Price,Invoice,{USUAL}")));
        assert_eq!(both.unwrap().places, [2, 3, 4, 5, 6, 7, 8, 9]);
        let twice = Mapping::default().layout(&record(&format!("{second},Price")));
        let text = twice.unwrap_err().to_string();
        assert!(
            text.starts_with("there is more than one column Price;"),
            "{text}"
        );
    }

    #[test]
    fn a_name_that_was_given_is_no_other_name() {
        let second = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country";
        // Whoever says what a column is called means that, and nothing else.
        let mapping = Mapping::with(["unit_price=UnitPrice"]).unwrap();
        let text = mapping.layout(&record(second)).unwrap_err().to_string();
        assert!(text.starts_with("there is no column UnitPrice;"), "{text}");
        let mapping = Mapping::with(["country=price"]).unwrap();
        let text = mapping.layout(&record(second)).unwrap_err().to_string();
        assert!(text.starts_with("there is no column UnitPrice;"), "{text}");
    }

    #[test]
    fn names_every_missing_column_at_once() {
        let refused = Mapping::default().layout(&record("InvoiceNo,Stock,Country,Quantity"));
        let text = refused.unwrap_err().to_string();
        assert!(
            text.starts_with(
                "there is no column StockCode, Description, InvoiceDate, UnitPrice, CustomerID;"
            ),
            "{text}"
        );
        assert!(text.contains("Stock, Country"), "{text}");
    }

    #[test]
    fn refuses_a_column_that_is_there_twice() {
        let refused = Mapping::default().layout(&record(&format!("{USUAL},country")));
        // The exact name decides.
        assert!(refused.is_ok());
        let refused = Mapping::default().layout(&record(&format!("{USUAL},Country")));
        let text = refused.unwrap_err().to_string();
        assert!(
            text.starts_with("there is more than one column Country;"),
            "{text}"
        );
    }
}

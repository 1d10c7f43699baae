//! Where does one row of a CSV file end and the next one begin, whatever is in it?
//!
//! RFC 4180, read by ourselves for two reasons: no row may take more memory than its bound, and a
//! quote that is never closed must cost its own line, not the rest of the file. A row that spans
//! lines and turns out malformed is given up after its first line, and reading goes on at the
//! second.

use std::io::{self, Read};

use super::source::text_of;

/// The most bytes of a row.
pub(super) const MOST: usize = 64 << 10;
/// How much of a longer line is kept to show it.
const SHOWN: usize = 1_000;
/// Bytes read at once.
const CHUNK: usize = 4 * MOST;

/// A row, cell by cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The line of the file it begins on, the first being 1.
    pub(super) line: u64,
    text: Box<str>,
    /// Where each cell ends.
    ends: Box<[u32]>,
}

/// A line that is no row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    /// What there is of it; one cell where cells cannot be told apart.
    pub(super) record: Record,
    /// What is wrong with it.
    pub(super) reason: String,
}

/// The rows of a file, in order. The first one is the header, and tells how many cells the others
/// have.
pub(super) struct Records {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    line: u64,
    delimiter: Option<u8>,
    columns: Option<usize>,
    cells: Cells,
}

/// One row as bytes, without its quotes.
#[derive(Debug, Default)]
struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What the bytes at hand begin with.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// A row of that many bytes, its line break among them.
    Row(usize),
    /// A row whose end is not at hand.
    Unfinished,
    /// A quoted cell that the file ends in.
    Unclosed,
    /// A quoted cell that goes on after its closing quote.
    Ajar,
}

impl Record {
    /// Its cells, in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends.iter()).map(|(start, end)| {
            let range = usize::try_from(start).ok().zip(usize::try_from(*end).ok());
            range
                .and_then(|(start, end)| self.text.get(start..end))
                .unwrap_or_default()
        })
    }

    /// The cell at a place, the first being 0; empty when there is none.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.cells().nth(index).unwrap_or_default()
    }

    fn of<'t>(line: u64, cells: impl Iterator<Item = std::borrow::Cow<'t, str>>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for cell in cells {
            text.push_str(&cell);
            // Rows are far shorter.
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Self {
            line,
            text: text.into(),
            ends: ends.into(),
        }
    }
}

impl Records {
    /// Rows whose cells are separated by `delimiter`; where none is given, by what splits the
    /// header into most cells.
    pub(super) fn new(input: Box<dyn Read + Send>, delimiter: Option<u8>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            at: 0,
            ended: false,
            line: 1,
            delimiter,
            columns: None,
            cells: Cells::default(),
        }
    }

    /// What separates cells; a comma before the header was read.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter.unwrap_or(b',')
    }

    /// The line that is read next.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next row; none after the last one. Empty lines are no rows.
    ///
    /// # Errors
    /// When reading fails.
    pub(super) fn next(&mut self) -> io::Result<Option<Result<Record, Malformed>>> {
        loop {
            self.fill()?;
            self.skip_line_breaks();
            if self.at < self.buffer.len() {
                return self.row().map(Some);
            }
            if self.ended {
                return Ok(None);
            }
        }
    }

    fn row(&mut self) -> io::Result<Result<Record, Malformed>> {
        self.fill()?;
        let delimiter = match self.delimiter {
            Some(delimiter) => delimiter,
            None => *self
                .delimiter
                .insert(likely_delimiter(self.rest(), self.ended)),
        };
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let reason = match self.cells.read(rest, delimiter, self.ended) {
            Found::Row(length) if length <= MOST => return Ok(self.found(length)),
            Found::Row(_) | Found::Unfinished if first_line(self.rest()) >= MOST => {
                return self.too_long().map(Err);
            }
            Found::Row(_) | Found::Unfinished => {
                format!("a quoted cell is not closed within {MOST} bytes")
            }
            Found::Unclosed => "a quoted cell is not closed".to_owned(),
            Found::Ajar => "a quoted cell goes on after its closing quote".to_owned(),
        };
        Ok(Err(self.give_up_line(reason)))
    }

    fn found(&mut self, length: usize) -> Result<Record, Malformed> {
        let columns = *self.columns.get_or_insert(self.cells.ends.len());
        let has = self.cells.ends.len();
        let record = self.cells.record(self.line);
        if has != columns {
            let reason = format!("it has {has} columns, the header has {columns}");
            let row = self.rest().get(..length).unwrap_or_default();
            let row = row.strip_suffix(b"\n").unwrap_or(row);
            let row = row.strip_suffix(b"\r").unwrap_or(row);
            if first_line(row) < row.len() {
                return Err(self.give_up_line(reason));
            }
            self.advance(length);
            return Err(Malformed { record, reason });
        }
        self.advance(length);
        Ok(record)
    }

    /// Only the first line of what is at hand is malformed.
    fn give_up_line(&mut self, reason: String) -> Malformed {
        let length = first_line(self.rest());
        let line = self.rest().get(..length).unwrap_or_default();
        let record = Record::of(self.line, std::iter::once(text_of(line)));
        self.advance(length);
        Malformed { record, reason }
    }

    /// Passes over a line that is longer than a row may be.
    fn too_long(&mut self) -> io::Result<Malformed> {
        let shown = self.rest().get(..SHOWN).unwrap_or_default();
        let record = Record::of(self.line, std::iter::once(text_of(shown)));
        let mut length = 0;
        loop {
            let passed = first_line(self.rest());
            length += passed;
            self.at += passed;
            if self.at < self.buffer.len() || self.ended {
                break;
            }
            self.fill()?;
        }
        let reason = format!(
            "the line has {length} bytes and a row at most {MOST}; here are its first {SHOWN}"
        );
        Ok(Malformed { record, reason })
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Reads on until a whole row is at hand, or as much as a row may have and some more.
    fn fill(&mut self) -> io::Result<()> {
        if self.ended || self.rest().len() > MOST + 2 {
            return Ok(());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        let most = CHUNK.saturating_sub(self.buffer.len());
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let read = self
            .input
            .by_ref()
            .take(limit)
            .read_to_end(&mut self.buffer)?;
        self.ended = read < most;
        Ok(())
    }

    /// Passes over bytes and counts their lines.
    fn advance(&mut self, length: usize) {
        let passed = self.rest().get(..length).unwrap_or_default();
        let mut lines = 0;
        let mut bytes = passed.iter().peekable();
        while let Some(byte) = bytes.next() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.peek() != Some(&&b'\n'),
                _ => false,
            };
            lines += u64::from(ends_line);
        }
        self.line += lines;
        self.at += length;
    }

    fn skip_line_breaks(&mut self) {
        let breaks = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let length = self.rest().iter().take_while(breaks).count();
        self.advance(length);
    }
}

/// How many bytes come before the line break.
fn first_line(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.unwrap_or(bytes.len())
}

fn likely_delimiter(header: &[u8], ended: bool) -> u8 {
    let columns = |delimiter: &u8| {
        let mut cells = Cells::default();
        let found = cells.read(header, *delimiter, ended);
        (found != Found::Unfinished).then_some(cells.ends.len())
    };
    // Of equals the last one is taken.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(columns)
        .unwrap_or(b',')
}

impl Cells {
    /// Reads the first row of `bytes`, of which there are no more once the file has `ended`.
    fn read(&mut self, bytes: &[u8], delimiter: u8, ended: bool) -> Found {
        self.bytes.clear();
        self.ends.clear();
        let mut at = 0;
        loop {
            let closed = if bytes.get(at) == Some(&b'"') {
                self.quoted(bytes, at + 1)
            } else {
                let rest = bytes.get(at..).unwrap_or_default();
                let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                self.bytes.extend(rest.get(..length).unwrap_or_default());
                Some(at + length)
            };
            let Some(end) = closed else {
                return if ended {
                    Found::Unclosed
                } else {
                    Found::Unfinished
                };
            };
            self.ends.push(self.bytes.len());
            match bytes.get(end) {
                Some(byte) if *byte == delimiter => at = end + 1,
                Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => return Found::Row(end + 2),
                Some(b'\n' | b'\r') => return Found::Row(end + 1),
                Some(_) => return Found::Ajar,
                None if ended => return Found::Row(end),
                None => return Found::Unfinished,
            }
        }
    }

    /// Reads a quoted cell from behind its opening quote; none when it is not closed.
    fn quoted(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let rest = bytes.get(at..)?;
            let length = rest.iter().position(|byte| *byte == b'"')?;
            self.bytes.extend(rest.get(..length)?);
            at += length + 1;
            if bytes.get(at) != Some(&b'"') {
                return Some(at);
            }
            self.bytes.push(b'"');
            at += 1;
        }
    }

    fn record(&self, line: u64) -> Record {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let cells = starts.zip(&self.ends);
        let cells = cells.map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default());
        Record::of(line, cells.map(text_of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Vec<Result<(u64, Vec<String>), (u64, Vec<String>, String)>> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.as_ref().to_vec())), None);
        let cells = |record: &Record| record.cells().map(str::to_owned).collect();
        let mut all = Vec::new();
        while let Some(row) = records.next().unwrap() {
            all.push(match row {
                Ok(record) => Ok((record.line, cells(&record))),
                Err(bad) => Err((bad.record.line, cells(&bad.record), bad.reason)),
            });
        }
        all
    }

    fn good(line: u64, cells: &[&str]) -> Result<(u64, Vec<String>), (u64, Vec<String>, String)> {
        Ok((line, cells.iter().map(ToString::to_string).collect()))
    }

    fn bad(
        line: u64,
        cells: &[&str],
        reason: &str,
    ) -> Result<(u64, Vec<String>), (u64, Vec<String>, String)> {
        let cells = cells.iter().map(ToString::to_string).collect();
        Err((line, cells, reason.to_owned()))
    }

    const UNCLOSED: &str = "a quoted cell is not closed";
    const AJAR: &str = "a quoted cell goes on after its closing quote";

    #[test]
    fn reads_rows_of_every_kind() {
        let rows =
            read("a,b\r\n1,\n\n \"x\",6\" PLATE\r\"q \"\"q\"\", q\",\"two\nlines\"\n,\nlast,row");
        let expected = [
            good(1, &["a", "b"]),
            good(2, &["1", ""]),
            good(4, &[" \"x\"", "6\" PLATE"]),
            good(5, &["q \"q\", q", "two\nlines"]),
            good(7, &["", ""]),
            good(8, &["last", "row"]),
        ];
        assert_eq!(rows, expected);
        assert_eq!(read(""), []);
        assert_eq!(read("\n\r\n"), []);
        assert_eq!(read("\"a\""), [good(1, &["a"])]);
    }

    #[test]
    fn knows_what_separates_cells() {
        assert_eq!(read("a;b,c;d\n1;2;3")[1], good(2, &["1", "2", "3"]));
        assert_eq!(read("a\tb\n1,5\t2")[1], good(2, &["1,5", "2"]));
        assert_eq!(read("a|b\n1|2")[1], good(2, &["1", "2"]));
        assert_eq!(read("a\n1")[1], good(2, &["1"]));
    }

    #[test]
    fn reads_each_cell_in_its_own_encoding() {
        let rows = read(b"a,b\n\xa3,\xc2\xa3\n\xc2,\xa3\n");
        assert_eq!(rows[1], good(2, &["£", "£"]));
        assert_eq!(rows[2], good(3, &["Â", "£"]));
    }

    #[test]
    fn a_wrong_number_of_columns_costs_its_own_row() {
        let rows = read("a,b\n1\n1,2,3\n1,2\n");
        let expected = [
            good(1, &["a", "b"]),
            bad(2, &["1"], "it has 1 columns, the header has 2"),
            bad(3, &["1", "2", "3"], "it has 3 columns, the header has 2"),
            good(4, &["1", "2"]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_line() {
        let rows = read("a,b\n1,\"x\n2,y\n3,\"z, z\"\n4,\"w");
        let expected = [
            good(1, &["a", "b"]),
            bad(2, &["1,\"x"], AJAR),
            good(3, &["2", "y"]),
            good(4, &["3", "z, z"]),
            bad(5, &["4,\"w"], UNCLOSED),
        ];
        assert_eq!(rows, expected);
        // Closed by a later row's quote in such a way that it seems to be a row.
        let rows = read("a,b\n1,\"x\n2,y\n3,\",z\"\n");
        let reason = "it has 3 columns, the header has 2";
        let expected = [
            good(1, &["a", "b"]),
            bad(2, &["1,\"x"], reason),
            good(3, &["2", "y"]),
            good(4, &["3", ",z"]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn an_unclosed_quote_before_much_else_costs_its_own_line() {
        let mut text = "a,b\n1,\"x\n".to_owned();
        let count = 3 * CHUNK / 4;
        text.push_str(&"2,y\n".repeat(count));
        let rows = read(text);
        let reason = format!("{UNCLOSED} within {MOST} bytes");
        assert_eq!(rows[1], bad(2, &["1,\"x"], &reason));
        assert_eq!(rows.len(), 2 + count);
        assert!(rows[2..].iter().all(Result::is_ok));
    }

    #[test]
    fn long_lines_are_passed_over_in_bounded_memory() {
        for quote in ["", "\""] {
            let long = "x".repeat(10_000_000);
            let text = format!("a,b\n1,{quote}{long}{quote}\n2,y\n");
            let length = long.len() + 2 + 2 * quote.len();
            let input = Box::new(io::Cursor::new(text.into_bytes()));
            let mut records = Records::new(input, None);
            records.next().unwrap();
            let bad = records.next().unwrap().unwrap().unwrap_err();
            assert!(
                bad.reason
                    .starts_with(&format!("the line has {length} bytes"))
            );
            assert_eq!(bad.record.cell(0).len(), SHOWN);
            let next = records.next().unwrap().unwrap().unwrap();
            assert_eq!((next.line, next.cell(1)), (3, "y"));
            assert!(records.buffer.capacity() <= 2 * CHUNK);
        }
    }

    #[test]
    fn a_row_may_be_as_long_as_the_bound() {
        let fits = "x".repeat(MOST - 3);
        assert_eq!(read(format!("a,b\n1,{fits}\n"))[1], good(2, &["1", &fits]));
        let over = read(format!("a,b\n1,{fits}x\n2,y"));
        assert!(over[1].is_err());
        assert_eq!(over[2], good(3, &["2", "y"]));
    }

    #[test]
    fn any_bytes_are_read_to_their_end() {
        let mut seed = 1_u64;
        let mut dice = |sides: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            usize::try_from((seed >> 33) % sides).unwrap()
        };
        for _ in 0..2_000 {
            let length = dice(60);
            let bytes: Vec<u8> = (0..length)
                .map(|_| b"\"\",,\n\r1a\xa3\xc2"[dice(10)])
                .collect();
            let breaks = bytes
                .iter()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
            let rows = read(&bytes);
            assert!(rows.len() <= breaks + 1, "{bytes:?}");
            let lines = rows.iter().map(|row| match row {
                Ok((line, _)) | Err((line, _, _)) => *line,
            });
            let lines: Vec<u64> = lines.collect();
            assert!(lines.is_sorted_by(|a, b| a < b), "{bytes:?}: {lines:?}");
        }
    }
}

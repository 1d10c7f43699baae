//! How does an event look in a spreadsheet?
//!
//! RFC 4180 with every cell in quotes, lines ending with CR LF. A cell that a spreadsheet would take
//! for a formula gets an apostrophe before it.

use super::line::Line;
use crate::leaf::Leaf;

const COLUMNS: [&str; 14] = [
    "position",
    "recorded_at",
    "actor",
    "event_type",
    "event_version",
    "stream_type",
    "stream_id",
    "version",
    "event_id",
    "command_id",
    "correlation_id",
    "causation_id",
    "payload",
    "request",
];

/// The first line.
pub(super) fn header() -> Vec<u8> {
    let mut row = Vec::new();
    write_row(&mut row, COLUMNS);
    row
}

/// Adds an event's line.
pub(super) fn write_event(to: &mut Vec<u8>, leaf: &Leaf<'_>, line: &Line<'_>) {
    let cells = [
        &leaf.position,
        &leaf.recorded_at,
        &leaf.actor,
        &leaf.event_type,
        &leaf.event_version,
        &leaf.stream_type,
        &leaf.stream_id,
        &leaf.version,
        &leaf.event_id,
        &leaf.command_id,
        &leaf.correlation_id,
        leaf.causation_id.as_deref().unwrap_or_default(),
        line.payload.text(),
        line.request.text(),
    ];
    write_row(to, cells);
}

fn write_row(to: &mut Vec<u8>, cells: [&str; COLUMNS.len()]) {
    for (n, cell) in cells.into_iter().enumerate() {
        to.extend(if n == 0 { "\"" } else { ",\"" }.as_bytes());
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            to.push(b'\'');
        }
        for (n, part) in cell.split('"').enumerate() {
            to.extend(if n == 0 { "" } else { "\"\"" }.as_bytes());
            to.extend(part.as_bytes());
        }
        to.push(b'"');
    }
    to.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        let mut row = Vec::new();
        let mut cells = [""; COLUMNS.len()];
        let dangerous = [
            "=1",
            "+1",
            "-1",
            "@A",
            "\tx",
            "\rx",
            "a=1",
            "say \"=1\"",
            "a,b\n",
        ];
        cells[..dangerous.len()].copy_from_slice(&dangerous);
        write_row(&mut row, cells);
        let row = String::from_utf8(row).unwrap();
        let expected = "\"'=1\",\"'+1\",\"'-1\",\"'@A\",\"'\tx\",\"'\rx\",\"a=1\",\"say \"\"=1\"\"\",\
            \"a,b\n\",\"\",\"\",\"\",\"\",\"\"\r\n";
        assert_eq!(row, expected);
    }
}

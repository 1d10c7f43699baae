//! The rows of one table, between events and SQL.
//!
//! `statements` knows the table's columns and the four statements on it; `working_set` holds the
//! rows a batch touches; `rows` and `sums` fill it from events and from other rows.

mod rows;
mod statements;
mod sums;
mod working_set;

pub(crate) use rows::{Rows, TableRows};
pub(crate) use statements::{Scope, Table};
pub(crate) use sums::{Summing, SumsOf};

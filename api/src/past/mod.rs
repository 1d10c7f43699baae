//! What happened to a thing, and what each event changed of it.

mod entry;
mod query;
mod sight;

pub use entry::{HistoryConnection, HistoryEdge, HistoryEntry, StateChange};
pub use query::HistoryQuery;

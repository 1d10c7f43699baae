//! What the author of a read model writes.

use std::fmt::Debug;
use std::hash::Hash;

use daybook_domain::kernel::Email;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::fault::Fault;
use super::stored::Envelope;

/// A row: a struct whose fields are named like the table's columns, all but `tenant_id` and
/// `generation`. Columns of lists, maps and structs are `jsonb`.
pub trait Row:
    Clone + Debug + DeserializeOwned + PartialEq + Send + Serialize + Sync + 'static
{
}
impl<T> Row for T where
    T: Clone + Debug + DeserializeOwned + PartialEq + Send + Serialize + Sync + 'static
{
}

/// The key of a row within its tenant and generation: one value, or a tuple in the order of the
/// key's columns.
pub trait Key: Clone + Debug + Eq + Hash + Ord + Send + Serialize + Sync + 'static {}
impl<T> Key for T where T: Clone + Debug + Eq + Hash + Ord + Send + Serialize + Sync + 'static {}

/// What is read where a text was that is about an erased person, in rows as in events.
pub const GONE: &str = "erased";

/// What is read where an address was of an erased person; no mail ever reaches it.
pub fn nobody(former: &Email) -> Email {
    // An address of this form always reads as one; nothing is lost should that ever change, for the
    // row itself goes.
    Email::parse("email", "erased@erased.invalid").unwrap_or_else(|_| former.clone())
}

/// Rows that follow from events.
pub trait ReadModel: Send + 'static {
    /// What the projection decodes its events to.
    type Event: Send + Sync + 'static;
    /// The row.
    type Row: Row;
    /// Its key.
    type Key: Key;
    /// The table.
    const TABLE: &'static str;
    /// The key's columns.
    const KEY: &'static [&'static str];

    /// The key of a row.
    fn key(row: &Self::Row) -> Self::Key;

    /// The rows an event touches; empty when none.
    fn keys(event: &Self::Event, envelope: &Envelope) -> Vec<Self::Key>;

    /// Whether none of the rows an event touches can be there before it, so that they need not be
    /// looked for. What is there nevertheless parks the stream.
    fn creates(event: &Self::Event) -> bool {
        let _ = event;
        false
    }

    /// The column that says which data subject a row is about, for tables that hold personal data.
    const SUBJECT: Option<&'static str> = None;

    /// The data subject a row is about; none where the table holds no personal data.
    fn subject(row: &Self::Row) -> Option<Uuid> {
        let _ = row;
        None
    }

    /// Takes all personal data of the subject out of its row, or the row away. What is left must
    /// not depend on what was there: rows that are built later, from events that can no longer be
    /// read in full, are the same.
    fn forget(row: &mut Option<Self::Row>) {
        let _ = row;
    }

    /// Applies an event to one of the rows it touches: creates it, changes it, or takes it away.
    ///
    /// # Errors
    /// When the event does not fit the row; the stream is then parked.
    fn apply(
        row: &mut Option<Self::Row>,
        key: &Self::Key,
        event: &Self::Event,
        envelope: &Envelope,
    ) -> Result<(), Fault>;
}

/// Rows that sum up the rows of another table of the same projection: balances over invoices.
///
/// The engine calls `apply` with what a source row contributed before a batch and with what it
/// contributes after it, so that sums always agree with their source. A sum may depend on nothing
/// else: neither on the order of contributions nor on where batches end.
pub trait Summary: Send + 'static {
    /// A row of the table that is summed up.
    type Source: Row;
    /// The row.
    type Row: Row;
    /// Its key.
    type Key: Key;
    /// What a source row adds to a sum.
    type Share: Debug + PartialEq + Send + 'static;
    /// The table.
    const TABLE: &'static str;
    /// The key's columns.
    const KEY: &'static [&'static str];

    /// The key of a row.
    fn key(row: &Self::Row) -> Self::Key;

    /// What a source row adds to which sums; empty when to none.
    fn shares(source: &Self::Source) -> Vec<(Self::Key, Self::Share)>;

    /// Adds a share to a sum or takes it away; a sum of nothing goes away itself.
    fn apply(row: &mut Option<Self::Row>, key: &Self::Key, share: Contribution<&Self::Share>);
}

/// A share and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution<S> {
    /// The share.
    pub share: S,
    /// Whether it is added or taken away.
    pub sign: Sign,
}

/// Plus or minus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The share is added.
    Plus,
    /// The share is taken away.
    Minus,
}

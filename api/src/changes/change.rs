//! What happens in a live list.

use async_graphql::Enum;
use uuid::Uuid;

/// What an entry of a live list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ChangeKind {
    /// It was in the list when the subscription began.
    Snapshot,
    /// It came into the list or changed in it.
    Upserted,
    /// It is not in the list any more.
    Removed,
    /// Nothing up to this position is missing. It comes once between what was and what is live,
    /// and again every few seconds while the log moves and the list does not: resume after the last
    /// one, not after the last change.
    CaughtUp,
}

/// An entry of a live list, before it is what clients see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// It was there at the beginning.
    Snapshot(Uuid, T),
    /// It is there now, like this.
    Upserted(Uuid, T),
    /// It is gone from the list.
    Removed(Uuid),
    /// Everything up to here was told.
    CaughtUp,
}

impl<T> Change<T> {
    /// Its kind, its row's identity, and its row; the last two where it has them.
    pub fn into_parts(self) -> (ChangeKind, Option<Uuid>, Option<T>) {
        match self {
            Self::Snapshot(id, row) => (ChangeKind::Snapshot, Some(id), Some(row)),
            Self::Upserted(id, row) => (ChangeKind::Upserted, Some(id), Some(row)),
            Self::Removed(id) => (ChangeKind::Removed, Some(id), None),
            Self::CaughtUp => (ChangeKind::CaughtUp, None, None),
        }
    }
}

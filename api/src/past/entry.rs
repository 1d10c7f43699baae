//! An event and the difference it made, as clients see it.

use async_graphql::SimpleObject;
use daybook_projections::past::{Change, Step};

use crate::events::Event;
use crate::graphql::{Json, PageInfo};

/// An event of a thing and the difference it made.
#[derive(Debug, Clone, SimpleObject)]
pub struct HistoryEntry {
    /// What happened: who, when, where in the log, and why.
    pub(super) event: Event,
    /// What it changed of the thing, by path; empty when it changed nothing that rules go by.
    changes: Vec<StateChange>,
    /// Whether there is more to tell than is told: more than 200 changes, or a text of more than
    /// 2,000 characters.
    is_truncated: bool,
}

/// A place in a thing's state and what it held before and after an event.
#[derive(Debug, Clone, SimpleObject)]
pub struct StateChange {
    /// Where, as a JSON pointer (RFC 6901): `/details/name`. `/phase` is where the thing stands in
    /// its life.
    path: String,
    /// What was there; null when nothing was, or when it is hidden.
    before: Option<Json>,
    /// What is there since; null when nothing is, or when it is hidden.
    after: Option<Json>,
    /// Whether it is the digest of a secret, which nobody is told.
    is_hidden: bool,
}

/// A page of a thing's history, oldest first.
#[derive(Debug, SimpleObject)]
pub struct HistoryConnection {
    /// The entries with their cursors.
    pub(super) edges: Vec<HistoryEdge>,
    /// The entries alone.
    pub(super) nodes: Vec<HistoryEntry>,
    /// What is beyond the page.
    pub(super) page_info: PageInfo,
}

/// An entry in a page.
#[derive(Debug, SimpleObject)]
pub struct HistoryEdge {
    /// Its place, for `after`: the same as the event's `streamVersion`.
    pub(super) cursor: String,
    /// The entry.
    pub(super) node: HistoryEntry,
}

impl From<Step> for HistoryEntry {
    fn from(step: Step) -> Self {
        Self {
            event: Event::of(step.event),
            changes: step.changes.into_iter().map(StateChange::from).collect(),
            is_truncated: step.is_cut,
        }
    }
}

impl From<Change> for StateChange {
    fn from(change: Change) -> Self {
        let json = |value: serde_json::Value| (!value.is_null()).then_some(Json(value));
        Self {
            path: change.path,
            before: json(change.before),
            after: json(change.after),
            is_hidden: change.is_hidden,
        }
    }
}

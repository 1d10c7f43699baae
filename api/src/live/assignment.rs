//! What a subscription's resolver is asked for, and how it says where it is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, StreamExt};

/// Which results of a subscription are wanted. Positions are of the tenant's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For one subscriber: everything after `after`, then live without end. Without `after`: what
    /// the field begins with, then live.
    Whole {
        /// The position the subscriber has seen; `None` at its first time.
        after: Option<u64>,
    },
    /// For one subscriber: everything after `after` up to and with `up_to`, then the end. Without
    /// `after`: what the field begins with, reflecting at least `up_to` (wait until the read model
    /// has it). Reaching beyond `up_to` is allowed when the marks say so.
    CatchUp {
        /// The position the subscriber has seen; `None` at its first time.
        after: Option<u64>,
        /// The position from which the subscriber is served by its group.
        up_to: u64,
    },
    /// For a group: everything after `from` without end, and nothing to begin with. Every result
    /// must have a mark, and the same events must give the same results as in `CatchUp`.
    Live {
        /// The position the group starts at.
        from: u64,
    },
}

/// Where a result is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub(super) position: u64,
    pub(super) is_complete: bool,
}

impl Mark {
    /// Whoever has this result has everything up to and with that position.
    pub fn complete(position: u64) -> Self {
        Self {
            position,
            is_complete: true,
        }
    }

    /// More results of the same position follow: nobody can resume between them.
    pub fn partial(position: u64) -> Self {
        Self {
            position,
            is_complete: false,
        }
    }
}

/// Yielded with a complete mark in place of a result: there is nothing to show up to there. It
/// moves the subscriber's position and reaches no client as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is nothing to show up to here")]
pub struct Beacon;

/// What the resolver of a subscription finds in its request data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Assignment {
    mode: Mode,
    marks: Marks,
}

impl Assignment {
    pub(super) fn new(mode: Mode) -> (Self, Marks) {
        let marks = Marks::default();
        (
            Self {
                mode,
                marks: marks.clone(),
            },
            marks,
        )
    }

    /// Which results are wanted. The field's own `after` argument is contained in it.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Turns a stream of marked results into the stream to return from the resolver. An error
    /// without a mark says that the source broke: the stream must end after it.
    pub fn stamp<S, M, T>(&self, results: S) -> impl Stream<Item = T> + use<S, M, T>
    where
        S: Stream<Item = (M, T)>,
        M: Into<Option<Mark>>,
    {
        let marks = self.marks.clone();
        results.map(move |(mark, result)| {
            if let Some(mark) = mark.into() {
                marks.push(mark);
            }
            result
        })
    }
}

/// The marks of results that were yielded and have not come out of the library yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Arc<Mutex<VecDeque<Mark>>>);

impl Marks {
    fn push(&self, mark: Mark) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(mark);
    }

    /// The mark of the result that just came out; `None` when its resolver gave none.
    pub(super) fn pop(&self) -> Option<Mark> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}

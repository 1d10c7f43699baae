//! What is a kind of timer?

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::kernel::CodecError;
use daybook_store::{Context, DueTimer, ExecuteError, Moment, Recorded, Store};
use futures::future::BoxFuture;

use super::overdue::Overdue;
use crate::react::privacy::{Forgetting, FormerRecipients, Keeping};

/// A kind of timer.
pub(crate) trait Kind: Send + Sync + 'static {
    /// What is to happen, `context.what`; frozen once used.
    fn name(&self) -> &'static str;

    /// The aggregate whose events set and clear it.
    fn stream_type(&self) -> &'static str;

    /// What an event means for the timer about its stream.
    ///
    /// # Errors
    /// When the event cannot be read.
    fn note(&self, event: &Recorded) -> Result<Option<Note>, CodecError>;

    /// Whether it waits while the tenant's business stands still.
    fn waits_for_business(&self) -> bool {
        true
    }

    /// When it happens again, once it has happened; none when that was all.
    fn again(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let _ = now;
        None
    }

    /// Makes it happen, by a command with this context.
    fn happen<'a>(
        &'a self,
        store: &'a Store,
        timer: &'a DueTimer,
        occasion: Occasion,
    ) -> BoxFuture<'a, Result<(), ExecuteError>>;
}

/// What an event means for a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// It is to happen then.
    Set(Moment),
    /// It is not to happen any more.
    Clear,
}

/// When something happens, and as which command.
#[derive(Debug, Clone)]
pub(crate) struct Occasion {
    /// The command's id, actor and time.
    pub(crate) context: Context,
    /// The day on the tenant's calendar.
    pub(crate) today: NaiveDate,
}

/// All kinds of timers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kinds(Arc<[Box<dyn Kind>]>);

impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|it| it.name()))
            .finish()
    }
}

impl Kinds {
    /// The one list of them.
    pub(crate) fn all(forgetting: Forgetting) -> Self {
        Self(Arc::new([
            Box::new(Overdue),
            Box::new(forgetting),
            Box::new(Keeping),
            Box::new(FormerRecipients),
        ]))
    }

    /// The kind of this name; none for one that a newer program has set.
    pub(super) fn find(&self, name: &str) -> Option<&dyn Kind> {
        let found = self.0.iter().find(|kind| kind.name() == name);
        found.map(Box::as_ref)
    }

    /// The kinds that read an aggregate's events.
    pub(super) fn reading(&self, stream_type: &str) -> impl Iterator<Item = &dyn Kind> {
        let all = self.0.iter().map(Box::as_ref);
        all.filter(move |kind| kind.stream_type() == stream_type)
    }
}

//! What an aggregate, a command and a refusal are.

use std::error::Error;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::event::{Event, Settlement};

/// One thing the business keeps rules about; its state is the fold of its events.
///
/// `Default` is the state before the first event. Serialising exists only for the snapshot cache:
/// a state is never authoritative.
pub trait Aggregate:
    Clone + Debug + Default + PartialEq + Send + Serialize + Sync + DeserializeOwned + 'static
{
    /// The stream type, `context.aggregate`. Frozen once events exist.
    const NAME: &'static str;
    /// Raise it when the shape of the state changes, so that older snapshots are dropped.
    const STATE_VERSION: u16 = 1;
    /// The facts of this aggregate: an enum with one variant per event type.
    type Event: Event;
    /// Every reason a command of this aggregate is turned down.
    type Refusal: Refusal;

    /// Applies one fact, and keeps of it what the rules need. Total: a recorded event is never refused.
    fn evolve(&mut self, event: Self::Event);

    /// The stream of the person this one is about, for personal fields of events that do not name
    /// them; none where the stream itself is that person's.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// The state after `events`, in stream order.
    fn fold<'e>(events: impl IntoIterator<Item = &'e Self::Event>) -> Self {
        let mut state = Self::default();
        for event in events {
            state.evolve(event.clone());
        }
        state
    }
}

/// What a decision leaves: the facts that follow, none when it was already so.
pub type Decision<A> = Result<Vec<<A as Aggregate>::Event>, <A as Aggregate>::Refusal>;

/// An intention. It carries everything the decision needs: time, ids and looked-up facts are
/// fields, because a decision has no clock, no randomness and no I/O.
pub trait Command: Debug + Send + Sync + 'static {
    /// The aggregate whose rules decide.
    type Aggregate: Aggregate;

    /// Decides on a state. Takes `&self` because a lost race decides again on fresh state.
    ///
    /// # Errors
    /// The rule that says no.
    fn decide(&self, state: &Self::Aggregate) -> Decision<Self::Aggregate>;
}

/// A rule said no. The text says what is wrong, in lower case and without a full stop.
pub trait Refusal: Clone + Debug + Error + PartialEq + Send + Sync + 'static {
    /// The stable code clients match on, in `SCREAMING_SNAKE_CASE`.
    fn code(&self) -> &'static str;

    /// The input field at fault, in the API's spelling (`"email"`); empty when none is.
    fn field(&self) -> &'static str {
        ""
    }

    /// The refusal for a settlement that failed in the append: a claim somebody else holds, a
    /// count at its limit. `None` when events of this aggregate cannot meet it.
    fn unsettled(settlement: &Settlement) -> Option<Self> {
        let _ = settlement;
        None
    }
}

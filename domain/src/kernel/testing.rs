//! Given events, when a command, then events or a refusal.
//!
//! ```ignore
//! given(&[registered()]).when(&Archive { at }).then(&[archived()]);
//! given::<Client>(&[]).when(&Archive { at }).refuses(&Refusal::Unknown);
//! ```

use super::aggregate::{Aggregate, Command, Decision};
use super::codec::{decode, encode};
use super::event::Event;
use super::personal::{Subject, withhold};

/// The past of an aggregate, in stream order; empty for one that does not exist yet.
pub fn given<A: Aggregate>(events: &[A::Event]) -> Given<A> {
    for event in events {
        survives_storage::<A>(event);
    }
    // What is left of them once the people in them are erased is folded by the same code.
    let erased: Vec<A::Event> = events.iter().map(erased).collect();
    drop(A::fold(&erased));
    Given {
        state: A::fold(events),
    }
}

/// An aggregate with a past.
#[derive(Debug)]
pub struct Given<A: Aggregate> {
    state: A,
}

impl<A: Aggregate> Given<A> {
    /// Decides.
    pub fn when<C: Command<Aggregate = A>>(self, command: &C) -> When<A> {
        let decision = command.decide(&self.state);
        When {
            state: self.state,
            decision,
        }
    }

    /// The state itself, for asserting on `evolve`.
    pub fn state(self) -> A {
        self.state
    }
}

/// What was decided.
#[derive(Debug)]
pub struct When<A: Aggregate> {
    state: A,
    decision: Decision<A>,
}

impl<A: Aggregate> When<A> {
    /// Exactly these events follow; none means that it was already so.
    ///
    /// # Panics
    /// When they do not.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test's failure is a panic")]
    pub fn then(self, expected: &[A::Event]) -> A {
        match self.decision {
            Ok(events) => {
                assert_eq!(events, expected);
                events.iter().for_each(survives_storage::<A>);
                let mut state = self.state;
                for event in events {
                    state.evolve(event);
                }
                state
            }
            Err(refusal) => panic!("refused: {refusal:?}; expected {expected:?}"),
        }
    }

    /// The rule says no.
    ///
    /// # Panics
    /// When it does not, or for another reason.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test's failure is a panic")]
    pub fn refuses(self, expected: &A::Refusal) {
        match self.decision {
            Ok(events) => panic!("decided {events:?}; expected refusal {expected:?}"),
            Err(refusal) => assert_eq!(&refusal, expected),
        }
    }
}

/// The event is stored under exactly this name with exactly this payload, and read back. Such a
/// pair is a contract: a test that turns red asks for a new version and an upcast.
///
/// # Panics
/// When it is stored in any other form.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test's failure is a panic")]
pub fn stored_as<E: Event>(event: &E, name: &str, payload: &str) {
    let stored = encode(event);
    let text = String::from_utf8(stored.payload).expect("a payload is JSON");
    assert_eq!((stored.name.as_str(), text.as_str()), (name, payload));
    let back = decode::<E>(name, stored.version, payload.as_bytes());
    assert_eq!(&back.expect("a stored event is read"), event);
    erased(event);
}

/// What is left of the event once the people in it are erased; it can be read.
///
/// # Panics
/// When it cannot.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test's failure is a panic")]
pub fn erased<E: Event>(event: &E) -> E {
    let stored = encode(event);
    let left = withhold(&stored.payload, &event.personal()).payload;
    let read = decode(&stored.name, stored.version, &left);
    read.expect("an erased event is read")
}

/// Exactly this payload is left of the event once the people in it are erased, and it is read; its
/// own personal fields are gone, too.
///
/// # Panics
/// When it is not.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test's failure is a panic")]
pub fn erased_as<E: Event>(event: &E, payload: &str) {
    let left = withhold(&encode(event).payload, &event.personal()).payload;
    let left = String::from_utf8(left).expect("a payload is JSON");
    assert_eq!(left, payload);
    let erased = erased(event);
    let again = withhold(&encode(&erased).payload, &erased.personal());
    assert!(
        again.values.is_empty(),
        "{erased:?} still says something of a person"
    );
}

/// Whom the personal values of the event are about, in the order of their places.
pub fn about<E: Event>(event: &E) -> Vec<Subject> {
    let withheld = withhold(&encode(event).payload, &event.personal());
    withheld.values.iter().map(|value| value.subject).collect()
}

/// What was stored under this name and version, now or long ago, is read as this event.
///
/// # Panics
/// When it is not.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test's failure is a panic")]
pub fn read_as<E: Event>(event: &E, (name, version): (&str, u16), payload: &str) {
    let read = decode::<E>(name, version, payload.as_bytes());
    assert_eq!(&read.expect("a stored event is read"), event);
}

/// What is stored is what was decided.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test's failure is a panic")]
fn survives_storage<A: Aggregate>(event: &A::Event) {
    let stored = encode(event);
    let parts = stored.name.split('.').count();
    assert!(
        parts == 3 && stored.name.starts_with(A::NAME),
        "{} is not of {}",
        stored.name,
        A::NAME
    );
    let back = decode::<A::Event>(&stored.name, stored.version, &stored.payload);
    assert_eq!(&back.expect("a stored event is read"), event);
}

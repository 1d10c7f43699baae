//! What an event is and what it declares to be settled with it.
//!
//! An event may declare *claims* (values nobody else may hold), *counts* (moves of a number that
//! has limits) and one *draw* (the next number of a gapless series). The store settles them in the
//! transaction that appends the event, so that two commands racing cannot both win. And it says
//! which of its fields are *personal*, so that the store keeps them sealed.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::personal::Personal;

/// A fact, past tense. An enum with one variant per event type, each variant a struct.
///
/// The stored name is the variant's serde name: `#[serde(rename = "invoicing.invoice.sent")]`.
/// Names and shapes are frozen once written; old shapes are upcast on read.
pub trait Event:
    Clone + Debug + PartialEq + Send + Serialize + Sync + DeserializeOwned + 'static
{
    /// The version of the shape that is written now.
    fn version(&self) -> u16 {
        1
    }

    /// The fields that are about a person. They are sealed under that person's key, and erased with
    /// it: the event must be read and folded with the stand-ins as well.
    fn personal(&self) -> Vec<Personal> {
        Vec::new()
    }

    /// Unique values this event takes or gives back.
    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }

    /// Counters this event moves, each against its limits.
    fn counts(&self) -> Vec<Count> {
        Vec::new()
    }

    /// The series this event needs its number from, if it does.
    fn draw(&self) -> Option<Draw> {
        None
    }

    /// The same event with the number that was drawn. Called once, in commit order, only when
    /// [`Event::draw`] asked for one.
    #[must_use]
    fn drawn(self, number: u64) -> Self {
        let _ = number;
        self
    }

    /// Brings a stored event of an older version to the current name and shape. `None` when the
    /// stored one is current, which name and version alone must decide: it is asked with
    /// [`Value::Null`] first, so that current events are never parsed twice. Kept for ever.
    fn upcast(name: &str, version: u16, payload: &Value) -> Option<(&'static str, Value)> {
        let _ = (name, version, payload);
        None
    }
}

/// Where a claimed value must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Realm {
    /// Within the tenant of the event.
    Tenant,
    /// In the whole installation (an e-mail address, a subdomain).
    Platform,
}

/// A unique value taken or given back by a stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Claim {
    /// The stream takes the value; refused when another stream holds it. Taking it again is fine.
    Take {
        /// Where it must be unique.
        realm: Realm,
        /// What kind of value, `context.name`. Frozen once used.
        scope: &'static str,
        /// The value, already in its compared form (lower case, trimmed).
        value: String,
    },
    /// The stream gives the value back; giving back what it does not hold changes nothing.
    Release {
        /// Where it was unique.
        realm: Realm,
        /// What kind of value.
        scope: &'static str,
        /// The value, in its compared form.
        value: String,
    },
}

/// A move of one of the tenant's counters, refused when the result would leave its limits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Count {
    /// Which counter, `context.name`. Frozen once used.
    pub name: &'static str,
    /// By how much.
    pub delta: i64,
    /// The smallest allowed result.
    pub min: Option<i64>,
    /// The largest allowed result.
    pub max: Option<i64>,
}

/// A request for the next number of one of the tenant's gapless series; the first is 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Draw {
    /// Which series, `context.name`. Frozen once used.
    pub series: String,
}

/// What could not be settled in the append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Another stream holds the value.
    Claimed {
        /// What kind of value.
        scope: &'static str,
        /// The value.
        value: String,
    },
    /// The counter would leave its limits.
    Limited {
        /// Which counter.
        name: &'static str,
        /// Where it stands.
        value: i64,
    },
}

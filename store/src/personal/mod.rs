//! Personal fields of events: sealed before they are hashed, opened when they are read, erased by
//! destroying one key.
//!
//! What an event says about a person is taken out of its payload, where a stand-in is left, and
//! sealed under that person's key (`seal`) into the event's column `personal` (`form`). Whoever reads
//! the log opens it (`open`): events come out of the database closed, and a closed event is not
//! decoded. There is one random key (`key`) for each data subject of a tenant, made when they are
//! first written about and kept wrapped under the master key (`keyring`, `table`). Destroying it
//! (`erase`) leaves the stand-ins; every process forgets (`memory`) within a second (`erasures`).
//! `rewrap` puts another master key in place of the one there is. The network address that a command
//! came from (`address`) is sealed in the request of its events, under the key of whom it is about;
//! `activity` gathers those of one person, with what they did from there.

mod activity;
mod address;
mod erase;
mod erasures;
mod fingerprint;
mod form;
mod key;
mod keyring;
mod memory;
mod open;
mod rewrap;
mod seal;
mod table;

pub use activity::{Acting, Activity, Deeds, Times, Whereabouts};
pub(crate) use address::seal_address;
pub use erase::{Erased, ErasedSubject};
pub(crate) use erasures::{Erasures, is_about, watch};
pub(crate) use fingerprint::fingerprint;
pub(crate) use key::{DataKey, NewKey, Owner};
pub use keyring::SUBJECT_ERASED;
pub(crate) use keyring::{KeysToWrite, NoKey, SubjectKeys};
pub(crate) use memory::Memory;
pub use open::SealedEvent;
pub use rewrap::{KeyCount, Rewrapped};
pub(crate) use seal::{HeldKeys, Place, Sealing};

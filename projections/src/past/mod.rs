//! What did the tenant's business look like at a position of its log?
//!
//! - `fold`: single things, by the read model's own `apply` over the events of their streams.
//! - `pasts`: lists and sums, by the queries that answer them live, from a generation of rows that
//!   the engine builds up to the position for this tenant alone, and keeps for some minutes.
//! - `history`: what each event of a thing changed.
//! - `replay`: whether the live rows are those that the log leaves.

mod diff;
mod fold;
mod history;
mod pasts;
mod replay;
#[cfg(test)]
mod tests;

pub use diff::Change;
pub(crate) use fold::{rows, sums, unbuilt};
pub use history::{Folds, Step, folds};
pub use pasts::{PastError, Pasts};
pub use replay::{Compared, Difference, Replay, ReplayError};

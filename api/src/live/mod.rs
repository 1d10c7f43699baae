//! How many subscribers are served by one execution, without losing or doubling anything.
//!
//! Subscribers with the same document, variables and authorisation class form a group. The first
//! starts one execution that runs for as long as anybody listens; each result is written as JSON
//! once and kept in a bounded ring, from which every subscriber reads at its own pace. Who comes
//! with a position of the past, or falls out of the ring, first gets an execution of its own over
//! what it missed: it attaches to the ring, catches up to the position of the ring, and goes on
//! from there.
//!
//! A resolver takes part through the [`Assignment`] in its request data. It says which results are
//! wanted ([`Mode`]), and takes the position of each ([`Mark`]), in the order in which they are
//! yielded.

mod assignment;
mod execution;
mod feed;
mod group;
mod groups;
mod ring;

pub use assignment::{Assignment, Beacon, Mark, Mode};

pub(crate) use feed::{Delivery, Feed};
pub(crate) use groups::Groups;

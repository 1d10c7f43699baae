//! How do events become rows, exactly once and fast?
//!
//! A **projection** reads the log under one checkpoint and writes one or more tables. The author of
//! a table writes a row struct, which rows an event touches, and a pure `apply` ([`ReadModel`]), or
//! what a row of another table adds to a sum ([`Summary`]). The engine does the rest:
//!
//! - `posting` decodes events once and applies them to rows in memory; `table` loads and writes
//!   those, one statement per table whatever the number of rows; `row` maps structs to columns.
//! - `batch` posts a batch: rows and checkpoint in one transaction, under the epoch of a lease.
//!   What cannot be applied parks its stream (`parking`).
//! - `live` follows the log; `build`, `tenant_build` and `history` build generations from the past
//!   beside the live ones, in parallel by tenant and several from one reading; `rebuild` switches
//!   to them, `rollback` back to the one before; `scratch` builds one tenant's rows as of a
//!   position; `sweep` takes the rows of what was given up away.
//! - `forget` takes whoever is erased out of rows that no longer follow the log.
//! - `projector` runs all of this for every projection, `builder` what is to be built, `positions`
//!   tells who waits.
//!
//! Nothing here fires an effect: rows are all that a projection leaves behind.

mod batch;
mod build;
mod builder;
mod fault;
mod forget;
mod history;
mod lease;
mod live;
mod parking;
mod positions;
mod posting;
mod projection;
mod projector;
mod read_model;
mod rebuild;
mod rollback;
mod row;
mod scratch;
mod stored;
mod sweep;
mod table;
mod tenant_build;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use fault::{Fault, existing};
pub use forget::forget_in_replaced;
pub use positions::{Positions, StillBehind};
pub use projection::{Definition, Projection, SummaryOf, summary};
pub(crate) use projection::{Forget, forgets};
pub use projector::Projector;
pub use read_model::{Contribution, GONE, Key, ReadModel, Row, Sign, Summary, nobody};
pub use rebuild::{Progress, Rebuild, RebuildError};
pub use rollback::Rollback;
pub(crate) use row::{decode as decode_row, field_names};
pub(crate) use scratch::Scratch;
pub use stored::{Envelope, Stored};
pub(crate) use sweep::take_away;

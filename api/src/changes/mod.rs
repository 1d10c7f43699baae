//! The live form of a list: what is in it now, then every change, with a mark in between.
//!
//! A context implements [`LiveList`] for what its read model shows; [`subscribe`] turns that into
//! the stream of a subscription. It looks at the log for what may have changed and at the read model
//! for what became of it, so a row is shown as it is now: it may be newer than the change it comes
//! with, and never older.

mod change;
mod list;
mod stream;

pub use change::{Change, ChangeKind};
pub use list::{LiveList, Page, Touched, admitted, page_of, rows_of};
pub use stream::subscribe;

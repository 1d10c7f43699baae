//! The log itself: one gapless sequence of recorded events per database.
//!
//! `writer` appends by group commit: what is queued goes out in one round trip. `plan` decides, in
//! memory, what of a batch can go through and where it lands. `sql` speaks to the database. `tail`
//! follows the log for all readers of this process; `listen` wakes it when another process wrote.
//! `history` reads a tenant's own part back.

mod append;
mod history;
mod leaf;
mod listen;
mod plan;
mod record;
mod settle;
mod sql;
mod tail;
mod writer;

pub(crate) use append::{Append, AppendError, Appended, Drawing, Meta, NewEvent, Write};
pub use history::{HistoryFilter, Page};
pub(crate) use history::{page, stream_after};
pub use leaf::leaf_of;
pub(crate) use listen::{listen, notify};
pub use record::Recorded;
pub(crate) use sql::{earlier_command, events_at};
pub use tail::Tail;
pub(crate) use tail::TailSource;
pub(crate) use writer::{LogWriter, WriterOptions};

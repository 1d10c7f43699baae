//! The log itself: one gapless sequence of recorded events per database.
//!
//! `writer` gathers batches, `appender` appends them in one round trip each. `plan` decides, in
//! memory, what of a batch can go through and where it lands, on what `look_up` read or the writer
//! remembers; `settle` nets claims and counters. `landed` tells of what is in the log. `repeat` finds
//! what a command left before. `tail` follows the log for all readers of this process, `ring` is what
//! it remembers; `listen` wakes it when another process wrote. `history` reads a tenant's own part back.

mod append;
mod appender;
mod draft;
mod history;
mod landed;
mod leaf;
mod listen;
mod look_up;
mod plan;
mod record;
mod repeat;
mod ring;
mod settle;
mod sql;
mod tail;
mod writer;

pub(crate) use append::{Append, AppendError, Appended, Drawing, Meta, NewEvent, Write};
pub(crate) use draft::{DraftWrite, Origins};
pub use history::{HistoryFilter, Page};
pub(crate) use history::{stream_after, streams_until};
pub(crate) use leaf::leaf_hash_of;
pub use leaf::leaf_of;
pub(crate) use listen::{listen, notify};
pub(crate) use record::COLUMNS;
pub use record::{Clear, Recorded};
pub(crate) use repeat::{earlier_command, repeats, version_at};
pub use ring::MANY;
pub(crate) use ring::{Entry, OwnLeaf};
pub use tail::Tail;
pub(crate) use tail::TailSource;
pub(crate) use writer::{LogWriter, WriterOptions};

//! Who carries out that somebody is to be known no more?
//!
//! The event comes first; everything else follows from it, as often as it takes:
//!
//! 1. The erasure is written into the **journal**, a file outside the database, so that a restored
//!    backup from before cannot bring the person back.
//! 2. Mails to the person's addresses go, and the addresses go off the list of who gets checkpoints,
//!    while they can still be read in the log.
//! 3. The key is destroyed: nothing of the person in the log can be read from here on.
//!    States in memory and snapshots that named the person go with it, in all processes.
//! 4. Every read model passes the event, and rows that no longer follow the log forget by hand.
//! 5. The event `forgotten` says so.
//!
//! `recipients` forgets who is not to get checkpoints any more; `keeping` erases what a tenant's terms are over for, by the same commands;
//! `scrubbing` takes what is left in a private server's files.
//!
//! Each step may be repeated. Who dies between two of them is followed by somebody who begins at
//! the first: the timer that runs them is settled only after the last.

mod forgetting;
mod journal;
mod keeping;
mod recipients;
mod replay;
mod scrubbing;

pub(crate) use forgetting::Forgetting;
pub(crate) use journal::{Journal, read_entries};
pub(crate) use keeping::Keeping;
pub(crate) use recipients::FormerRecipients;
pub(crate) use replay::{keep_up, replay};
pub(crate) use scrubbing::Scrubbing;

//! How does a mail get from the outbox to a server?
//!
//! `courier` claims what is due and sees to it that no more than a few are on their way at one
//! time. `letter` writes a mail as the world reads it, with a Message-ID that is the same for every
//! attempt. `carrier` hands it to the server and judges what that says. `schedule` knows when to
//! try again, and when to give up.

mod carrier;
mod courier;
mod letter;
mod schedule;

pub(crate) use carrier::Carrier;
pub(crate) use courier::Courier;

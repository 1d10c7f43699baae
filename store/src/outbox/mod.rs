//! Mails on their way out: asked for in a tenant's transaction, claimed across tenants, settled.
//!
//! What follows from a command is asked for by the append that records it
//! ([`Batch::mailing`](crate::Batch::mailing)); `enqueue` is for what follows from none.
//!
//! At least once: a process that dies between a server's yes and ours sends the mail again, with
//! the same Message-ID. An attempt is leased, and numbered: whoever comes back after its lease ran
//! out settles nothing.

mod claim;
mod enqueue;
mod forget;
mod look;
mod mail;

pub use mail::{Attachment, ClaimedMail, KeptMail, Mail, MailState, Outbox, Waiting};

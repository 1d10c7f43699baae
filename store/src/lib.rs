//! The event log: append, load, read, tail; and tenant transactions, the only way to a connection.
//!
//! - [`Store::execute`] runs one command, [`Store::batch`] several of one tenant, all or nothing.
//! - [`Store::tail`] follows the log; [`Store::history`] reads a tenant's part of it.
//! - [`Store::erase_subject`] makes what the log says about a person unreadable for good.
//! - [`Store::tenant_tx`] opens a transaction that sees one tenant's rows and nobody else's.
//! - [`audit`] seals the log: a signed tree per tenant, and what is proved from it.
//! - [`reader`] has the leases and checkpoints under which projections and reactors read.
//!
//! Nothing here knows an aggregate by name.

pub mod audit;
pub mod reader;
pub mod vault;

mod cache;
mod claims;
mod cqrs;
mod database;
mod error;
mod execute;
mod exports;
mod log;
mod outbox;
mod past;
mod personal;
mod pools;
mod positions;
mod recent;
mod snapshot;
mod store;
mod tenant_tx;
mod timers;

pub use cqrs::{LogEventStore, Stored, StoredEvent};
pub use database::{
    Database, DatabaseError, Extent, LogInspection, Migration, SCHEMA_VERSION_TABLE, Scrubbed,
    ServerInspection,
};
pub use error::{ExecuteError, Refused, StoreError};
pub use execute::{Actor, Address, Batch, Context, Fingerprint, Origin, Receipt};
pub use exports::{ExportJob, ExportProgress, Exports, JobChanges};
pub use log::{Clear, HistoryFilter, Page, Recorded, Tail, leaf_of};
pub use outbox::{Attachment, ClaimedMail, KeptMail, Mail, MailState, Outbox, Waiting};
pub use past::AsOf;
pub use personal::{
    Acting, Activity, Deeds, Erased, ErasedSubject, KeyCount, Rewrapped, SUBJECT_ERASED,
    SealedEvent, Times, Whereabouts,
};
pub use pools::CONNECTIONS_BESIDE_REQUESTS;
pub use store::{Loaded, Store, StoreOptions};
pub use tenant_tx::{DispatchTx, Seen, TenantTx};
pub use timers::{DueTimer, Moment, Timer, TimerChanges, TimerKey, Timers, start_of_day};

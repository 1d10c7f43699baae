//! What the writer is asked to append, and what it answers.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Claim, Count, Encoded, Personal, Settlement, TenantId, Withheld};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::draft::DraftWrite;
use super::record::Recorded;
use crate::outbox::Mail;
use crate::personal::NewKey;

/// One command's events, all or nothing.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) tenant: TenantId,
    pub(crate) command_id: Uuid,
    /// The digest of its input: compared here, and kept nowhere.
    pub(crate) input: [u8; 32],
    /// What is kept of it.
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) writes: Vec<DraftWrite>,
    /// Keys that it is sealed under and that are kept with it.
    pub(crate) keys: Vec<NewKey>,
    /// Mails that are asked for with it.
    pub(crate) mails: Vec<Mail>,
    /// When it was handed to the writer.
    pub(crate) asked: Instant,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// Who, why, where from: the same for all events of a command.
#[derive(Debug, Clone)]
pub(crate) struct Meta {
    pub(crate) correlation_id: Uuid,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) actor: String,
    /// Canonical JSON.
    pub(crate) request: Vec<u8>,
}

/// Events for one stream, decided on its `expected` version. Without events it holds the command
/// to that version all the same: that nothing had to change was decided on it.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) stream_type: &'static str,
    pub(crate) stream_id: Uuid,
    pub(crate) expected: i64,
    pub(crate) events: Vec<NewEvent>,
}

/// An event before it has a place in the log.
#[derive(Debug)]
pub(crate) struct NewEvent {
    /// In clear.
    pub(crate) encoded: Encoded,
    /// Its personal fields, each with the stream of whom it is about.
    pub(crate) fields: Vec<Personal>,
    /// What is to be sealed of it; none when it says nothing about anybody.
    pub(crate) withheld: Option<Withheld>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) counts: Vec<Count>,
    pub(crate) drawing: Option<Drawing>,
}

/// An event that gets a number of a gapless series before it is encoded.
pub(crate) struct Drawing {
    pub(crate) series: String,
    /// The encoded event and its claims, with that number.
    pub(crate) with: Box<dyn Fn(u64) -> (Encoded, Vec<Claim>) + Send + Sync>,
}

impl std::fmt::Debug for Drawing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawing")
            .field("series", &self.series)
            .finish_non_exhaustive()
    }
}

/// A command's events in the log.
#[derive(Debug, Clone)]
pub(crate) struct Appended {
    /// In order of position; empty when it was already so.
    pub(crate) records: Vec<Arc<Recorded>>,
    /// The tenant's position after them.
    pub(crate) position: i64,
    /// The same place in the database's order.
    pub(crate) log_position: i64,
    /// The same command had been appended before; these are its events of then.
    pub(crate) replayed: bool,
    /// What was kept of the input of a command from before, which is still to be compared.
    pub(crate) kept: Option<Vec<u8>>,
}

/// Why a command's events are not in the log.
#[derive(Debug, Clone)]
pub(crate) enum AppendError {
    /// The stream is not at the expected version.
    Conflict { stream_id: Uuid, current: i64 },
    /// A claim or a count could not be settled.
    Unsettled(Settlement),
    /// The command id was used before with another input.
    Reused,
    /// Its new keys cannot be kept: there is one already, or their master key is not in use.
    KeysNotNew,
    /// The queue is full.
    Overloaded,
    /// The database cannot store it: a bug in what was asked for.
    Rejected(String),
    /// The database is away; whether it was appended is unknown until the command is repeated.
    Unavailable(String),
}

/// The time the writer stamps a batch with: never behind the head, whole microseconds, because
/// PostgreSQL stores no finer and the stamp is hashed.
pub(super) fn stamp(now: DateTime<Utc>, head: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(now.timestamp_micros())
        .unwrap_or(now)
        .max(head)
}

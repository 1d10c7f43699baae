//! What a command returns.

use std::sync::Arc;

use crate::log::Recorded;

/// Proof that a command went through, and from where on its effects can be seen.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The tenant's position of the last event; where nothing had to change, the tenant's head.
    pub position: i64,
    /// The same place in the database's order, for waiting on read models. Never shown.
    pub log_position: i64,
    /// The version of the first stream after the command.
    pub version: i64,
    /// The events, in order of position; empty when it was already so.
    pub events: Vec<Arc<Recorded>>,
    /// The command had gone through before; these are its effects of then.
    pub replayed: bool,
}

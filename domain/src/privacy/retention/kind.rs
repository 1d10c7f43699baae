//! What is kept for a term?

use serde::{Deserialize, Serialize};

/// A kind of data that a term is set for. Ended sessions are none: they are the platform's, and go
/// with the user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionKind {
    /// Clients that are archived: the term begins with the last change to them.
    ArchivedClients,
    /// Members who were removed or left, and invitations that were revoked: the term begins then.
    EndedMembers,
    /// Invitations that nobody took up: the term begins when they expire.
    ExpiredInvitations,
    /// Mails that were sent or given up, while they are kept to be looked at.
    FinishedMail,
}

//! How long the tenant keeps what it no longer works with.

use async_graphql::{Enum, SimpleObject};
use daybook_domain::privacy::retention::{self, Retention};
use serde::Serialize;

/// A kind of data that a term is set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "retention::RetentionKind")]
pub enum RetentionKind {
    /// Clients that are archived; the term begins with the last change to them. They are erased.
    ArchivedClients,
    /// Members who were removed or left, and invitations that were revoked; the term begins then.
    /// They are erased.
    EndedMembers,
    /// Invitations that nobody took up; the term begins when they expire. They are erased, and the
    /// place in the plan is free.
    ExpiredInvitations,
    /// Mails that were sent or given up. They are deleted.
    FinishedMail,
}

/// How long a kind of data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct RetentionTerm {
    /// What.
    kind: RetentionKind,
    /// How many days.
    days: i32,
}

/// The terms of a tenant, by kind.
pub(super) fn terms_of(retention: &Retention) -> Vec<RetentionTerm> {
    let term = |(kind, days): (&retention::RetentionKind, &u32)| RetentionTerm {
        kind: (*kind).into(),
        days: i32::try_from(*days).unwrap_or(i32::MAX),
    };
    retention.days.iter().map(term).collect()
}

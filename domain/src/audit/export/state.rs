//! An export, as a fold of its events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::events::{Completed, ExportEvent, Requested};
use super::refusal::Refusal;
use crate::kernel::Aggregate;

/// Exports of a tenant that may be on their way at once.
pub const MAX_OPEN: i64 = 5;

/// An export of the tenant's history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// Nobody asked for it.
    #[default]
    Unknown,
    /// It is to be made, as it was asked for.
    Pending(Requested),
    /// The archive is there.
    Ready(Archive),
    /// There is none, and will be none.
    Failed,
    /// It is kept no longer.
    Expired,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// Bytes of the archive.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Until when it is kept; none where it was written to a place of the operator's.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who fetched it, and when they began to last.
    #[serde(default)]
    pub handed_to: BTreeMap<String, DateTime<Utc>>,
}

impl Archive {
    /// Whether it may still be handed out here.
    pub fn is_kept(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| now < expires_at)
    }

    /// Whether somebody began to fetch it after a moment.
    pub fn was_handed_to(&self, to: &str, after: DateTime<Utc>) -> bool {
        self.handed_to.get(to).is_some_and(|at| *at > after)
    }
}

impl From<Completed> for Archive {
    fn from(completed: Completed) -> Self {
        Self {
            bytes: completed.bytes,
            sha256: completed.sha256,
            expires_at: completed.expires_at,
            handed_to: BTreeMap::new(),
        }
    }
}

impl Aggregate for Export {
    const NAME: &'static str = "audit.export";
    type Event = ExportEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: ExportEvent) {
        match event {
            ExportEvent::Requested(requested) => *self = Self::Pending(requested),
            ExportEvent::Completed(completed) => *self = Self::Ready(completed.into()),
            ExportEvent::Failed(_) => *self = Self::Failed,
            ExportEvent::HandedOut(handed) => {
                if let Self::Ready(archive) = self {
                    archive.handed_to.insert(handed.to, handed.at);
                }
            }
            ExportEvent::Expired(_) => *self = Self::Expired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{archive, expiry};
    use super::*;
    use crate::crm::client::fixtures::at;

    #[test]
    fn is_handed_out_until_it_expires() {
        let kept = Archive::from(archive(Some(expiry())));
        assert!(kept.is_kept(at()));
        assert!(!kept.is_kept(expiry()));
        assert!(!Archive::from(archive(None)).is_kept(at()));
    }
}

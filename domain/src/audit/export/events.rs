//! What happened to an export.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::state::MAX_OPEN;
use crate::kernel::{Count, Event};

/// Counts exports that are asked for and have not ended.
pub const OPEN_COUNT: &str = "audit.exports_open";

/// The facts of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExportEvent {
    /// Somebody asked for it.
    #[serde(rename = "audit.export.requested")]
    Requested(Requested),
    /// The archive is there.
    #[serde(rename = "audit.export.completed")]
    Completed(Completed),
    /// There is no archive, and will be none.
    #[serde(rename = "audit.export.failed")]
    Failed(Failed),
    /// Somebody fetched the archive, or began to.
    #[serde(rename = "audit.export.handed_out")]
    HandedOut(HandedOut),
    /// The archive is kept no longer.
    #[serde(rename = "audit.export.expired")]
    Expired(Expired),
}

/// Where an archive is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Here, where who asked fetches it: it is made in the background.
    #[default]
    Kept,
    /// In a file of the operator's, who makes it.
    File,
}

/// Payload of `audit.export.requested`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requested {
    /// Who asked, as the event's own envelope has it.
    pub by: String,
    /// Which events; `{}` is all.
    pub filter: Filter,
    /// Where the archive is to be.
    pub place: Place,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `audit.export.completed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// How many events are in it.
    pub count: u64,
    /// The size of the sealed tree that it is proved against.
    pub tree_size: u64,
    /// Bytes of the archive.
    pub bytes: u64,
    /// The SHA-256 of the archive, 64 hexadecimal digits.
    pub sha256: String,
    /// Until when it is kept here; absent where it was written to a place of the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why there is no archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An event is not what was sealed.
    Altered,
    /// The events were not sealed in time, or sealing has stopped.
    NotSealed,
    /// There was no room for it.
    DiskFull,
    /// It was given up after several attempts.
    GivenUp,
}

/// Payload of `audit.export.failed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Why.
    pub cause: Cause,
    /// The first position that is not what was sealed there; absent where it is about no position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The same in words.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `audit.export.handed_out`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedOut {
    /// To whom, as the event's own envelope has it.
    pub to: String,
    /// When the first of its bytes were asked for.
    pub at: DateTime<Utc>,
}

/// Payload of `audit.export.expired`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expired {
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for ExportEvent {
    fn counts(&self) -> Vec<Count> {
        let (delta, max) = match self {
            Self::Requested(_) => (1, Some(MAX_OPEN)),
            Self::Completed(_) | Self::Failed(_) => (-1, None),
            Self::HandedOut(_) | Self::Expired(_) => return Vec::new(),
        };
        vec![Count {
            name: OPEN_COUNT,
            delta,
            min: None,
            max,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use crate::kernel::testing::stored_as;

    #[test]
    fn stored_forms_are_frozen() {
        let (by, at) = (r#""by":"anonymous""#, r#""at":"2024-03-01T09:30:00Z""#);
        stored_as(
            &requested(),
            "audit.export.requested",
            &format!("{{{by},\"filter\":{{}},\"place\":\"kept\",{at}}}"),
        );
        let part = r#"{"from":2,"to":9,"types":["crm.*"]}"#;
        stored_as(
            &requested_of(Filter {
                from: Some(2),
                to: Some(9),
                types: vec!["crm.*".to_owned()],
                ..Filter::default()
            }),
            "audit.export.requested",
            &format!("{{{by},\"filter\":{part},\"place\":\"kept\",{at}}}"),
        );
        stored_as(
            &requested_elsewhere(),
            "audit.export.requested",
            &format!("{{{by},\"filter\":{{}},\"place\":\"file\",{at}}}"),
        );
        let digest = "0f".repeat(32);
        let archive = format!("\"count\":7,\"treeSize\":9,\"bytes\":4096,\"sha256\":\"{digest}\"");
        stored_as(
            &completed(),
            "audit.export.completed",
            &format!("{{{archive},\"expiresAt\":\"2024-03-08T09:30:00Z\",{at}}}"),
        );
        stored_as(
            &completed_elsewhere(),
            "audit.export.completed",
            &format!("{{{archive},{at}}}"),
        );
        stored_as(
            &failed(Cause::Altered, Some(4)),
            "audit.export.failed",
            &format!("{{\"cause\":\"altered\",\"position\":4,\"reason\":\"it was so\",{at}}}"),
        );
        for (cause, name) in [
            (Cause::NotSealed, "not_sealed"),
            (Cause::DiskFull, "disk_full"),
            (Cause::GivenUp, "given_up"),
        ] {
            stored_as(
                &failed(cause, None),
                "audit.export.failed",
                &format!("{{\"cause\":\"{name}\",\"reason\":\"it was so\",{at}}}"),
            );
        }
        stored_as(
            &handed_out("user:1"),
            "audit.export.handed_out",
            &format!("{{\"to\":\"user:1\",{at}}}"),
        );
        stored_as(&expired(), "audit.export.expired", &format!("{{{at}}}"));
    }

    #[test]
    fn counts_those_that_have_not_ended() {
        let delta = |event: &ExportEvent| event.counts().iter().map(|it| it.delta).sum::<i64>();
        assert_eq!(requested().counts().first().unwrap().max, Some(MAX_OPEN));
        assert_eq!(delta(&requested()), 1);
        assert_eq!(delta(&completed()), -1);
        assert_eq!(delta(&failed(Cause::DiskFull, None)), -1);
        assert_eq!(delta(&handed_out("user:1")), 0);
        assert_eq!(delta(&expired()), 0);
    }
}

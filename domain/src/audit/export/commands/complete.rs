//! Say that an export is ready.

use crate::audit::export::{Completed, Export, ExportEvent, Refusal};
use crate::kernel::{Command, Decision};

/// Records that the archive is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    /// What it is.
    pub archive: Completed,
}

impl Command for Complete {
    type Aggregate = Export;

    fn decide(&self, export: &Export) -> Decision<Export> {
        match export {
            Export::Unknown => Err(Refusal::Unknown),
            Export::Pending(_) => Ok(vec![ExportEvent::Completed(self.archive.clone())]),
            Export::Ready(kept) if kept.sha256 == self.archive.sha256 => Ok(vec![]),
            Export::Ready(_) | Export::Failed | Export::Expired => Err(Refusal::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::Cause;
    use crate::audit::export::fixtures::{archive, completed, expired, expiry, failed, requested};
    use crate::kernel::testing::given;

    fn complete() -> Complete {
        Complete {
            archive: archive(Some(expiry())),
        }
    }

    #[test]
    fn an_export_that_was_asked_for_becomes_ready_once() {
        given(&[requested()]).when(&complete()).then(&[completed()]);
        given(&[requested(), completed()])
            .when(&complete())
            .then(&[]);
    }

    #[test]
    fn refuses_what_was_never_asked_for_and_what_has_ended() {
        given(&[]).when(&complete()).refuses(&Refusal::Unknown);
        let other = Complete {
            archive: Completed {
                sha256: "ff".repeat(32),
                ..archive(None)
            },
        };
        given(&[requested(), completed()])
            .when(&other)
            .refuses(&Refusal::Ended);
        for end in [
            vec![requested(), failed(Cause::DiskFull, None)],
            vec![requested(), completed(), expired()],
        ] {
            given(&end).when(&complete()).refuses(&Refusal::Ended);
        }
    }
}

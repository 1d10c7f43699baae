//! Say that there will be no archive.

use crate::audit::export::{Export, ExportEvent, Failed, Refusal};
use crate::kernel::{Command, Decision};

/// Records that an export failed for good.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// Why.
    pub failure: Failed,
}

impl Command for Fail {
    type Aggregate = Export;

    fn decide(&self, export: &Export) -> Decision<Export> {
        match export {
            Export::Unknown => Err(Refusal::Unknown),
            Export::Pending(_) => Ok(vec![ExportEvent::Failed(self.failure.clone())]),
            Export::Failed => Ok(vec![]),
            Export::Ready(_) | Export::Expired => Err(Refusal::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::Cause;
    use crate::audit::export::fixtures::{completed, failed, requested};
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;

    fn fail() -> Fail {
        Fail {
            failure: Failed {
                cause: Cause::Altered,
                position: Some(4),
                reason: "it was so".to_owned(),
                at: at(),
            },
        }
    }

    #[test]
    fn an_export_fails_once_and_says_where() {
        let failed = failed(Cause::Altered, Some(4));
        given(&[requested()])
            .when(&fail())
            .then(std::slice::from_ref(&failed));
        given(&[requested(), failed]).when(&fail()).then(&[]);
    }

    #[test]
    fn refuses_what_was_never_asked_for_and_what_is_ready() {
        given(&[]).when(&fail()).refuses(&Refusal::Unknown);
        given(&[requested(), completed()])
            .when(&fail())
            .refuses(&Refusal::Ended);
    }
}

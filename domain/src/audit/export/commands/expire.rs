//! Say that an archive is kept no longer.

use chrono::{DateTime, Utc};

use crate::audit::export::{Expired, Export, ExportEvent, Refusal};
use crate::kernel::{Command, Decision};

/// Records that the archive goes because its time is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expire {
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Expire {
    type Aggregate = Export;

    fn decide(&self, export: &Export) -> Decision<Export> {
        match export {
            Export::Unknown => Err(Refusal::Unknown),
            Export::Ready(archive) if archive.is_kept(self.at) => Err(Refusal::NotExpired),
            Export::Ready(_) => Ok(vec![ExportEvent::Expired(Expired { at: self.at })]),
            Export::Expired => Ok(vec![]),
            Export::Pending(_) | Export::Failed => Err(Refusal::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::Cause;
    use crate::audit::export::fixtures::{completed, expired, expiry, failed, requested};
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;

    #[test]
    fn an_archive_goes_when_its_time_is_over_and_not_before() {
        let past = [requested(), completed()];
        let then = given(&past).when(&Expire { at: expiry() });
        let gone = ExportEvent::Expired(Expired { at: expiry() });
        then.then(&[gone]);
        given(&past)
            .when(&Expire { at: at() })
            .refuses(&Refusal::NotExpired);
        given(&[requested(), completed(), expired()])
            .when(&Expire { at: expiry() })
            .then(&[]);
    }

    #[test]
    fn refuses_where_there_is_no_archive() {
        let expire = Expire { at: expiry() };
        given(&[]).when(&expire).refuses(&Refusal::Unknown);
        given(&[requested()]).when(&expire).refuses(&Refusal::Ended);
        given(&[requested(), failed(Cause::GivenUp, None)])
            .when(&expire)
            .refuses(&Refusal::Ended);
    }
}

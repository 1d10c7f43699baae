//! Hand an archive out.

use chrono::{DateTime, TimeDelta, Utc};

use crate::audit::export::{Export, ExportEvent, HandedOut, Refusal};
use crate::kernel::{Command, Decision};

/// For how long further requests of the same caller are part of the same fetching.
pub const SAME_FETCH: TimeDelta = TimeDelta::hours(1);

/// Records that somebody fetches the archive, or a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandOut {
    /// Who, as the event's own envelope has it.
    pub to: String,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for HandOut {
    type Aggregate = Export;

    fn decide(&self, export: &Export) -> Decision<Export> {
        match export {
            Export::Unknown => Err(Refusal::Unknown),
            Export::Ready(archive) if !archive.is_kept(self.at) => Err(Refusal::Ended),
            Export::Ready(archive) if archive.was_handed_to(&self.to, self.at - SAME_FETCH) => {
                Ok(vec![])
            }
            Export::Ready(_) => Ok(vec![ExportEvent::HandedOut(HandedOut {
                to: self.to.clone(),
                at: self.at,
            })]),
            Export::Pending(_) | Export::Failed | Export::Expired => Err(Refusal::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::Cause;
    use crate::audit::export::fixtures::{
        completed, completed_elsewhere, expired, expiry, failed, handed_out, requested,
    };
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;

    fn hand_out(to: &str, at: DateTime<Utc>) -> HandOut {
        let to = to.to_owned();
        HandOut { to, at }
    }

    #[test]
    fn each_caller_is_recorded_once_for_each_fetching() {
        let fresh = [requested(), completed()];
        given(&fresh)
            .when(&hand_out("user:1", at()))
            .then(&[handed_out("user:1")]);
        let fetched = [requested(), completed(), handed_out("user:1")];
        let part = hand_out("user:1", at() + TimeDelta::minutes(59));
        given(&fetched).when(&part).then(&[]);
        given(&fetched)
            .when(&hand_out("user:2", at()))
            .then(&[handed_out("user:2")]);
        let later = at() + SAME_FETCH;
        let again = HandedOut {
            to: "user:1".to_owned(),
            at: later,
        };
        given(&fetched)
            .when(&hand_out("user:1", later))
            .then(&[ExportEvent::HandedOut(again)]);
    }

    #[test]
    fn refuses_where_there_is_no_archive() {
        let hand_out = hand_out("user:1", at());
        given(&[]).when(&hand_out).refuses(&Refusal::Unknown);
        for past in [
            vec![requested()],
            vec![requested(), failed(Cause::GivenUp, None)],
            vec![requested(), completed_elsewhere()],
            vec![requested(), completed(), expired()],
        ] {
            given(&past).when(&hand_out).refuses(&Refusal::Ended);
        }
        let late = HandOut {
            at: expiry(),
            ..hand_out
        };
        given(&[requested(), completed()])
            .when(&late)
            .refuses(&Refusal::Ended);
    }
}

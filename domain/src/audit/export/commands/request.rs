//! Ask for an export.

use chrono::{DateTime, Utc};

use crate::audit::export::{Export, ExportEvent, Filter, FilterInput, Place, Refusal, Requested};
use crate::kernel::{Command, Decision};

/// Asks for an archive of the tenant's events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Who asks: `user:…`, `api_key:…`, `system:…`.
    pub by: String,
    /// Which events.
    pub filter: FilterInput,
    /// Where the archive is to be.
    pub place: Place,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Request {
    type Aggregate = Export;

    fn decide(&self, export: &Export) -> Decision<Export> {
        let filter = Filter::read(&self.filter)?;
        match export {
            Export::Unknown => Ok(vec![ExportEvent::Requested(Requested {
                by: self.by.clone(),
                filter,
                place: self.place,
                at: self.at,
            })]),
            Export::Pending(_) | Export::Ready(_) | Export::Failed | Export::Expired => {
                Err(Refusal::Exists)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::export::fixtures::{completed, requested, requested_of};
    use crate::crm::client::fixtures::at;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn everything() -> Request {
        Request {
            by: "anonymous".to_owned(),
            filter: FilterInput::default(),
            place: Place::Kept,
            at: at(),
        }
    }

    #[test]
    fn everything_or_a_part_is_asked_for() {
        given(&[]).when(&everything()).then(&[requested()]);
        let part = Request {
            filter: FilterInput {
                from: Some(2),
                ..FilterInput::default()
            },
            ..everything()
        };
        let filter = Filter {
            from: Some(2),
            ..Filter::default()
        };
        given(&[]).when(&part).then(&[requested_of(filter)]);
    }

    #[test]
    fn refuses_an_id_that_was_used_and_a_filter_without_sense() {
        for past in [vec![requested()], vec![requested(), completed()]] {
            given(&past).when(&everything()).refuses(&Refusal::Exists);
        }
        let senseless = Request {
            filter: FilterInput {
                from: Some(0),
                ..FilterInput::default()
            },
            ..everything()
        };
        let refused = senseless.decide(&Export::Unknown).unwrap_err();
        assert_eq!(
            (refused.code(), refused.field()),
            ("FIELD_MALFORMED", "from")
        );
    }
}

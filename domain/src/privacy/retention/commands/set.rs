//! Set a term.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision};
use crate::privacy::retention::{
    MAX_DAYS, Refusal, Retention, RetentionEvent, RetentionKind, RetentionSet,
};

/// Says how long a kind of data is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// What.
    pub kind: RetentionKind,
    /// How many days: 1 to 36,525.
    pub days: u32,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Set {
    type Aggregate = Retention;

    fn decide(&self, terms: &Retention) -> Decision<Retention> {
        if !(1..=MAX_DAYS).contains(&self.days) {
            return Err(Refusal::DaysOutOfRange);
        }
        if terms.days.get(&self.kind) == Some(&self.days) {
            return Ok(vec![]);
        }
        Ok(vec![RetentionEvent::Set(RetentionSet {
            kind: self.kind,
            days: self.days,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;
    use crate::privacy::retention::fixtures::{cleared, set};

    fn command(days: u32) -> Set {
        Set {
            kind: RetentionKind::ArchivedClients,
            days,
            at: at(),
        }
    }

    #[test]
    fn sets_and_changes_a_term() {
        given(&[]).when(&command(30)).then(&[set(30)]);
        given(&[set(30)]).when(&command(60)).then(&[set(60)]);
        given(&[set(30), cleared()])
            .when(&command(30))
            .then(&[set(30)]);
    }

    #[test]
    fn the_same_term_again_changes_nothing() {
        given(&[set(30)]).when(&command(30)).then(&[]);
    }

    #[test]
    fn refuses_a_term_that_is_none() {
        for days in [0, MAX_DAYS + 1] {
            given(&[])
                .when(&command(days))
                .refuses(&Refusal::DaysOutOfRange);
        }
    }
}

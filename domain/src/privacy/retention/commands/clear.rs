//! Take a term away.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision};
use crate::privacy::retention::{Cleared, Retention, RetentionEvent, RetentionKind};

/// Says that a kind of data is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clear {
    /// What.
    pub kind: RetentionKind,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Clear {
    type Aggregate = Retention;

    fn decide(&self, terms: &Retention) -> Decision<Retention> {
        Ok(match terms.days.get(&self.kind) {
            Some(_) => vec![RetentionEvent::Cleared(Cleared {
                kind: self.kind,
                at: self.at,
            })],
            None => vec![],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;
    use crate::privacy::retention::fixtures::{cleared, set};

    #[test]
    fn takes_a_term_away_once() {
        let command = Clear {
            kind: RetentionKind::ArchivedClients,
            at: at(),
        };
        given(&[set(30)]).when(&command).then(&[cleared()]);
        given(&[set(30), cleared()]).when(&command).then(&[]);
        given(&[]).when(&command).then(&[]);
    }
}

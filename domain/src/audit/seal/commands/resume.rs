//! Let sealing go on.

use crate::audit::seal::{Refusal, Resumed, Seal, SealEvent};
use crate::kernel::{Command, Decision};

/// Records that sealing goes on which had stopped. The same halt is ended once, and once more where
/// what was signed is given up after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// What had stopped, and what is given up.
    pub resumed: Resumed,
    /// Whether it is said who does it, and why.
    pub is_accounted: bool,
}

impl Command for Resume {
    type Aggregate = Seal;

    fn decide(&self, seal: &Seal) -> Decision<Seal> {
        let gives_up = self.resumed.given_up.is_some();
        if gives_up && !self.is_accounted {
            return Err(Refusal::Unaccounted);
        }
        Ok(match seal.resumed {
            Some(ended)
                if ended.halted_at == self.resumed.halted_at && (ended.gave_up || !gives_up) =>
            {
                vec![]
            }
            Some(_) | None => vec![SealEvent::Resumed(self.resumed.clone())],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::seal::fixtures::{gave_up, halt, resumed};
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;

    fn resume(event: &SealEvent, is_accounted: bool) -> Resume {
        let resumed = match event {
            SealEvent::Resumed(resumed) => resumed.clone(),
            SealEvent::KeyRotated(_) => halt(),
        };
        Resume {
            resumed,
            is_accounted,
        }
    }

    #[test]
    fn each_halt_is_ended_once() {
        given(&[])
            .when(&resume(&resumed(), false))
            .then(&[resumed()]);
        given(&[resumed()])
            .when(&resume(&resumed(), true))
            .then(&[]);
        // The same was found again, and now the history is given up.
        given(&[resumed()])
            .when(&resume(&gave_up(), true))
            .then(&[gave_up()]);
        given(&[gave_up()])
            .when(&resume(&resumed(), true))
            .then(&[]);
        let later = SealEvent::Resumed(Resumed {
            halted_at: at(),
            ..halt()
        });
        given(&[gave_up()])
            .when(&resume(&later, false))
            .then(std::slice::from_ref(&later));
    }

    #[test]
    fn history_is_not_given_up_by_nobody() {
        given(&[])
            .when(&resume(&gave_up(), false))
            .refuses(&Refusal::Unaccounted);
    }
}

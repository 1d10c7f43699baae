//! Ends a session on purpose.

use chrono::{DateTime, Utc};

use super::super::events::{EndReason, Revoked, SessionEvent};
use super::super::{Refusal, Session};
use crate::kernel::{Command, Decision};

/// Ends a session: its tokens open nothing from the next request on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Revoke {
    type Aggregate = Session;

    fn decide(&self, session: &Session) -> Decision<Session> {
        match session {
            Session::Unknown => Err(Refusal::Unknown),
            Session::Ended(_) => Ok(Vec::new()),
            Session::Live(_) => {
                let revoked = Revoked {
                    reason: self.reason,
                    at: self.at,
                };
                Ok(vec![SessionEvent::Revoked(revoked)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, reused, revoked, started};
    use super::*;
    use crate::kernel::testing::given;

    fn command(minutes: i64) -> Revoke {
        Revoke {
            reason: EndReason::SignedOut,
            at: at(minutes),
        }
    }

    #[test]
    fn ends_the_session() {
        let session = given(&[started()]).when(&command(1)).then(&[revoked(1)]);
        let Session::Ended(ended) = session else {
            panic!("{session:?}")
        };
        assert_eq!((ended.reason, ended.at), (EndReason::SignedOut, at(1)));
    }

    #[test]
    fn ends_an_expired_session_too() {
        given(&[started()])
            .when(&command(900))
            .then(&[revoked(900)]);
    }

    #[test]
    fn changes_nothing_when_it_has_ended() {
        given(&[started(), revoked(1)]).when(&command(2)).then(&[]);
        given(&[started(), reused(1, 1)])
            .when(&command(2))
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_session() {
        given(&[]).when(&command(1)).refuses(&Refusal::Unknown);
    }
}

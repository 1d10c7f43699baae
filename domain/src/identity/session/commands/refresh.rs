//! Exchanges a refresh token for the next pair, or catches it being used twice.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::events::{Refreshed, ReuseDetected, SessionEvent};
use super::super::salt::Salt;
use super::super::state::Presented;
use super::super::{ACCESS_MINUTES, MAX_ROTATIONS, Refusal, Session};
use crate::kernel::{Command, Decision, Digest};

/// Presents a refresh token. The new pair is derived from it and the salt, at the edge; when no
/// event follows, the pair is the one of [`Session::successor_salt`] instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// Of the token that was presented.
    pub presented: Digest,
    /// Of the refresh token that it is to become.
    pub refresh_token: Digest,
    /// Of the access token that comes with it.
    pub access_token: Digest,
    /// With which both were derived.
    pub salt: Salt,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Refresh {
    type Aggregate = Session;

    fn decide(&self, session: &Session) -> Decision<Session> {
        let login = session.live(self.at)?;
        match login.recognise(&self.presented, self.at) {
            Presented::Foreign => Err(Refusal::TokenInvalid),
            Presented::Parent(_) => Ok(Vec::new()),
            Presented::Spent => Ok(vec![SessionEvent::ReuseDetected(ReuseDetected {
                token: self.presented,
                at: self.at,
            })]),
            Presented::Current if login.spent.len() >= MAX_ROTATIONS => Err(Refusal::Worn),
            Presented::Current => {
                let end = login.absolute_expires_at;
                let idle = TimeDelta::minutes(i64::from(login.idle_minutes));
                Ok(vec![SessionEvent::Refreshed(Refreshed {
                    parent_token: self.presented,
                    refresh_token: self.refresh_token,
                    salt: self.salt,
                    access_token: self.access_token,
                    access_expires_at: end.min(self.at + TimeDelta::minutes(ACCESS_MINUTES)),
                    idle_expires_at: end.min(self.at + idle),
                    at: self.at,
                })])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::events::EndReason;
    use super::super::super::fixtures::{
        at, digest, refreshed, reused, revoked, salt, seconds, started,
    };
    use super::*;
    use crate::kernel::Aggregate;
    use crate::kernel::testing::given;

    /// Presents token `n`, to become token `n + 1`.
    fn present(n: u8, at: DateTime<Utc>) -> Refresh {
        Refresh {
            presented: digest(n),
            refresh_token: digest(n + 1),
            access_token: digest(101 + n),
            salt: salt(n + 1),
            at,
        }
    }

    #[test]
    fn rotates_the_current_token() {
        let session = given(&[started()])
            .when(&present(1, at(5)))
            .then(&[refreshed(2, 5)]);
        assert_eq!(session.successor_salt(&digest(1), at(5)), Some(salt(2)));
    }

    #[test]
    fn lets_nothing_outlive_the_absolute_end() {
        let mut past = vec![started()];
        past.extend((2..14).map(|n| refreshed(n, (i64::from(n) - 1) * 59)));
        let events = present(13, at(719)).decide(&Session::fold(&past)).unwrap();
        let Some(SessionEvent::Refreshed(event)) = events.first() else {
            panic!("{events:?}")
        };
        assert_eq!(
            (event.access_expires_at, event.idle_expires_at),
            (at(720), at(720))
        );
    }

    #[test]
    fn changes_nothing_when_the_parent_comes_again_within_the_grace() {
        let past = [started(), refreshed(2, 5)];
        let session = given(&past).when(&present(1, seconds(310))).then(&[]);
        assert_eq!(
            session.successor_salt(&digest(1), seconds(310)),
            Some(salt(2))
        );
    }

    #[test]
    fn ends_the_family_when_the_parent_comes_after_the_grace() {
        let past = [started(), refreshed(2, 5)];
        let late = present(1, seconds(311));
        let token = digest(1);
        let event = SessionEvent::ReuseDetected(ReuseDetected {
            token,
            at: seconds(311),
        });
        let session = given(&past).when(&late).then(&[event]);
        assert_eq!(session.successor_salt(&token, seconds(311)), None);
    }

    #[test]
    fn ends_the_family_when_the_parent_comes_after_its_successor_was_used() {
        let past = [started(), refreshed(2, 5), refreshed(3, 5)];
        given(&past).when(&present(1, at(5))).then(&[reused(1, 5)]);
    }

    #[test]
    fn ends_the_family_when_a_spent_token_is_replayed() {
        let past = [started(), refreshed(2, 1), refreshed(3, 2)];
        let session = given(&past).when(&present(1, at(3))).then(&[reused(1, 3)]);
        let Session::Ended(ended) = &session else {
            panic!("{session:?}")
        };
        assert_eq!(ended.reason, EndReason::TokenReused);
        assert!(session.access(&digest(103), at(3)).is_none());
        let decision = present(3, at(3)).decide(&session);
        assert_eq!(
            decision,
            Err(Refusal::Ended),
            "the newest token died with the family"
        );
    }

    #[test]
    fn rotates_once_for_twenty_requests_at_once() {
        let mut session = given::<Session>(&[started()]).state();
        let mut rotations = 0;
        for salt_of_request in 1..=20 {
            let request = Refresh {
                refresh_token: digest(200 + salt_of_request),
                salt: salt(salt_of_request),
                ..present(1, seconds(300))
            };
            for event in request.decide(&session).unwrap() {
                rotations += 1;
                session.evolve(event);
            }
            assert_eq!(
                session.successor_salt(&digest(1), seconds(300)),
                Some(salt(1))
            );
        }
        assert_eq!(rotations, 1);
    }

    #[test]
    fn refuses_a_token_that_never_was() {
        let past = [started(), refreshed(2, 1)];
        given(&past)
            .when(&present(77, at(3)))
            .refuses(&Refusal::TokenInvalid);
        let access_token = Refresh {
            presented: digest(102),
            ..present(1, at(3))
        };
        given(&past)
            .when(&access_token)
            .refuses(&Refusal::TokenInvalid);
    }

    #[test]
    fn refuses_an_idle_or_old_session() {
        given(&[started()])
            .when(&present(1, at(60)))
            .refuses(&Refusal::Expired);
        let mut past = vec![started()];
        past.extend((2..14).map(|n| refreshed(n, (i64::from(n) - 1) * 59)));
        given(&past)
            .when(&present(13, at(720)))
            .refuses(&Refusal::Expired);
    }

    #[test]
    fn refuses_a_session_that_ended_or_never_began() {
        given(&[started(), revoked(1)])
            .when(&present(1, at(2)))
            .refuses(&Refusal::Ended);
        given(&[])
            .when(&present(1, at(2)))
            .refuses(&Refusal::Unknown);
    }

    #[test]
    fn refuses_more_rotations_than_are_remembered() {
        let mut session = given::<Session>(&[started()]).state();
        for _ in 0..=MAX_ROTATIONS {
            session.evolve(refreshed(2, 1));
        }
        assert_eq!(present(2, at(2)).decide(&session), Err(Refusal::Worn));
    }
}

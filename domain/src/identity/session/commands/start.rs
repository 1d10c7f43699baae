//! Begins a session after a sign-in.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::events::{SessionEvent, Started};
use super::super::state::Place;
use super::super::{ACCESS_MINUTES, Refusal, Session, USER_AGENT_CHARS};
use crate::kernel::{Command, Decision, Digest, SessionId, UserId};

/// Begins a session. A sign-in, a step-up and a change of tenant each need one of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The new session, also the stream.
    pub session_id: SessionId,
    /// Who proved who they are.
    pub user_id: UserId,
    /// Where they act; none before a tenant is chosen.
    pub place: Option<Place>,
    /// Of the first refresh token.
    pub refresh_token: Digest,
    /// Of the first access token.
    pub access_token: Digest,
    /// How long the session lives without a refresh, in minutes (the tenant's policy).
    pub idle_minutes: u32,
    /// When it ends whatever is done (the tenant's policy).
    pub absolute_expires_at: DateTime<Utc>,
    /// When the user last gave their password: `at` for a sign-in, earlier for a session that
    /// follows another one.
    pub authenticated_at: DateTime<Utc>,
    /// What the device calls itself; cut to what is kept.
    pub user_agent: Option<String>,
    /// From where they come; none when nobody knows.
    pub address: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Start {
    type Aggregate = Session;

    fn decide(&self, session: &Session) -> Decision<Session> {
        if *session != Session::Unknown {
            return Err(Refusal::Exists);
        }
        let end = self.absolute_expires_at;
        if self.idle_minutes == 0 || end <= self.at {
            return Err(Refusal::ExpiresTooSoon);
        }
        let idle = TimeDelta::minutes(i64::from(self.idle_minutes));
        Ok(vec![SessionEvent::Started(Started {
            session_id: self.session_id,
            user_id: self.user_id,
            place: self.place,
            refresh_token: self.refresh_token,
            access_token: self.access_token,
            access_expires_at: end.min(self.at + TimeDelta::minutes(ACCESS_MINUTES)),
            idle_minutes: self.idle_minutes,
            idle_expires_at: end.min(self.at + idle),
            absolute_expires_at: end,
            authenticated_at: self.authenticated_at.min(self.at),
            user_agent: self.user_agent.as_deref().and_then(kept),
            address: self.address,
            at: self.at,
        })])
    }
}

/// What is kept of a user agent: a stranger's text, so it is cut and cleaned, never refused.
fn kept(user_agent: &str) -> Option<String> {
    let printable = user_agent.chars().filter(|c| !c.is_control());
    let text: String = printable.take(USER_AGENT_CHARS).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::super::fixtures::{at, digest, place, revoked, started};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Start {
        Start {
            session_id: SessionId(Uuid::from_u128(11)),
            user_id: UserId(Uuid::from_u128(10)),
            place: Some(place()),
            refresh_token: digest(1),
            access_token: digest(101),
            idle_minutes: 60,
            absolute_expires_at: at(720),
            authenticated_at: at(0),
            user_agent: Some("Firefox".to_owned()),
            address: Some([192, 0, 2, 7].into()),
            at: at(0),
        }
    }

    fn decided(command: &Start) -> Started {
        let mut events = command.decide(&Session::Unknown).unwrap();
        let Some(SessionEvent::Started(event)) = events.pop() else {
            panic!("{events:?}")
        };
        event
    }

    #[test]
    fn starts() {
        given(&[]).when(&command()).then(&[started()]);
    }

    #[test]
    fn lets_nothing_outlive_the_absolute_end() {
        let event = decided(&Start {
            absolute_expires_at: at(5),
            ..command()
        });
        assert_eq!(event.access_expires_at, at(5));
        assert_eq!(event.idle_expires_at, at(5));
    }

    #[test]
    fn does_not_pass_for_a_sign_in_when_it_follows_another_session() {
        let follows = Start {
            authenticated_at: at(0),
            at: at(30),
            ..command()
        };
        let event = decided(&follows);
        assert_eq!((event.authenticated_at, event.at), (at(0), at(30)));
        let from_a_clock_ahead = Start {
            authenticated_at: at(31),
            ..follows
        };
        assert_eq!(decided(&from_a_clock_ahead).authenticated_at, at(30));
    }

    #[test]
    fn cuts_and_cleans_the_user_agent() {
        let kept = |text: &str| {
            let user_agent = Some(text.to_owned());
            decided(&Start {
                user_agent,
                ..command()
            })
            .user_agent
        };
        assert_eq!(
            kept("a\r\n{\"level\":\"fake\"}"),
            Some("a{\"level\":\"fake\"}".to_owned())
        );
        assert_eq!(kept(&"é".repeat(300)), Some("é".repeat(200)));
        assert_eq!(kept(" \n "), None);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given(&[started()])
            .when(&command())
            .refuses(&Refusal::Exists);
        given(&[started(), revoked(1)])
            .when(&command())
            .refuses(&Refusal::Exists);
    }

    #[test]
    fn refuses_to_be_over_before_it_starts() {
        let over = Start {
            absolute_expires_at: at(0),
            ..command()
        };
        given(&[]).when(&over).refuses(&Refusal::ExpiresTooSoon);
        let idle = Start {
            idle_minutes: 0,
            ..command()
        };
        given(&[]).when(&idle).refuses(&Refusal::ExpiresTooSoon);
    }
}

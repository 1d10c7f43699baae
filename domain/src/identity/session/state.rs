//! What a session's rules need to know of its past.

use std::mem;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::GRACE_SECONDS;
use super::events::{EndReason, Refreshed, SessionEvent, Started};
use super::refusal::Refusal;
use super::salt::Salt;
use crate::kernel::{Aggregate, Digest, MemberId, SessionId, TenantId, UserId};

/// One sign-in of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Session {
    /// Nobody signed in.
    #[default]
    Unknown,
    /// Its tokens open what they open until they expire.
    Live(Box<Login>),
    /// Its tokens open nothing any more.
    Ended(Ended),
}

/// A session that was not revoked; whether it has expired only the clock knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The session.
    pub session_id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// Where they act; none before a tenant is chosen.
    pub place: Option<Place>,
    /// When the session began.
    pub started_at: DateTime<Utc>,
    /// When they last gave their password; earlier than the session when it follows another one.
    pub authenticated_at: DateTime<Utc>,
    /// The refresh token that buys the next pair.
    pub refresh_token: Digest,
    /// How it came about; none when it is the first.
    pub rotation: Option<Rotation>,
    /// The beginnings of the digests of all spent tokens, oldest first. 64 bits are enough to tell
    /// a token that was from one that never was, and keep long sessions small.
    pub spent: Vec<u64>,
    /// The access token of the current pair.
    pub access: AccessToken,
    /// The access token of the pair before, which requests under way still carry.
    pub previous_access: Option<AccessToken>,
    /// How long the session lives without a refresh, in minutes.
    pub idle_minutes: u32,
    /// When it ends unless it is refreshed.
    pub idle_expires_at: DateTime<Utc>,
    /// When it ends whatever is done.
    pub absolute_expires_at: DateTime<Utc>,
}

/// A member's place in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The member that the user is there.
    pub member_id: MemberId,
}

/// The last exchange of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The token given away.
    pub parent: Digest,
    /// With which it becomes the current one.
    pub salt: Salt,
    /// When.
    pub at: DateTime<Utc>,
}

/// A token that opens the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Its digest.
    pub token: Digest,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

/// What is left of a session that was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Who had signed in.
    pub user_id: UserId,
    /// Why it ended.
    pub reason: EndReason,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a presented refresh token is to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    /// The one that buys the next pair.
    Current,
    /// The one before it, while a lost answer may be asked for again.
    Parent(Salt),
    /// One that was given away for good.
    Spent,
    /// None of this session's.
    Foreign,
}

impl Session {
    /// The login that an access token opens at `now`; none when it opens nothing.
    ///
    /// Only half of the answer: [`User::admits`](crate::identity::user::User::admits) has the
    /// other half, and the member's state the role.
    pub fn access(&self, token: &Digest, now: DateTime<Utc>) -> Option<&Login> {
        let login = self.live(now).ok()?;
        let opens = |access: &AccessToken| access.token.matches(token) && now < access.expires_at;
        let is_open = opens(&login.access) || login.previous_access.as_ref().is_some_and(opens);
        is_open.then_some(login)
    }

    /// The salt with which the presented refresh token becomes the current one, when it is the
    /// parent and within its grace at `now`. None when it buys nothing: the edge answers as to
    /// a wrong token.
    pub fn successor_salt(&self, presented: &Digest, now: DateTime<Utc>) -> Option<Salt> {
        match self.live(now).ok()?.recognise(presented, now) {
            Presented::Parent(salt) => Some(salt),
            Presented::Current | Presented::Spent | Presented::Foreign => None,
        }
    }

    /// The login of a session that is neither over nor expired at `now`.
    ///
    /// # Errors
    /// Which of these it is.
    pub fn live(&self, now: DateTime<Utc>) -> Result<&Login, Refusal> {
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Ended(_) => Err(Refusal::Ended),
            Self::Live(login) if login.ends_at() <= now => Err(Refusal::Expired),
            Self::Live(login) => Ok(login),
        }
    }

    fn end(&mut self, reason: EndReason, at: DateTime<Utc>) {
        *self = match mem::take(self) {
            Self::Live(login) => Self::Ended(Ended {
                user_id: login.user_id,
                reason,
                at,
            }),
            other @ (Self::Unknown | Self::Ended(_)) => other,
        };
    }
}

impl Login {
    /// From when on an access token that opens the session does not any more.
    pub fn ends(&self, token: &Digest) -> DateTime<Utc> {
        let previous = self.previous_access.as_ref();
        let previous = previous.filter(|access| access.token.matches(token));
        previous.unwrap_or(&self.access).expires_at
    }

    /// When the session expires unless it is refreshed.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.idle_expires_at.min(self.absolute_expires_at)
    }

    /// What `presented` is to this session at `now`.
    pub(super) fn recognise(&self, presented: &Digest, now: DateTime<Utc>) -> Presented {
        if self.refresh_token.matches(presented) {
            return Presented::Current;
        }
        let grace = TimeDelta::seconds(GRACE_SECONDS);
        match self.rotation {
            Some(last) if last.parent.matches(presented) => {
                // A clock that is behind the one that rotated is within the grace, too.
                if now.signed_duration_since(last.at) <= grace {
                    Presented::Parent(last.salt)
                } else {
                    Presented::Spent
                }
            }
            _ if self.spent.contains(&beginning(presented)) => Presented::Spent,
            Some(_) | None => Presented::Foreign,
        }
    }

    fn new(event: Started) -> Self {
        Self {
            session_id: event.session_id,
            user_id: event.user_id,
            place: event.place,
            started_at: event.at,
            authenticated_at: event.authenticated_at,
            refresh_token: event.refresh_token,
            rotation: None,
            spent: Vec::new(),
            access: AccessToken {
                token: event.access_token,
                expires_at: event.access_expires_at,
            },
            previous_access: None,
            idle_minutes: event.idle_minutes,
            idle_expires_at: event.idle_expires_at,
            absolute_expires_at: event.absolute_expires_at,
        }
    }

    fn rotate(&mut self, event: Refreshed) {
        let rotation = Rotation {
            parent: event.parent_token,
            salt: event.salt,
            at: event.at,
        };
        let before = self.rotation.replace(rotation);
        self.spent
            .extend(before.map(|spent| beginning(&spent.parent)));
        self.refresh_token = event.refresh_token;
        let access = AccessToken {
            token: event.access_token,
            expires_at: event.access_expires_at,
        };
        self.previous_access = Some(mem::replace(&mut self.access, access));
        self.idle_expires_at = event.idle_expires_at;
    }
}

/// The first 64 bits of a digest.
fn beginning(digest: &Digest) -> u64 {
    let bytes = digest.as_bytes().first_chunk();
    bytes.map_or(0, |first| u64::from_be_bytes(*first))
}

impl Aggregate for Session {
    const NAME: &'static str = "identity.session";
    type Event = SessionEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Started(e) => *self = Self::Live(Box::new(Login::new(e))),
            SessionEvent::Refreshed(e) => {
                if let Self::Live(login) = self {
                    login.rotate(e);
                }
            }
            SessionEvent::ReuseDetected(e) => self.end(EndReason::TokenReused, e.at),
            SessionEvent::Revoked(e) => self.end(e.reason, e.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{at, digest, refreshed, reused, revoked, salt, seconds, started};
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn opens_with_the_access_token_for_ten_minutes() {
        let session = given::<Session>(&[started()]).state();
        assert!(session.access(&digest(101), seconds(599)).is_some());
        assert!(session.access(&digest(101), at(10)).is_none());
        assert!(session.access(&digest(102), at(1)).is_none());
        assert!(
            session.access(&digest(1), at(1)).is_none(),
            "a refresh token opens nothing"
        );
    }

    #[test]
    fn opens_with_the_access_token_of_the_pair_before_until_it_expires() {
        let session = given::<Session>(&[started(), refreshed(2, 5)]).state();
        assert!(session.access(&digest(101), at(9)).is_some());
        assert!(session.access(&digest(101), at(10)).is_none());
        assert!(session.access(&digest(102), at(14)).is_some());
        let ends = |token| session.live(at(6)).unwrap().ends(&digest(token));
        assert_eq!((ends(101), ends(102)), (at(10), at(15)));
        let session = given::<Session>(&[started(), refreshed(2, 5), refreshed(3, 6)]).state();
        assert!(session.access(&digest(101), at(7)).is_none());
    }

    #[test]
    fn opens_nothing_after_it_ended_or_before_it_began() {
        let ends = [
            vec![started(), revoked(1)],
            vec![started(), reused(1, 1)],
            vec![],
        ];
        for events in ends {
            let session = given::<Session>(&events).state();
            assert!(session.access(&digest(101), at(2)).is_none());
            assert_eq!(session.successor_salt(&digest(1), at(2)), None);
        }
    }

    #[test]
    fn gives_the_salt_of_the_parent_within_the_grace() {
        let session = given::<Session>(&[started(), refreshed(2, 5)]).state();
        assert_eq!(
            session.successor_salt(&digest(1), seconds(299)),
            Some(salt(2))
        );
        assert_eq!(
            session.successor_salt(&digest(1), seconds(310)),
            Some(salt(2))
        );
        assert_eq!(session.successor_salt(&digest(1), seconds(311)), None);
        assert_eq!(session.successor_salt(&digest(2), seconds(301)), None);
    }

    #[test]
    fn survives_a_snapshot() {
        let events = [started(), refreshed(2, 5), refreshed(3, 6)];
        let session = given::<Session>(&events).state();
        let snapshot = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&snapshot).unwrap(), session);
    }
}

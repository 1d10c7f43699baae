//! Sessions as the edge sees them: their tokens are made here, and only their digests kept.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::identity::session::{Refresh, ReuseDetected, Session, SessionEvent, Start};
use daybook_domain::kernel::{SessionId, TenantId, UserId, encode};
use daybook_domain::tenancy::settings::SecurityPolicy;
use daybook_projections::identity::SESSIONS;
use daybook_store::{Context, ExecuteError};

use super::entrance::Entrance;
use super::rest::Problem;
use crate::access::{SecretToken, mint_salt, successor_of};
use crate::api::Api;
use crate::fault::{Code, Fault};
use crate::post::Letter;

/// A pair of tokens and how long they work.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) session_id: SessionId,
    pub(super) access: SecretToken,
    pub(super) refresh: SecretToken,
    /// When the access token stops.
    pub(super) access_expires_at: DateTime<Utc>,
    /// When the session ends unless it is refreshed.
    pub(super) session_ends_at: DateTime<Utc>,
}

/// A session that is to begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'o> {
    pub(super) user_id: UserId,
    /// Where they act; none before a tenant is chosen.
    pub(super) entrance: Option<&'o Entrance>,
    /// When they gave their password.
    pub(super) authenticated_at: DateTime<Utc>,
    /// What the device calls itself.
    pub(super) user_agent: Option<&'o str>,
    /// Where it is.
    pub(super) address: Option<IpAddr>,
}

/// What became of a refresh token that was presented.
#[derive(Debug)]
pub(super) enum Refreshed {
    /// It bought these, now or, by a request beside this one, a moment ago.
    Tokens(Tokens),
    /// It was presented before: the session has ended.
    Reused,
}

/// How long a sign-in waits for the list of sessions.
const LISTED: Duration = Duration::from_millis(500);
const REFRESH: &str = "refresh";
const ACCESS: &str = "access";

impl Api {
    /// Begins a session.
    ///
    /// # Errors
    /// 401 when the password was given too long ago; the log is away.
    pub(super) async fn begin_session(
        &self,
        opening: Opening<'_>,
        context: Context,
    ) -> Result<Tokens, Problem> {
        let session_id = SessionId(self.mint_id());
        let refresh = SecretToken::mint_for(session_id)?;
        let access = SecretToken::mint_for(session_id)?;
        let policy = opening
            .entrance
            .map_or_else(SecurityPolicy::default, |place| place.policy);
        let hours = TimeDelta::hours(i64::from(policy.session_absolute_hours));
        let command = Start {
            session_id,
            user_id: opening.user_id,
            place: opening.entrance.map(|entrance| entrance.place),
            refresh_token: refresh.digest(),
            access_token: access.digest(),
            idle_minutes: policy.session_idle_minutes,
            absolute_expires_at: opening.authenticated_at + hours,
            authenticated_at: opening.authenticated_at,
            user_agent: opening.user_agent.map(str::to_owned),
            address: opening.address,
            at: context.at,
        };
        let batch = self.store().batch(TenantId::PLATFORM, context);
        let receipt = batch
            .and_new(session_id, command)
            .execute()
            .await
            .map_err(too_old)?;
        self.listed(receipt.log_position).await;
        let started = receipt
            .events
            .first()
            .map(|event| event.decode())
            .transpose();
        let Ok(Some(SessionEvent::Started(started))) = started else {
            tracing::error!("a session that was started has no beginning");
            return Err(Fault::internal().into());
        };
        Ok(Tokens {
            session_id,
            access,
            refresh,
            access_expires_at: started.access_expires_at,
            session_ends_at: started.idle_expires_at,
        })
    }

    /// Gives the list of sessions, which clients show next, a moment to have a change, too. No
    /// sign-in fails for a list.
    async fn listed(&self, log_position: i64) {
        let waited = self
            .positions()
            .wait(&[SESSIONS], log_position, LISTED)
            .await;
        if let Err(behind) = waited {
            tracing::debug!(%behind, "a session begins before it is listed");
        }
    }

    /// Exchanges a refresh token for the pair that follows it; with one that was used before, mails
    /// the warning.
    ///
    /// # Errors
    /// 401 for a token that buys nothing.
    pub(super) async fn refresh_session(
        &self,
        presented: &SecretToken,
        context: Context,
        warning: Option<Letter>,
    ) -> Result<Refreshed, Problem> {
        let session_id = presented.session().ok_or_else(refused)?;
        let (digest, at) = (presented.digest(), context.at);
        let mut salt = mint_salt()?;
        let derive = |salt, purpose| successor_of(session_id, presented, &salt, purpose);
        let command = Refresh {
            presented: digest,
            refresh_token: derive(salt, REFRESH).digest(),
            access_token: derive(salt, ACCESS).digest(),
            salt,
            at,
        };
        let store = self.store();
        let mail = warning.map(|letter| letter.with(&context));
        let mut batch = store.batch(TenantId::PLATFORM, context);
        batch = batch.and(session_id, command);
        if let Some(mail) = mail {
            let reuse = SessionEvent::ReuseDetected(ReuseDetected { token: digest, at });
            batch = batch.mailing_about(encode(&reuse).name, mail);
        }
        let receipt = batch.execute().await.map_err(|error| match error {
            ExecuteError::Refused(_) => refused(),
            other => other.into(),
        })?;
        let event = receipt
            .events
            .first()
            .map(|event| event.decode::<SessionEvent>());
        if matches!(event, Some(Ok(SessionEvent::ReuseDetected(_)))) {
            return Ok(Refreshed::Reused);
        }
        let session = store
            .load_stored_now::<Session>(TenantId::PLATFORM, session_id)
            .await?;
        let login = session.state.live(at).map_err(|_| refused())?;
        if receipt.events.is_empty() {
            // Another request with this token came first: its successor is this one's, too.
            salt = session
                .state
                .successor_salt(&digest, at)
                .ok_or_else(refused)?;
        }
        let tokens = Tokens {
            session_id,
            access: derive(salt, ACCESS),
            refresh: derive(salt, REFRESH),
            access_expires_at: login.access.expires_at,
            session_ends_at: login.ends_at(),
        };
        // The successor may have been used meanwhile: nothing that opens nothing is handed out.
        if tokens.refresh.digest() == login.refresh_token {
            Ok(Refreshed::Tokens(tokens))
        } else {
            Err(refused())
        }
    }
}

/// The same for every reason.
pub(super) fn refused() -> Problem {
    Fault::new(
        Code::Unauthenticated,
        "the token is not valid; sign in again",
    )
    .into()
}

fn too_old(error: ExecuteError) -> Problem {
    match error {
        ExecuteError::Refused(_) => {
            let text = "the password was given too long ago for this tenant; sign in again";
            Fault::new(Code::Unauthenticated, text).into()
        }
        other => other.into(),
    }
}

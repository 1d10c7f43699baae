//! A request to an endpoint, read and bounded.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use daybook_domain::identity::user::{Account, EMAIL_SCOPE, User};
use daybook_domain::kernel::{Command, Email, SessionId, TenantId, UserId};
use daybook_store::{Actor, Address, Context, Fingerprint, Origin, Receipt};
use serde::de::DeserializeOwned;
use tracing::Span;
use uuid::Uuid;

use super::Problem;
use crate::access::{Authenticated, Caller, Presented, SignedIn, log_actor, log_correlation};
use crate::api::Api;
use crate::door::{ACCESS_COOKIE, CROSS_SITE, bearer, cookie, is_same_site};
use crate::engine::Settings;
use crate::fault::{Code, Fault};
use crate::gateway::RequestId;
use crate::http::{peer, read_body, require_json};
use crate::identity::letters::Reader;
use crate::post::Letter;

/// The most bytes of a body.
const BODY_BYTES: usize = 64 * 1024;

/// A request whose body is a `T`.
#[derive(Debug)]
pub(super) struct Asked<T> {
    pub(super) visit: Visit,
    pub(super) input: T,
}

/// A request without its body.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) api: Api,
    pub(super) request_id: RequestId,
    pub(super) peer: Option<IpAddr>,
    pub(super) headers: HeaderMap,
    /// When it came.
    pub(super) at: DateTime<Utc>,
    route: String,
}

impl<T: DeserializeOwned> FromRequest<Api> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let peer = peer(&parts);
        if let Err(throttled) = api.rates().take(&Caller::nobody(), peer) {
            return Err(Problem::too_often(throttled.retry_after));
        }
        require_json(&parts.headers, true)?;
        let settings = Settings {
            body_bytes: BODY_BYTES,
            ..Settings::default()
        };
        let bytes = read_body((&parts.headers, body), &settings).await?;
        let input = read(&bytes)?;
        let visit = Visit {
            api: api.clone(),
            request_id: RequestId::of(&parts),
            peer,
            at: api.now(),
            route: format!("rest:{}", parts.uri.path()),
            headers: parts.headers,
        };
        Ok(Self { visit, input })
    }
}

/// The input of a body; an empty one is an empty object. Unknown and repeated members are refused
/// by the input's own `Deserialize`.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let refuse = |text: String| Problem::from(Fault::new(Code::BadRequest, text));
    // A list of the right length would be taken for an object's values.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(refuse("the body must be a JSON object".to_owned()));
    }
    let error = |error| refuse(format!("the body is not what is expected here: {error}"));
    serde_json::from_slice(bytes).map_err(error)
}

/// Who acts, for which account, and through which sign-in where there is one already.
#[derive(Debug)]
pub(super) struct Acting {
    actor: Actor,
    account: UserId,
    session: Option<SessionId>,
}

impl From<UserId> for Acting {
    fn from(user: UserId) -> Self {
        (Actor::User(user), user).into()
    }
}

impl From<(Actor, UserId)> for Acting {
    fn from((actor, account): (Actor, UserId)) -> Self {
        Self {
            actor,
            account,
            session: None,
        }
    }
}

impl From<(UserId, SessionId)> for Acting {
    fn from((user, session): (UserId, SessionId)) -> Self {
        Self {
            actor: Actor::User(user),
            account: user,
            session: Some(session),
        }
    }
}

impl Visit {
    /// What comes with a command that this request leads to.
    pub(super) fn context(&self, acting: impl Into<Acting>) -> Context {
        let acting = acting.into();
        let of = acting.account.0;
        let origin = Origin {
            address: self.peer.map(|ip| Address { ip, of }),
            session_id: acting.session.map(|session| session.0),
            request_id: Some(self.request_id.as_str().to_owned()),
            route: Some(self.route.clone()),
            ..Origin::default()
        };
        // Every request is a command of its own, so there is no input to compare repeats by.
        let fingerprint = Fingerprint::of(&self.route, &());
        let context =
            Context::new(acting.actor, self.api.mint_id(), fingerprint, self.at).from(origin);
        let span = Span::current();
        log_actor(&span, &context.actor);
        log_correlation(&span, &context);
        context
    }

    /// Has an account or a session do something, whoever the request turned out to be from.
    ///
    /// # Errors
    /// A refusal, or the log is away.
    pub(super) async fn execute<C: Command>(
        &self,
        acting: impl Into<Acting>,
        stream_id: impl Into<Uuid>,
        command: C,
    ) -> Result<Receipt, Problem> {
        let context = self.context(acting);
        let store = self.api.store();
        let done = store.execute(TenantId::PLATFORM, stream_id, command, context);
        Ok(done.await?)
    }

    /// The same, with a mail that is sent once it is done.
    ///
    /// # Errors
    /// A refusal, or the log is away.
    pub(super) async fn execute_and_mail<C: Command>(
        &self,
        acting: impl Into<Acting>,
        (stream_id, command): (impl Into<Uuid>, C),
        letter: Letter,
    ) -> Result<Receipt, Problem> {
        let context = self.context(acting);
        let mail = letter.with(&context);
        let batch = self.api.store().batch(TenantId::PLATFORM, context);
        let batch = batch.and(stream_id, command).mailing(mail);
        Ok(batch.execute().await?)
    }

    /// What the device calls itself.
    pub(super) fn user_agent(&self) -> Option<String> {
        self.headers
            .get(USER_AGENT)?
            .to_str()
            .ok()
            .map(str::to_owned)
    }

    /// The user with an address; none for a text that is no address.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Arc<User>>, Problem> {
        let Ok(email) = Email::parse("email", email) else {
            return Ok(None);
        };
        let store = self.api.store();
        let found = store.platform_claim(EMAIL_SCOPE, &email.compared()).await?;
        let Some((_, user_id)) = found else {
            return Ok(None);
        };
        Ok(Some(
            store.load::<User>(TenantId::PLATFORM, user_id).await?.state,
        ))
    }

    /// Whom a mail to the account's owner is for.
    pub(super) fn reader<'a>(&'a self, account: &'a Account) -> Reader<'a> {
        let public_url = &self.api.options().public_url;
        Reader {
            email: account.email.as_str(),
            name: &account.name,
            public_url,
        }
    }

    /// The value of a cookie, which counts only on requests from pages of ours.
    ///
    /// # Errors
    /// 403 when the cookie is there and the page is another's.
    pub(super) fn cookie(&self, name: &str) -> Result<Option<&str>, Problem> {
        let found = cookie(&self.headers, name);
        if found.is_some() {
            self.require_same_site()?;
        }
        Ok(found)
    }

    /// Passes a request from a page of ours.
    ///
    /// # Errors
    /// 403.
    pub(super) fn require_same_site(&self) -> Result<(), Problem> {
        if is_same_site(&self.headers, self.api.options()) {
            return Ok(());
        }
        tracing::warn!(peer = ?self.peer, "authz_cross_site");
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "CROSS_SITE",
            CROSS_SITE,
        ))
    }

    /// The signed-in user that the request's access token is of.
    ///
    /// # Errors
    /// 401 without a valid one, 403 with an API key or from where the tenant lets nobody in.
    pub(super) async fn signed_in(&self) -> Result<(Authenticated, SignedIn), Problem> {
        let secret = match bearer(&self.headers) {
            Some(secret) => Some(secret),
            None => self.cookie(ACCESS_COOKIE)?,
        };
        let presented = Presented {
            secret,
            peer: self.peer,
            from_memory: true,
        };
        let authenticated = self.api.authenticate(presented).await?;
        let user = authenticated.caller.require_user()?;
        Ok((authenticated, user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        #[expect(dead_code, reason = "only read")]
        role: Option<String>,
    }

    #[test]
    fn refuses_unknown_and_repeated_members() {
        assert!(read::<Input>(b"").is_ok());
        assert!(read::<Input>(br#"{"role":"member"}"#).is_ok());
        for bad in [
            r#"{"role":"member","role":"owner"}"#,
            r#"{"admin":true}"#,
            r#"["owner"]"#,
            r#"{"role":1}"#,
            "{",
            "null",
        ] {
            assert!(read::<Input>(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}

//! From a presented secret to a caller.
//!
//! Nothing a token or key says is believed: it only finds the session or key, whose aggregate, and
//! those of user, member and tenant, decide as of now. Their states are in memory, kept current by
//! the log's tail, so a revocation counts on the next request on every node.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::identity::session::Session;
use daybook_domain::identity::user::User;
use daybook_domain::kernel::{Aggregate, TenantId};
use daybook_domain::tenancy::api_key::format::WrittenKey;
use daybook_domain::tenancy::api_key::{ApiKey, KID_SCOPE};
use daybook_domain::tenancy::member::{Member, Membership};
use daybook_domain::tenancy::network::Network;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::StoreError;
use uuid::Uuid;

use super::caller::{Caller, Scope, SignedIn, Standing, Who};
use super::tokens::{SecretToken, digest_of};
use crate::api::Api;
use crate::fault::{Code, Fault};

/// What a client presents, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'r> {
    /// The access token or API key; none for a caller without credentials.
    pub secret: Option<&'r str>,
    /// Where the connection comes from; none when it is not known.
    pub peer: Option<IpAddr>,
    /// Whether states in memory may be used. Checks that follow a change ask the database.
    pub from_memory: bool,
}

/// A caller, and until when and on which streams their rights depend.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub caller: Caller,
    /// When the presented secret stops working by itself; none for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// The streams whose events can change the caller's rights.
    pub depends_on: Vec<Uuid>,
}

impl Api {
    /// Who is asking.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a secret that opens nothing, whatever the reason; `FORBIDDEN` from
    /// an address that the tenant or the key does not allow.
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Authenticated, Fault> {
        let Some(secret) = presented.secret else {
            let caller = Caller::nobody();
            return Ok(Authenticated {
                caller,
                expires_at: None,
                depends_on: Vec::new(),
            });
        };
        // A mistyped key is told from its checksum, without a look-up.
        if let Ok(key) = WrittenKey::parse(secret) {
            return self.by_key(&key, presented).await;
        }
        self.by_session(&SecretToken::presented(secret), presented)
            .await
    }

    async fn by_session(
        &self,
        token: &SecretToken,
        presented: Presented<'_>,
    ) -> Result<Authenticated, Fault> {
        let session_id = token.session().ok_or_else(refused)?;
        let session: Arc<Session> = self
            .state(TenantId::PLATFORM, session_id, presented)
            .await?;
        let token = token.digest();
        let login = session.access(&token, self.now()).ok_or_else(refused)?;
        let user: Arc<User> = self
            .state(TenantId::PLATFORM, login.user_id, presented)
            .await?;
        if !user.admits(session_id, login.started_at) {
            return Err(refused());
        }
        let mut depends_on = vec![session_id.0, login.user_id.0];
        let scope = match login.place {
            None => None,
            Some(place) => {
                depends_on.extend([place.member_id.0, place.tenant_id.0]);
                let member: Arc<Member> = self
                    .state(place.tenant_id, place.member_id, presented)
                    .await?;
                let membership = member.active().map_err(|_| refused())?;
                if membership.user_id != login.user_id {
                    return Err(refused());
                }
                Some(self.scope(place.tenant_id, membership, presented).await?)
            }
        };
        let (user_id, since) = (login.user_id, login.authenticated_at);
        let signed_in = SignedIn {
            user_id,
            session_id,
            since,
        };
        let caller = Caller {
            who: Who::User(signed_in),
            scope: scope.map(Arc::new),
        };
        Ok(Authenticated {
            caller,
            expires_at: Some(login.ends(&token)),
            depends_on,
        })
    }

    async fn by_key(
        &self,
        key: &WrittenKey,
        presented: Presented<'_>,
    ) -> Result<Authenticated, Fault> {
        let (tenant, key_id) = self
            .find_key(key.kid().as_str())
            .await?
            .ok_or_else(refused)?;
        let found: Arc<ApiKey> = self.state(tenant, key_id, presented).await?;
        let digest = digest_of(key.reveal());
        let grant = found
            .open(&digest, presented.peer, self.now())
            .ok_or_else(refused)?;
        let member: Arc<Member> = self.state(tenant, grant.creator, presented).await?;
        let membership = member.active().map_err(|_| refused())?;
        let user: Arc<User> = self
            .state(TenantId::PLATFORM, membership.user_id, presented)
            .await?;
        user.active().map_err(|_| refused())?;
        let mut scope = self.scope(tenant, membership, presented).await?;
        if !scope.api_keys_allowed {
            return Err(refused());
        }
        scope.scopes = Some(grant.scopes.iter().copied().collect());
        let depends_on = vec![key_id, grant.creator.0, membership.user_id.0, tenant.0];
        let caller = Caller {
            who: Who::ApiKey(key_id.into()),
            scope: Some(Arc::new(scope)),
        };
        Ok(Authenticated {
            caller,
            expires_at: grant.ends(&digest),
            depends_on,
        })
    }

    async fn scope(
        &self,
        tenant_id: TenantId,
        membership: &Membership,
        presented: Presented<'_>,
    ) -> Result<Scope, Fault> {
        let tenant: Arc<Tenant> = self.state(tenant_id, tenant_id, presented).await?;
        let profile = tenant.profile().ok_or_else(refused)?;
        if !Network::admits(&profile.ip_allow_list, presented.peer) {
            return Err(elsewhere());
        }
        Ok(Scope {
            tenant: tenant_id,
            standing: Standing::of(&tenant),
            plan: profile.plan,
            member_id: membership.member_id,
            role: membership.role,
            scopes: None,
            api_keys_allowed: profile.security.allow_api_keys,
            client_id: membership.client_id,
        })
    }

    /// The key behind a public part; which key that is never changes.
    async fn find_key(&self, kid: &str) -> Result<Option<(TenantId, Uuid)>, Fault> {
        if let Some(found) = self.known_keys().get(kid) {
            return Ok(Some(found));
        }
        let found = self.store().platform_claim(KID_SCOPE, kid).await?;
        if let Some(found) = found {
            self.known_keys().insert(kid.to_owned(), found);
        }
        Ok(found)
    }

    async fn state<A: Aggregate>(
        &self,
        tenant: TenantId,
        id: impl Into<Uuid>,
        presented: Presented<'_>,
    ) -> Result<Arc<A>, StoreError> {
        let loaded = if presented.from_memory {
            self.store().load::<A>(tenant, id).await?
        } else {
            self.store().load_stored_now::<A>(tenant, id).await?
        };
        Ok(loaded.state)
    }
}

/// The same for every reason, so that nothing can be learnt from it.
fn refused() -> Fault {
    Fault::new(
        Code::Unauthenticated,
        "the access token or API key is not valid; sign in again",
    )
}

fn elsewhere() -> Fault {
    Fault::new(Code::Forbidden, "this is not allowed from your address")
}

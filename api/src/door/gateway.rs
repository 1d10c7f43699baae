//! The answers to what the transports ask.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;
use async_graphql::{Name, Request, Response, Value};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use futures::future::BoxFuture;
use tracing::Span;
use uuid::Uuid;

use super::credentials::{ACCESS_COOKIE, bearer, cookie, init_secret};
use super::same_site::{CROSS_SITE, is_same_site};
use crate::access::{Authenticated, Caller, Presented, log_caller};
use crate::api::Api;
use crate::fault::{Code, Fault};
use crate::gateway::{Asked, Attached, Budget, Credentials, Gateway, Sharing, Throttled};
use crate::graphql::{Asking, Freshness, Reflected};

/// Who is asking, with what is needed to ask again.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who.
    pub caller: Caller,
    secret: Option<Arc<str>>,
    peer: Option<IpAddr>,
    depends_on: Vec<Uuid>,
    /// The tenant's position that read models had reached when the request came.
    position: i64,
    /// That of the request, for its line in the log.
    span: Span,
}

/// How long a query or mutation may take: the product's bound is 500 ms at p99; what takes ten
/// times that is not worth waiting for.
const QUERY_LIMIT: Duration = Duration::from_secs(10);
const MUTATION_LIMIT: Duration = Duration::from_secs(30);

impl Api {
    /// Who sent a request, by its headers.
    ///
    /// # Errors
    /// See [`Api::authenticate`]; `FORBIDDEN` when a page of another's uses the visitor's cookie;
    /// `THROTTLED` when too many come from there whom nobody knows.
    pub async fn visitor(&self, credentials: Credentials<'_>) -> Result<Visitor, Fault> {
        let secret = self.secret(&credentials)?;
        let presented = Presented {
            secret,
            peer: credentials.peer,
            from_memory: true,
        };
        let Authenticated {
            caller,
            expires_at: _,
            depends_on,
        } = match self.authenticate(presented).await {
            Ok(authenticated) => authenticated,
            Err(fault) => return Err(self.charged(fault, credentials.peer)),
        };
        let span = Span::current();
        log_caller(&span, &caller);
        let position = match &caller.scope {
            Some(scope) => {
                let reached = self.positions().posted_by(self.read_models()).await;
                self.store().position_as_of(scope.tenant, reached).await?
            }
            None => 0,
        };
        let secret = secret.map(Arc::from);
        Ok(Visitor {
            caller,
            secret,
            peer: credentials.peer,
            depends_on,
            position,
            span,
        })
    }

    /// Takes a request whose credentials let nobody in from the bucket of where it comes from.
    fn charged(&self, fault: Fault, peer: Option<IpAddr>) -> Fault {
        if !matches!(fault.code, Code::Unauthenticated | Code::Forbidden) {
            return fault;
        }
        let taken = self.rates().take(&Caller::nobody(), peer);
        taken.err().map_or(fault, |throttled| {
            let text = "too many requests from your address are without valid credentials: try again later";
            Fault::new(Code::Throttled, text).retry_after(throttled.retry_after)
        })
    }

    /// The secret of a request: the one it names itself before the one that a browser adds.
    fn secret<'c>(&self, credentials: &Credentials<'c>) -> Result<Option<&'c str>, Fault> {
        let named = credentials
            .init
            .and_then(init_secret)
            .or_else(|| bearer(credentials.headers));
        if named.is_some() {
            return Ok(named);
        }
        let added = cookie(credentials.headers, ACCESS_COOKIE);
        if added.is_some() && !is_same_site(credentials.headers, self.options()) {
            tracing::warn!(peer = ?credentials.peer, "authz_cross_site");
            return Err(Fault::new(Code::Forbidden, CROSS_SITE));
        }
        Ok(added)
    }

    /// While the visitor's rights are what they were, by the database: until when at most, as things are.
    async fn still_the_same(&self, visitor: &Visitor) -> Option<Option<DateTime<Utc>>> {
        let secret = visitor.secret.as_deref();
        let presented = Presented {
            secret,
            peer: visitor.peer,
            from_memory: false,
        };
        let now = self.authenticate(presented).await.ok()?;
        (now.caller.scope == visitor.caller.scope).then_some(now.expires_at)
    }
}

impl Gateway for Api {
    type Caller = Visitor;

    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Visitor, Fault> {
        self.visitor(credentials).await
    }

    fn attach(&self, visitor: &Visitor, asked: &Asked<'_>, request: Request) -> Attached {
        let freshness = Freshness {
            min_position: asked
                .consistency
                .min_position
                .and_then(|p| i64::try_from(p).ok()),
            timeout: asked.consistency.timeout,
        };
        let reflected = Reflected::new(visitor.position);
        log_caller(&Span::current(), &visitor.caller);
        let asking = Asking {
            api: self.clone(),
            caller: visitor.caller.clone(),
            peer: visitor.peer,
            request_id: asked.request_id.to_owned(),
            reason: asked.reason.map(str::to_owned),
            at: self.now(),
            freshness,
            reflected: reflected.clone(),
            request_span: visitor.span.clone(),
        };
        let in_tenant = visitor.caller.scope.is_some();
        let finish = Box::new(move |response: &mut Response| {
            if in_tenant {
                let position = Value::from(reflected.position().to_string());
                let mut consistency: IndexMap<Name, Value> =
                    [(Name::new("position"), position)].into_iter().collect();
                let as_of = reflected.as_of();
                if !as_of.is_empty() {
                    let positions = as_of.iter().map(|one| Value::from(one.to_string()));
                    consistency.insert(Name::new("asOf"), Value::List(positions.collect()));
                }
                response
                    .extensions
                    .insert("consistency".to_owned(), Value::Object(consistency));
            }
        });
        Attached {
            request: request.data(asking),
            finish,
        }
    }

    // Plans count requests; what one of them may cost is bounded for everybody alike.
    async fn charge(&self, visitor: &Visitor, _cost: u64) -> Result<Budget, Throttled> {
        self.rates().take(&visitor.caller, visitor.peer)
    }

    fn time_limit(&self, _visitor: &Visitor, kind: OperationType) -> Duration {
        match kind {
            OperationType::Mutation => MUTATION_LIMIT,
            OperationType::Query | OperationType::Subscription => QUERY_LIMIT,
        }
    }

    fn rights_end(&self, visitor: &Visitor) -> BoxFuture<'static, ()> {
        let (api, visitor) = (self.clone(), visitor.clone());
        Box::pin(async move {
            // First wait, then look: nothing can fall between the two.
            let waiting = api.rights().wait_on(visitor.depends_on.clone());
            // Each look tells the end anew: a secret that is replaced has one from then on.
            while let Some(end) = api.still_the_same(&visitor).await {
                let ended = async {
                    match end {
                        Some(at) => {
                            let left = (at - api.now()).to_std().unwrap_or_default();
                            tokio::time::sleep(left).await;
                        }
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = ended => {}
                    () = waiting.woken() => {}
                }
            }
        })
    }

    fn shelf(&self, visitor: &Visitor) -> Uuid {
        // Who is in no tenant shares a shelf with others who are in none.
        let scope = visitor.caller.scope.as_ref();
        scope.map_or(TenantId::PLATFORM, |scope| scope.tenant).0
    }

    fn sharing(&self, visitor: &Visitor, field: &str) -> Sharing {
        let Some(scope) = &visitor.caller.scope else {
            return Sharing::Alone;
        };
        let scopes = scope.scopes.as_ref().map(|scopes| format!("{scopes:?}"));
        let class = format!(
            "{}/{}/{:?}/{:?}",
            scope.tenant,
            scope.role,
            scopes.unwrap_or_default(),
            scope.client_id
        );
        Sharing::Shared {
            class,
            has_opening: field != "events",
        }
    }

    // Not what read models had reached at sign-in: a live list waits for its own, and what another
    // one lacked then would be told a second time.
    fn position(&self, visitor: &Visitor) -> u64 {
        let tail = self.store().tail();
        let scope = visitor.caller.scope.as_ref();
        let last = scope.and_then(|scope| tail.tenant_position(scope.tenant, tail.head()));
        u64::try_from(last.unwrap_or(visitor.position)).unwrap_or_default()
    }
}

impl Visitor {
    /// Where the connection comes from; none when it is not known.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }
}

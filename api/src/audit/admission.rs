//! Who asks for proofs, and of which tenant?

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::audit::SealedLog;
use daybook_store::{Actor, Context, Fingerprint, Origin, StoreError};
use serde::Deserialize;
use tracing::Span;
use uuid::Uuid;

use crate::access::log_correlation;
use crate::api::Api;
use crate::gateway::{Credentials, RequestId};
use crate::http::peer;
use crate::identity::Problem;

/// A request for something of the caller's own tenant, which they may read.
#[derive(Debug)]
pub(super) struct Admitted {
    api: Api,
    tenant: TenantId,
    actor: Actor,
    origin: Origin,
}

#[derive(Deserialize)]
struct Named {
    tenant: String,
}

impl Admitted {
    /// The tenant's sealed log.
    pub(super) fn log(&self) -> SealedLog<'_> {
        self.api.store().sealed(self.tenant)
    }

    /// What it can reach.
    pub(super) fn api(&self) -> &Api {
        &self.api
    }

    /// What comes with a command that the request leads to: nobody repeats it under its id.
    pub(super) fn context(&self) -> Context {
        let route = self.origin.route.as_deref().unwrap_or_default();
        let fingerprint = Fingerprint::of(route, &());
        let (id, at) = (self.api.mint_id(), self.api.now());
        let context =
            Context::new(self.actor.clone(), id, fingerprint, at).from(self.origin.clone());
        log_correlation(&Span::current(), &context);
        context
    }

    /// Who asks.
    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whose it is.
    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl FromRequestParts<Api> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let peer = peer(parts);
        let credentials = Credentials {
            headers: &parts.headers,
            init: None,
            peer,
        };
        let caller = api.visitor(credentials).await?.caller;
        if let Err(throttled) = api.rates().take(&caller, peer) {
            return Err(Problem::too_often(throttled.retry_after));
        }
        let tenant = caller.require(Permission::AuditRead)?.tenant;
        let named = Path::<Named>::from_request_parts(parts, api).await;
        let named = named.map_err(|_| nothing_here())?;
        if !is_called(api, tenant, &named.tenant).await? {
            return Err(nothing_here());
        }
        let origin = Origin {
            address: caller.address(peer),
            request_id: Some(RequestId::of(parts).as_str().to_owned()),
            route: Some(format!("rest:{}", parts.uri.path())),
            session_id: caller.session().map(|session| session.0),
            on_behalf_of: caller.on_behalf_of().map(|member| member.0),
            operator: None,
            reason: None,
        };
        Ok(Self {
            api: api.clone(),
            tenant,
            actor: caller.actor(),
            origin,
        })
    }
}

/// The same for what does not exist and what is somebody else's.
pub(super) fn nothing_here() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "there is nothing at this address",
    )
}

async fn is_called(api: &Api, tenant: TenantId, name: &str) -> Result<bool, StoreError> {
    let id = name.strip_prefix("tenant_").unwrap_or(name);
    if let Ok(id) = Uuid::try_parse(id) {
        return Ok(id == tenant.0);
    }
    let loaded = api.store().load::<Tenant>(tenant, tenant).await?;
    let profile = loaded.state.profile();
    Ok(profile.is_some_and(|profile| profile.subdomain.to_string() == name))
}

//! The caller, as they see themselves.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::{TenantId, UserId};
use daybook_projections::identity::sessions::{self, SessionRow};
use daybook_projections::identity::users::{self, UserRow};
use daybook_projections::identity::{SESSIONS, USERS};
use daybook_projections::tenancy::memberships::MembershipRow;
use daybook_projections::tenancy::tenant::Status;
use daybook_projections::tenancy::{MEMBERS, TENANT};
use daybook_store::TenantTx;

use super::places::places_then;
use crate::access::{Scope, Who};
use crate::fault::Fault;
use crate::graphql::{AsOfInput, Asking, encode_id, nullable};

/// The caller.
#[derive(Debug, Clone, Copy)]
pub struct Me;

/// A person's account.
#[derive(Debug, Clone, SimpleObject)]
pub struct User {
    /// Its global id.
    id: ID,
    /// Where mail reaches them.
    email: String,
    /// Since when it is known that they read mail there; null when it is not.
    email_verified_at: Option<DateTime<Utc>>,
    /// What to call them.
    name: String,
    /// Their language, such as `de-AT`; null follows the tenant.
    locale: Option<String>,
    /// Their time zone, such as `Europe/Vienna`; null follows the tenant.
    time_zone: Option<String>,
    /// When the password was last replaced; null while it is the first one.
    password_changed_at: Option<DateTime<Utc>>,
    /// When the account was made.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// For `expectedVersion`.
    version: i64,
}

/// One sign-in.
#[derive(Debug, Clone, SimpleObject)]
pub struct Session {
    /// Its global id.
    id: ID,
    /// Whether this request came through it.
    is_current: bool,
    /// The tenant it acts in; null before one is chosen.
    tenant_id: Option<ID>,
    /// What the device calls itself; null when it does not.
    user_agent: Option<String>,
    /// The address it began at, as far as the proxies that are trusted tell; null when nobody knows.
    address: Option<String>,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When the password was last given; earlier than the beginning after a change of tenant.
    authenticated_at: DateTime<Utc>,
    /// When its tokens were last exchanged.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed.
    expires_at: DateTime<Utc>,
    /// For `expectedVersion`.
    version: i64,
}

/// A place in a tenant.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantMembership {
    /// The tenant.
    tenant_id: ID,
    /// What it is called.
    tenant_name: String,
    /// Its name in addresses, by which `/auth/login` and `/auth/switch-tenant` know it.
    subdomain: String,
    /// Whether the tenant's business goes on.
    is_active: bool,
    /// The member the user is there.
    member_id: ID,
    /// What the member is: `owner`, `admin`, `manager`, `member`, `guest` or `client`.
    role: String,
    /// The client record a member of the client portal belongs to.
    client_id: Option<ID>,
}

/// The caller.
#[Object]
impl Me {
    /// The account; null for an API key, and before there was one. An account lies in no tenant's
    /// log: `asOf` takes an instant, and no position.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<User>> {
        nullable(async {
            let asking = Asking::of(ctx)?;
            let at = asking.instant(as_of)?;
            let Who::User(user) = asking.caller.who else {
                return Ok(None);
            };
            let mut tx = accounts(asking, at, &[USERS]).await?;
            let row = users::find(&mut tx, user.user_id).await;
            tx.commit().await.map_err(Fault::from)?;
            Ok(row.map_err(Fault::from)?.map(User::from))
        })
        .await
    }

    /// The tenant that is acted in; null before one is chosen.
    async fn tenant_id(&self, ctx: &Context<'_>) -> Option<Result<ID>> {
        nullable(async {
            let scope = Asking::of(ctx)?.caller.scope.as_deref();
            Ok(scope.map(|scope| encode_id(scope.tenant)))
        })
        .await
    }

    /// The member the caller is there; for an API key, the member who created it.
    async fn member_id(&self, ctx: &Context<'_>) -> Option<Result<ID>> {
        nullable(async {
            let scope = Asking::of(ctx)?.caller.scope.as_deref();
            Ok(scope.map(|scope| encode_id(scope.member_id)))
        })
        .await
    }

    /// What that member is: `owner`, `admin`, `manager`, `member`, `guest` or `client`.
    async fn role(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            let scope = Asking::of(ctx)?.caller.scope.as_deref();
            Ok(scope.map(|scope| scope.role.to_string()))
        })
        .await
    }

    /// What the caller may do in the tenant, by code, such as `clients.read`; empty before a
    /// tenant is chosen.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let Some(scope) = Asking::of(ctx)?.caller.scope.as_deref() else {
            return Ok(Vec::new());
        };
        let allowed = scope.role.permissions().filter(|one| scope.may(*one));
        Ok(allowed.map(|one| one.to_string()).collect())
    }

    /// The tenants in which the user has a place, by name; empty for an API key. They lie in several
    /// logs: `asOf` takes an instant, and no position. As of then they are those in which the user had
    /// a place, left since or not, as they were called; without those that erased the member since.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Result<Vec<TenantMembership>> {
        let asking = Asking::of(ctx)?;
        let at = asking.instant(as_of)?;
        let Who::User(user) = asking.caller.who else {
            return Ok(Vec::new());
        };
        let rows = if let Some(at) = at {
            places_then(asking, user.user_id, at).await?
        } else {
            asking.refresh(scope_of(asking), &[TENANT, MEMBERS]).await?;
            asking.api.places(user.user_id).await.map_err(Fault::from)?
        };
        Ok(rows.into_iter().map(TenantMembership::from).collect())
    }

    /// Where the user is signed in, the last used first; empty for an API key. Sessions lie in no
    /// tenant's log: `asOf` takes an instant, and no position.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Result<Vec<Session>> {
        let asking = Asking::of(ctx)?;
        let at = asking.instant(as_of)?;
        let Who::User(user) = asking.caller.who else {
            return Ok(Vec::new());
        };
        let mut tx = accounts(asking, at, &[SESSIONS]).await?;
        let now = at.unwrap_or(asking.at);
        let rows = sessions::live_of_user(&mut tx, user.user_id, now).await;
        let rows = rows.map_err(Fault::from)?;
        tx.commit().await.map_err(Fault::from)?;
        let shown = |row| Session::of(row, user.session_id.0);
        Ok(rows.into_iter().map(shown).collect())
    }
}

fn scope_of(asking: &Asking) -> Option<&Scope> {
    asking.caller.scope.as_deref()
}

/// A transaction on the platform's tenant, in whose log accounts and sessions are: as of an instant,
/// or as fresh as was asked for.
async fn accounts(
    asking: &Asking,
    at: Option<DateTime<Utc>>,
    read_models: &[&'static str],
) -> Result<TenantTx, Fault> {
    if let Some(at) = at {
        let whence = (TenantId::PLATFORM, at);
        return asking.look_into(whence, read_models).await;
    }
    asking.refresh(scope_of(asking), read_models).await?;
    Ok(asking.api.store().tenant_tx(TenantId::PLATFORM).await?)
}

/// An account, from the read model.
///
/// # Errors
/// When the database is away.
pub(super) async fn find_user(asking: &Asking, user_id: UserId) -> Result<Option<User>, Fault> {
    let mut tx = asking.api.store().tenant_tx(TenantId::PLATFORM).await?;
    let row = users::find(&mut tx, user_id).await?;
    tx.commit().await?;
    Ok(row.map(User::from))
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: encode_id(row.id),
            email: row.email.to_string(),
            email_verified_at: row.email_verified_at,
            name: row.name,
            locale: row.locale.map(|locale| locale.to_string()),
            time_zone: row.time_zone.map(|zone| zone.to_string()),
            password_changed_at: row.password_changed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl Session {
    /// A session, seen from the session `current`.
    pub(super) fn of(row: SessionRow, current: uuid::Uuid) -> Self {
        Self {
            id: encode_id(row.id),
            is_current: row.id.0 == current,
            tenant_id: row.acting_in.map(encode_id),
            user_agent: row.user_agent,
            address: row.address,
            started_at: row.started_at,
            authenticated_at: row.authenticated_at,
            last_used_at: row.last_used_at,
            expires_at: row.idle_expires_at.min(row.absolute_expires_at),
            version: row.version,
        }
    }
}

impl From<MembershipRow> for TenantMembership {
    fn from(row: MembershipRow) -> Self {
        Self {
            tenant_id: encode_id(row.tenant),
            tenant_name: row.tenant_name,
            subdomain: row.subdomain.to_string(),
            is_active: row.tenant_status == Status::Active,
            member_id: encode_id(row.member_id),
            role: row.role.to_string(),
            client_id: row.client_id.map(encode_id),
        }
    }
}

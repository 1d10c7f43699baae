//! The caller of a request and what they may do.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ApiKeyId, ClientId, MemberId, SessionId, TenantId, UserId};
use daybook_domain::tenancy::public::{Permission, Plan, Role};
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{Actor, Address};

use crate::fault::{Code, Fault};

/// Who is asking. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// Where they act; none for nobody and for a user who has not chosen a tenant.
    pub scope: Option<Arc<Scope>>,
}

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Without credentials.
    Nobody,
    /// A person.
    User(SignedIn),
    /// A program.
    ApiKey(ApiKeyId),
}

/// A user's sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// The session whose access token was shown.
    pub session_id: SessionId,
    /// When they last gave their password.
    pub since: DateTime<Utc>,
}

/// A place in a tenant, and what may be done from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tenant. It comes from the session or the key alone, never from an argument.
    pub tenant: TenantId,
    /// Whether the tenant's business goes on.
    pub standing: Standing,
    /// What the tenant pays for.
    pub plan: Plan,
    /// The member who acts; for a key, the one who created it.
    pub member_id: MemberId,
    /// Their role; a key never has more rights than its creator's role.
    pub role: Role,
    /// What a key was given; none for a person, who may what the role may.
    pub scopes: Option<Vec<Permission>>,
    /// Whether programs may act in the tenant at all.
    pub api_keys_allowed: bool,
    /// The client record somebody in the client portal belongs to.
    pub client_id: Option<ClientId>,
}

/// Whether a tenant's business goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Active,
    /// It stands still until the tenant is reactivated.
    Suspended,
    /// It has ended.
    Closed,
}

impl Standing {
    /// The standing of a tenant; one that was never founded has ended.
    pub fn of(tenant: &Tenant) -> Self {
        match tenant {
            Tenant::Active(_) => Self::Active,
            Tenant::Suspended(_) => Self::Suspended,
            Tenant::Closed(_) | Tenant::Unknown => Self::Closed,
        }
    }

    /// What can still be done where business stands still: see why, and mend it.
    fn allows(self, permission: Permission) -> bool {
        self == Self::Active
            || matches!(
                permission,
                Permission::ProfileManage | Permission::TenantRead | Permission::TenantClose
            )
    }
}

impl Scope {
    /// Whether it may be done from here.
    pub fn may(&self, permission: Permission) -> bool {
        let scoped = self
            .scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&permission));
        scoped && self.role.may(permission)
    }
}

impl Caller {
    /// A caller without credentials.
    pub fn nobody() -> Self {
        Self {
            who: Who::Nobody,
            scope: None,
        }
    }

    /// The place from which the caller may do it.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody, `FORBIDDEN` for who may not. Asked before anything is looked
    /// up, so that the answer says nothing about what exists.
    pub fn require(&self, permission: Permission) -> Result<&Scope, Fault> {
        if self.who == Who::Nobody {
            return Err(Fault::new(
                Code::Unauthenticated,
                "sign in or send an API key",
            ));
        }
        let Some(scope) = &self.scope else {
            return Err(Fault::new(Code::Forbidden, "choose a tenant first"));
        };
        if !scope.standing.allows(permission) {
            let text = "the tenant is suspended or closed; an owner can reactivate it";
            return Err(Fault::new(Code::Forbidden, text));
        }
        if !scope.may(permission) {
            let text = format!("this needs the permission {permission}");
            return Err(Fault::new(Code::Forbidden, text));
        }
        Ok(scope)
    }

    /// The signed-in person.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody, `FORBIDDEN` for a program.
    pub fn require_user(&self) -> Result<SignedIn, Fault> {
        match self.who {
            Who::User(user) => Ok(user),
            Who::ApiKey(_) => Err(Fault::new(
                Code::Forbidden,
                "an API key cannot do this; sign in as a user",
            )),
            Who::Nobody => Err(Fault::new(Code::Unauthenticated, "sign in first")),
        }
    }

    /// Who the log says acted.
    pub fn actor(&self) -> Actor {
        match self.who {
            Who::Nobody => Actor::Anonymous,
            Who::User(user) => Actor::User(user.user_id),
            Who::ApiKey(key) => Actor::ApiKey(key),
        }
    }

    /// The member on whose behalf a key acts; none where people act for themselves.
    pub fn on_behalf_of(&self) -> Option<MemberId> {
        match self.who {
            Who::ApiKey(_) => self.scope.as_ref().map(|scope| scope.member_id),
            Who::User(_) | Who::Nobody => None,
        }
    }

    /// The address that a command of theirs in their tenant is recorded to come from. It is about the
    /// member who acts; for a key, about the one who created it.
    pub fn address(&self, peer: Option<IpAddr>) -> Option<Address> {
        let (ip, scope) = (peer?, self.scope.as_ref()?);
        let of = scope.member_id.0;
        Some(Address { ip, of })
    }

    /// The sign-in that a command of theirs is recorded to come through.
    pub fn session(&self) -> Option<SessionId> {
        match self.who {
            Who::User(user) => Some(user.session_id),
            Who::Nobody | Who::ApiKey(_) => None,
        }
    }
}

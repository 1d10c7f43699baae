//! Where a user may enter: their place in the tenant that a subdomain names.

use std::net::IpAddr;

use axum::http::StatusCode;
use daybook_domain::identity::session::Place;
use daybook_domain::kernel::{MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{Member, USER_SCOPE};
use daybook_domain::tenancy::network::Network;
use daybook_domain::tenancy::settings::SecurityPolicy;
use daybook_domain::tenancy::tenant::{SUBDOMAIN_SCOPE, Subdomain, Tenant};

use super::rest::Problem;
use crate::api::Api;

/// A place that a user may enter now.
#[derive(Debug, Clone)]
pub(super) struct Entrance {
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) subdomain: Subdomain,
    /// What the tenant is called.
    pub(super) name: String,
    pub(super) policy: SecurityPolicy,
}

impl Api {
    /// The user's place in the tenant called `subdomain`.
    ///
    /// # Errors
    /// 403: the same for a tenant that does not exist and for one the user has no place in;
    /// another where the tenant does not let in from that address.
    pub(super) async fn entrance(
        &self,
        user_id: UserId,
        subdomain: &str,
        peer: Option<IpAddr>,
    ) -> Result<Entrance, Problem> {
        let Ok(subdomain) = Subdomain::parse("tenant", subdomain) else {
            return Err(no_place());
        };
        let holder = self
            .store()
            .platform_claim(SUBDOMAIN_SCOPE, subdomain.as_str())
            .await?;
        let Some((tenant_id, _)) = holder else {
            return Err(no_place());
        };
        let member = self
            .store()
            .claim(tenant_id, USER_SCOPE, &user_id.to_string())
            .await?;
        let Some(member) = member else {
            return Err(no_place());
        };
        self.entrance_at(
            Place {
                tenant_id,
                member_id: MemberId(member),
            },
            user_id,
            peer,
        )
        .await
    }

    /// The user's place, as it is now.
    ///
    /// # Errors
    /// 403, as [`Api::entrance`].
    pub(super) async fn entrance_at(
        &self,
        place: Place,
        user_id: UserId,
        peer: Option<IpAddr>,
    ) -> Result<Entrance, Problem> {
        let TenantId(tenant) = place.tenant_id;
        let member = self
            .store()
            .load::<Member>(place.tenant_id, place.member_id)
            .await?;
        let membership = member.state.active().map_err(|_| no_place())?;
        let tenant = self.store().load::<Tenant>(place.tenant_id, tenant).await?;
        let profile = tenant.state.profile().ok_or_else(no_place)?;
        if membership.user_id != user_id {
            return Err(no_place());
        }
        if !Network::admits(&profile.ip_allow_list, peer) {
            let text = "the tenant does not let anybody in from your address";
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "ADDRESS_NOT_ALLOWED",
                text,
            ));
        }
        Ok(Entrance {
            place,
            role: membership.role,
            subdomain: profile.subdomain.clone(),
            name: profile.name.clone(),
            policy: profile.security,
        })
    }
}

fn no_place() -> Problem {
    let text = "you are not a member of such a tenant";
    Problem::new(StatusCode::FORBIDDEN, "NOT_A_MEMBER", text).about("tenant")
}

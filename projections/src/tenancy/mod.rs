//! The tenant itself, its members and its API keys; and, across tenants, where a user is a member.

pub mod api_keys;
pub mod members;
pub mod memberships;
pub mod tenant;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

use daybook_domain::tenancy::api_key::ApiKey;
use daybook_domain::tenancy::member::Member;
use daybook_domain::tenancy::tenant::Tenant;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of tenants.
pub const TENANT: &str = "tenancy.tenant";
/// The projection of members.
pub const MEMBERS: &str = "tenancy.members";
/// The projection of API keys.
pub const API_KEYS: &str = "tenancy.api_keys";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<Tenant>(TENANT, 1)
            .table::<tenant::Tenants>()
            .build(),
        Definition::of::<Member>(MEMBERS, 1)
            .table::<members::Members>()
            .build(),
        Definition::of::<ApiKey>(API_KEYS, 1)
            .table::<api_keys::ApiKeys>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![
        Folds::of::<Tenant>(),
        Folds::of::<Member>(),
        Folds::of::<ApiKey>(),
    ]
}

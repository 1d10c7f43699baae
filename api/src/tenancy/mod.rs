//! Tenants, their members and API keys, as GraphQL shows them.

pub(crate) mod acting;
mod api_key;
mod error;
mod filter;
mod kinds;
mod letters;
mod member;
mod mutations;
mod node;
mod plan;
mod query;
mod tenant;
mod txt;

pub use api_key::ApiKey;
pub use error::{TenancyErrorCode, TenancyUserError};
pub use filter::{MemberFilter, MemberOrder, MemberOrderField};
pub use kinds::{MemberStatus, NumberStyle, Permission, Plan, Role, TenantStatus};
pub use member::Member;
pub use mutations::TenancyMutation;
pub use node::{api_keys_by_ids, members_by_ids, tenant_by_ids};
pub use plan::{PlanLimits, TenantPlan, TenantUsage};
pub use query::TenancyQuery;
pub use tenant::{SecurityPolicy, Tenant, TenantBrand, TenantDomain, TenantSettings};
pub use txt::{NoTxt, TxtLookup, TxtUnavailable};

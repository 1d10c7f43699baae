//! A business on the platform: its name, looks, addresses, settings, protection and status.
//!
//! ```text
//! (unknown) ── Found ──► active ── Suspend ──► suspended ── Reactivate ──► active
//!                          │
//!                          └────── Close ────► closed ───── Reactivate ──► active
//! ```
//!
//! Founding a tenant takes two streams: this one and the first owner's
//! ([`member::Found`](super::member::Found)). A suspended or closed tenant refuses everything but
//! its reactivation and keeps its subdomain and domains; the edge refuses the writes of all other
//! aggregates by [`Tenant::writable`].

mod brand;
mod commands;
mod domain_name;
mod events;
#[cfg(test)]
mod fixtures;
mod limits;
mod refusal;
mod state;
mod subdomain;

pub use brand::{Branding, Colour, LogoUrl};
pub use commands::{
    Brand, ChangePlan, ChangeSettings, ClaimDomain, Close, ForgetCheckpointRecipients, Found,
    Reactivate, ReleaseDomain, Rename, SetCheckpointRecipients, SetIpAllowList, SetSecurityPolicy,
    Suspend, VerifyDomain,
};
pub use domain_name::DomainName;
pub use events::{
    Branded, CheckpointRecipientsSet, Closed, DOMAIN_SCOPE, DomainClaimed, DomainReleased,
    DomainVerified, Founded, IpAllowListSet, PlanChanged, Reactivated, Renamed, SUBDOMAIN_SCOPE,
    SecurityPolicySet, SettingsChanged, Suspended, TenantEvent,
};
pub use limits::{MAX_DOMAINS, MAX_RECIPIENTS};
pub use refusal::Refusal;
pub use state::{DomainClaim, Profile, Tenant};
pub use subdomain::Subdomain;

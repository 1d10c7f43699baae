//! What a tenant's rules, and those who let somebody in, need to know of its past.

use std::collections::BTreeMap;
use std::mem;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::brand::Branding;
use super::domain_name::DomainName;
use super::events::{Founded, TenantEvent};
use super::refusal::Refusal;
use super::subdomain::Subdomain;
use crate::kernel::{Aggregate, Email, TenantId};
use crate::tenancy::network::Network;
use crate::tenancy::plan::Plan;
use crate::tenancy::settings::{SecurityPolicy, Settings};

/// A business on the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tenant {
    /// Nobody founded it.
    #[default]
    Unknown,
    /// Does business.
    Active(Box<Profile>),
    /// Business stands still.
    Suspended(Box<Profile>),
    /// Stopped using Daybook.
    Closed(Box<Profile>),
}

/// What is known of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The tenant.
    pub tenant_id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses.
    pub subdomain: Subdomain,
    /// What it pays and may use.
    pub plan: Plan,
    /// How it looks.
    pub brand: Branding,
    /// Its own domains, claimed and verified.
    pub domains: BTreeMap<DomainName, DomainClaim>,
    /// How it does business.
    pub settings: Settings,
    /// From where members may come; empty is from everywhere.
    pub ip_allow_list: Vec<Network>,
    /// How members are let in.
    pub security: SecurityPolicy,
    /// Who gets checkpoints by mail; empty is nobody.
    #[serde(default)]
    pub checkpoint_recipients: Vec<Email>,
}

/// How far a domain has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainClaim {
    /// What its DNS record has to hold.
    pub verification_token: String,
    /// Since when it is the tenant's; none while that is not proven.
    pub verified_at: Option<DateTime<Utc>>,
}

impl Tenant {
    /// What is known of the tenant, whatever its status; none when nobody founded it.
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Unknown => None,
            Self::Active(profile) | Self::Suspended(profile) | Self::Closed(profile) => {
                Some(profile)
            }
        }
    }

    /// What is known of a tenant that may change anything.
    ///
    /// # Errors
    /// When there is none or it is suspended or closed.
    pub fn writable(&self) -> Result<&Profile, Refusal> {
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Active(profile) => Ok(profile),
            Self::Suspended(_) => Err(Refusal::Suspended),
            Self::Closed(_) => Err(Refusal::Closed),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Profile)) {
        match self {
            Self::Unknown => {}
            Self::Active(profile) | Self::Suspended(profile) | Self::Closed(profile) => {
                change(profile);
            }
        }
    }

    fn become_status(&mut self, status: fn(Box<Profile>) -> Self) {
        *self = match mem::take(self) {
            Self::Unknown => Self::Unknown,
            Self::Active(profile) | Self::Suspended(profile) | Self::Closed(profile) => {
                status(profile)
            }
        };
    }
}

impl Profile {
    fn new(event: Founded) -> Self {
        Self {
            tenant_id: event.tenant_id,
            name: event.name,
            subdomain: event.subdomain,
            plan: event.plan,
            brand: Branding::default(),
            domains: BTreeMap::new(),
            settings: Settings::default(),
            ip_allow_list: Vec::new(),
            security: SecurityPolicy::default(),
            checkpoint_recipients: Vec::new(),
        }
    }
}

impl Aggregate for Tenant {
    const NAME: &'static str = "tenancy.tenant";
    type Event = TenantEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: TenantEvent) {
        match event {
            TenantEvent::Founded(e) => *self = Self::Active(Box::new(Profile::new(e))),
            TenantEvent::Renamed(e) => self.change(|profile| profile.name = e.name),
            TenantEvent::Branded(e) => self.change(|profile| profile.brand = e.brand),
            TenantEvent::DomainClaimed(e) => self.change(|profile| {
                let claim = DomainClaim {
                    verification_token: e.verification_token,
                    verified_at: None,
                };
                profile.domains.insert(e.domain, claim);
            }),
            TenantEvent::DomainVerified(e) => self.change(|profile| {
                if let Some(claim) = profile.domains.get_mut(&e.domain) {
                    claim.verified_at = Some(e.at);
                }
            }),
            TenantEvent::DomainReleased(e) => self.change(|profile| {
                profile.domains.remove(&e.domain);
            }),
            TenantEvent::SettingsChanged(e) => {
                self.change(|profile| profile.settings = e.settings);
            }
            TenantEvent::IpAllowListSet(e) => {
                self.change(|profile| profile.ip_allow_list = e.networks);
            }
            TenantEvent::SecurityPolicySet(e) => self.change(|profile| profile.security = e.policy),
            TenantEvent::CheckpointRecipientsSet(e) => self.change(|profile| {
                profile.checkpoint_recipients = e.recipients;
            }),
            TenantEvent::PlanChanged(e) => self.change(|profile| profile.plan = e.plan),
            TenantEvent::Suspended(_) => self.become_status(Self::Suspended),
            TenantEvent::Reactivated(_) => self.become_status(Self::Active),
            TenantEvent::Closed(_) => self.become_status(Self::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        brand, every_event, networks, policy, profile, recipients, settings,
    };
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn follows_a_whole_life() {
        let tenant = given::<Tenant>(&every_event()).state();
        assert!(matches!(tenant, Tenant::Closed(_)));
        let profile = profile(&tenant);
        assert_eq!(profile.name, "Acme Trading");
        assert_eq!(profile.plan, Plan::Professional);
        assert_eq!(profile.brand, brand());
        assert_eq!(profile.settings, settings());
        assert_eq!(profile.ip_allow_list, networks());
        assert_eq!(profile.security, policy());
        assert_eq!(profile.checkpoint_recipients, recipients());
        assert!(profile.domains.is_empty());
        let snapshot = serde_json::to_string(&tenant).unwrap();
        assert_eq!(serde_json::from_str::<Tenant>(&snapshot).unwrap(), tenant);
    }
}

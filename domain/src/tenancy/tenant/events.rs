//! What happens to a tenant, as it is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::brand::Branding;
use super::domain_name::DomainName;
use super::subdomain::Subdomain;
use crate::kernel::{Claim, Email, Event, Personal, Realm, TenantId, UserId};
use crate::tenancy::network::Network;
use crate::tenancy::plan::Plan;
use crate::tenancy::settings::{SecurityPolicy, Settings};

/// Claims of subdomains, platform-wide.
pub const SUBDOMAIN_SCOPE: &str = "tenancy.subdomain";
/// Claims of verified domains, platform-wide.
pub const DOMAIN_SCOPE: &str = "tenancy.domain";

/// The facts of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantEvent {
    /// The tenant exists, with default settings.
    #[serde(rename = "tenancy.tenant.founded")]
    Founded(Founded),
    /// It is called something else.
    #[serde(rename = "tenancy.tenant.renamed")]
    Renamed(Renamed),
    /// It looks different.
    #[serde(rename = "tenancy.tenant.branded")]
    Branded(Branded),
    /// It says that a domain is its own.
    #[serde(rename = "tenancy.tenant.domain_claimed")]
    DomainClaimed(DomainClaimed),
    /// A DNS record proved it.
    #[serde(rename = "tenancy.tenant.domain_verified")]
    DomainVerified(DomainVerified),
    /// It gave a domain up.
    #[serde(rename = "tenancy.tenant.domain_released")]
    DomainReleased(DomainReleased),
    /// It does business in another way.
    #[serde(rename = "tenancy.tenant.settings_changed")]
    SettingsChanged(SettingsChanged),
    /// Its members come from other networks.
    #[serde(rename = "tenancy.tenant.ip_allow_list_set")]
    IpAllowListSet(IpAllowListSet),
    /// Its members are let in in another way.
    #[serde(rename = "tenancy.tenant.security_policy_set")]
    SecurityPolicySet(SecurityPolicySet),
    /// Others get its checkpoints by mail.
    #[serde(rename = "tenancy.tenant.checkpoint_recipients_set")]
    CheckpointRecipientsSet(CheckpointRecipientsSet),
    /// It has other limits.
    #[serde(rename = "tenancy.tenant.plan_changed")]
    PlanChanged(PlanChanged),
    /// Its business stands still for a while.
    #[serde(rename = "tenancy.tenant.suspended")]
    Suspended(Suspended),
    /// It may do everything again.
    #[serde(rename = "tenancy.tenant.reactivated")]
    Reactivated(Reactivated),
    /// It stopped using Daybook.
    #[serde(rename = "tenancy.tenant.closed")]
    Closed(Closed),
}

/// Payload of `tenancy.tenant.founded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Founded {
    /// The new tenant, also the stream.
    pub tenant_id: TenantId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses, for good.
    pub subdomain: Subdomain,
    /// Its first plan.
    pub plan: Plan,
    /// Who founded it and becomes its first owner.
    pub owner: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.renamed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renamed {
    /// What it is called now.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.branded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Branded {
    /// The whole brand afterwards.
    pub brand: Branding,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.domain_claimed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainClaimed {
    /// The domain.
    pub domain: DomainName,
    /// What its DNS record has to hold. No secret: the record is public.
    pub verification_token: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.domain_verified`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainVerified {
    /// The domain.
    pub domain: DomainName,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.domain_released`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainReleased {
    /// The domain.
    pub domain: DomainName,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.settings_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsChanged {
    /// All settings afterwards.
    pub settings: Settings,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.ip_allow_list_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAllowListSet {
    /// From where members may come; empty is from everywhere.
    pub networks: Vec<Network>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.security_policy_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityPolicySet {
    /// The whole policy afterwards.
    pub policy: SecurityPolicy,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.checkpoint_recipients_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointRecipientsSet {
    /// The list, another one each time: addresses are sealed under its key, which is destroyed once
    /// another list takes its place.
    pub list_id: Uuid,
    /// Who gets checkpoints by mail; empty is nobody.
    pub recipients: Vec<Email>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.plan_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanChanged {
    /// The plan from now on.
    pub plan: Plan,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.suspended`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspended {
    /// Why, for its members to read.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.reactivated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reactivated {
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.tenant.closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for TenantEvent {
    fn claims(&self) -> Vec<Claim> {
        let realm = Realm::Platform;
        match self {
            Self::Founded(e) => {
                let value = e.subdomain.to_string();
                vec![Claim::Take {
                    realm,
                    scope: SUBDOMAIN_SCOPE,
                    value,
                }]
            }
            Self::DomainVerified(e) => {
                let value = e.domain.to_string();
                vec![Claim::Take {
                    realm,
                    scope: DOMAIN_SCOPE,
                    value,
                }]
            }
            Self::DomainReleased(e) => {
                let value = e.domain.to_string();
                vec![Claim::Release {
                    realm,
                    scope: DOMAIN_SCOPE,
                    value,
                }]
            }
            Self::Renamed(_)
            | Self::Branded(_)
            | Self::DomainClaimed(_)
            | Self::SettingsChanged(_)
            | Self::IpAllowListSet(_)
            | Self::SecurityPolicySet(_)
            | Self::CheckpointRecipientsSet(_)
            | Self::PlanChanged(_)
            | Self::Suspended(_)
            | Self::Reactivated(_)
            | Self::Closed(_) => Vec::new(),
        }
    }

    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::CheckpointRecipientsSet(e) => vec![Personal::list("/recipients").of(e.list_id)],
            Self::Founded(_)
            | Self::Renamed(_)
            | Self::Branded(_)
            | Self::DomainClaimed(_)
            | Self::DomainVerified(_)
            | Self::DomainReleased(_)
            | Self::SettingsChanged(_)
            | Self::IpAllowListSet(_)
            | Self::SecurityPolicySet(_)
            | Self::PlanChanged(_)
            | Self::Suspended(_)
            | Self::Reactivated(_)
            | Self::Closed(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{checkpoint_recipients_set, every_event};
    use super::*;
    use crate::kernel::testing::{about, erased_as, stored_as};
    use crate::kernel::{Subject, encode};

    #[test]
    fn is_stored_as_it_always_was() {
        let contract = [
            (
                "founded",
                r#"{"tenantId":"00000000-0000-0000-0000-00000000000a","name":"Acme","subdomain":"acme","plan":"starter","owner":"00000000-0000-0000-0000-00000000000b","at":"2026-01-01T00:00:00Z"}"#,
            ),
            (
                "renamed",
                r#"{"name":"Acme Trading","at":"2026-01-01T00:01:00Z"}"#,
            ),
            (
                "branded",
                r##"{"brand":{"logoUrl":"https://cdn.example.com/logo.svg","primaryColour":"#1a2b3c","accentColour":null},"at":"2026-01-01T00:02:00Z"}"##,
            ),
            (
                "domain_claimed",
                r#"{"domain":"books.acme.example","verificationToken":"q7RfPz2mW0aXtYb4","at":"2026-01-01T00:03:00Z"}"#,
            ),
            (
                "domain_verified",
                r#"{"domain":"books.acme.example","at":"2026-01-01T00:04:00Z"}"#,
            ),
            (
                "domain_released",
                r#"{"domain":"books.acme.example","at":"2026-01-01T00:05:00Z"}"#,
            ),
            (
                "settings_changed",
                r#"{"settings":{"locale":"de-AT","timeZone":"Europe/Vienna","currency":"GBP","numberStyle":"gapless","paymentTermsDays":30},"at":"2026-01-01T00:06:00Z"}"#,
            ),
            (
                "ip_allow_list_set",
                r#"{"networks":["10.0.0.0/8","2001:db8::/32"],"at":"2026-01-01T00:07:00Z"}"#,
            ),
            (
                "security_policy_set",
                r#"{"policy":{"sessionIdleMinutes":30,"sessionAbsoluteHours":12,"passwordMinLength":12,"allowApiKeys":false},"at":"2026-01-01T00:08:00Z"}"#,
            ),
            (
                "checkpoint_recipients_set",
                r#"{"listId":"00000000-0000-0000-0000-00000000000d","recipients":["Ada@auditor.example","books@acme.example"],"at":"2026-01-01T00:13:00Z"}"#,
            ),
            (
                "plan_changed",
                r#"{"plan":"professional","at":"2026-01-01T00:09:00Z"}"#,
            ),
            (
                "suspended",
                r#"{"reason":"unpaid since May","at":"2026-01-01T00:10:00Z"}"#,
            ),
            ("reactivated", r#"{"at":"2026-01-01T00:11:00Z"}"#),
            ("closed", r#"{"at":"2026-01-01T00:12:00Z"}"#),
        ];
        assert_eq!(every_event().len(), contract.len());
        for (event, (name, payload)) in every_event().iter().zip(contract) {
            stored_as(event, &format!("tenancy.tenant.{name}"), payload);
        }
    }

    #[test]
    fn an_erased_list_of_recipients_is_empty() {
        for event in every_event() {
            let payload = String::from_utf8(encode(&event).payload).unwrap();
            let addresses = r#"["Ada@auditor.example","books@acme.example"]"#;
            erased_as(&event, &payload.replace(addresses, "[]"));
        }
        let list = Subject::Other(Uuid::from_u128(13));
        assert_eq!(about(&checkpoint_recipients_set()), [list]);
    }

    #[test]
    fn claims_the_subdomain_for_good_and_a_domain_while_it_is_verified() {
        let claims: Vec<Claim> = every_event().iter().flat_map(Event::claims).collect();
        let realm = Realm::Platform;
        let domain = || "books.acme.example".to_owned();
        let expected = [
            Claim::Take {
                realm,
                scope: SUBDOMAIN_SCOPE,
                value: "acme".to_owned(),
            },
            Claim::Take {
                realm,
                scope: DOMAIN_SCOPE,
                value: domain(),
            },
            Claim::Release {
                realm,
                scope: DOMAIN_SCOPE,
                value: domain(),
            },
        ];
        assert_eq!(claims, expected);
    }
}

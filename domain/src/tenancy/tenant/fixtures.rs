//! Acme, the tenant that the tests of this aggregate are about.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::brand::{Branding, Colour, LogoUrl};
use super::domain_name::DomainName;
use super::events::{
    Branded, CheckpointRecipientsSet, Closed, DomainClaimed, DomainReleased, DomainVerified,
    Founded, IpAllowListSet, PlanChanged, Reactivated, Renamed, SecurityPolicySet, SettingsChanged,
    Suspended, TenantEvent,
};
use super::refusal::Refusal;
use super::state::{Profile, Tenant};
use super::subdomain::Subdomain;
use crate::kernel::testing::given;
use crate::kernel::{Command, Currency, Email, Locale, TenantId, TimeZone, UserId};
use crate::tenancy::network::Network;
use crate::tenancy::plan::Plan;
use crate::tenancy::settings::{NumberStyle, SecurityPolicy, Settings};

/// What the DNS record of the domain has to hold.
pub(super) const TOKEN: &str = "q7RfPz2mW0aXtYb4";

/// Minutes after the founding.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let new_year: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    new_year + TimeDelta::minutes(minutes)
}

pub(super) fn founded() -> TenantEvent {
    TenantEvent::Founded(Founded {
        tenant_id: TenantId(Uuid::from_u128(10)),
        name: "Acme".to_owned(),
        subdomain: Subdomain::parse("subdomain", "acme").unwrap(),
        plan: Plan::Starter,
        owner: UserId(Uuid::from_u128(11)),
        at: at(0),
    })
}

pub(super) fn renamed() -> TenantEvent {
    TenantEvent::Renamed(Renamed {
        name: "Acme Trading".to_owned(),
        at: at(1),
    })
}

pub(super) fn brand() -> Branding {
    Branding {
        logo_url: Some(LogoUrl::parse("logoUrl", "https://cdn.example.com/logo.svg").unwrap()),
        primary_colour: Some(Colour::parse("primaryColour", "#1a2b3c").unwrap()),
        accent_colour: None,
    }
}

pub(super) fn branded() -> TenantEvent {
    TenantEvent::Branded(Branded {
        brand: brand(),
        at: at(2),
    })
}

pub(super) fn domain() -> DomainName {
    DomainName::parse("domain", "books.acme.example").unwrap()
}

pub(super) fn domain_claimed() -> TenantEvent {
    TenantEvent::DomainClaimed(DomainClaimed {
        domain: domain(),
        verification_token: TOKEN.to_owned(),
        at: at(3),
    })
}

pub(super) fn domain_verified() -> TenantEvent {
    TenantEvent::DomainVerified(DomainVerified {
        domain: domain(),
        at: at(4),
    })
}

pub(super) fn domain_released() -> TenantEvent {
    TenantEvent::DomainReleased(DomainReleased {
        domain: domain(),
        at: at(5),
    })
}

pub(super) fn settings() -> Settings {
    Settings {
        locale: Locale::parse("locale", "de-AT").unwrap(),
        time_zone: TimeZone::parse("timeZone", "Europe/Vienna").unwrap(),
        currency: Currency::GBP,
        number_style: NumberStyle::Gapless,
        payment_terms_days: 30,
    }
}

pub(super) fn settings_changed() -> TenantEvent {
    TenantEvent::SettingsChanged(SettingsChanged {
        settings: settings(),
        at: at(6),
    })
}

pub(super) fn networks() -> Vec<Network> {
    let network = |text| Network::parse("networks", text).unwrap();
    vec![network("10.0.0.0/8"), network("2001:db8::/32")]
}

pub(super) fn ip_allow_list_set() -> TenantEvent {
    TenantEvent::IpAllowListSet(IpAllowListSet {
        networks: networks(),
        at: at(7),
    })
}

pub(super) fn policy() -> SecurityPolicy {
    SecurityPolicy {
        session_idle_minutes: 30,
        session_absolute_hours: 12,
        password_min_length: 12,
        allow_api_keys: false,
    }
}

pub(super) fn security_policy_set() -> TenantEvent {
    TenantEvent::SecurityPolicySet(SecurityPolicySet {
        policy: policy(),
        at: at(8),
    })
}

pub(super) fn recipients() -> Vec<Email> {
    let email = |text| Email::parse("recipients", text).unwrap();
    vec![email("Ada@auditor.example"), email("books@acme.example")]
}

pub(super) fn checkpoint_recipients_set() -> TenantEvent {
    TenantEvent::CheckpointRecipientsSet(CheckpointRecipientsSet {
        list_id: Uuid::from_u128(13),
        recipients: recipients(),
        at: at(13),
    })
}

pub(super) fn plan_changed() -> TenantEvent {
    TenantEvent::PlanChanged(PlanChanged {
        plan: Plan::Professional,
        at: at(9),
    })
}

pub(super) fn suspended() -> TenantEvent {
    TenantEvent::Suspended(Suspended {
        reason: "unpaid since May".to_owned(),
        at: at(10),
    })
}

pub(super) fn reactivated() -> TenantEvent {
    TenantEvent::Reactivated(Reactivated { at: at(11) })
}

pub(super) fn closed() -> TenantEvent {
    TenantEvent::Closed(Closed { at: at(12) })
}

/// A life with every event in it once.
pub(super) fn every_event() -> Vec<TenantEvent> {
    vec![
        founded(),
        renamed(),
        branded(),
        domain_claimed(),
        domain_verified(),
        domain_released(),
        settings_changed(),
        ip_allow_list_set(),
        security_policy_set(),
        checkpoint_recipients_set(),
        plan_changed(),
        suspended(),
        reactivated(),
        closed(),
    ]
}

/// What is known of a tenant that was founded.
pub(super) fn profile(tenant: &Tenant) -> Profile {
    tenant.profile().expect("the tenant was founded").clone()
}

/// Every change is refused by a tenant that is unknown, suspended or closed.
#[track_caller]
pub(super) fn refuses_unless_active(
    command: &impl Command<Aggregate = Tenant>,
    past: &[TenantEvent],
) {
    given(&[]).when(command).refuses(&Refusal::Unknown);
    let with = |last: TenantEvent| [past, &[last]].concat();
    given(&with(suspended()))
        .when(command)
        .refuses(&Refusal::Suspended);
    given(&with(closed()))
        .when(command)
        .refuses(&Refusal::Closed);
}

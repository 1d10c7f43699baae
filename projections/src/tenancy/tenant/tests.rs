//! Does the row of a tenant follow its events?

use daybook_domain::kernel::{Currency, Locale, TenantId};
use daybook_domain::tenancy::network::Network;
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::settings::{NumberStyle, SecurityPolicy, Settings};
use daybook_domain::tenancy::tenant::{
    Branded, Branding, Closed, Colour, DomainClaimed, DomainName, DomainReleased, DomainVerified,
    IpAllowListSet, PlanChanged, Reactivated, Renamed, SecurityPolicySet, SettingsChanged,
    Suspended, Tenant, TenantEvent,
};
use uuid::Uuid;

use super::*;
use crate::tenancy::testing::{at, founded};
use crate::testing::{World, id, recorded, row_after, try_rows_after};

fn domain(name: &str) -> DomainName {
    DomainName::parse("domain", name).unwrap()
}

fn claimed(name: &str) -> TenantEvent {
    TenantEvent::DomainClaimed(DomainClaimed {
        domain: domain(name),
        verification_token: "q7RfPz2m".to_owned(),
        at: at(3),
    })
}

fn settings() -> Settings {
    Settings {
        locale: Locale::parse("locale", "de-AT").unwrap(),
        currency: Currency::GBP,
        number_style: NumberStyle::Gapless,
        payment_terms_days: 30,
        ..Settings::default()
    }
}

fn changes() -> Vec<TenantEvent> {
    let primary_colour = Colour::parse("primaryColour", "#1a2b3c").ok();
    let networks = vec![Network::parse("networks", "10.0.0.0/8").unwrap()];
    vec![
        TenantEvent::Renamed(Renamed {
            name: "Acme Trading".to_owned(),
            at: at(1),
        }),
        TenantEvent::Branded(Branded {
            brand: Branding {
                primary_colour,
                ..Branding::default()
            },
            at: at(2),
        }),
        claimed("books.acme.example"),
        claimed("old.acme.example"),
        TenantEvent::DomainVerified(DomainVerified {
            domain: domain("books.acme.example"),
            at: at(4),
        }),
        TenantEvent::DomainReleased(DomainReleased {
            domain: domain("old.acme.example"),
            at: at(5),
        }),
        TenantEvent::SettingsChanged(SettingsChanged {
            settings: settings(),
            at: at(6),
        }),
        TenantEvent::IpAllowListSet(IpAllowListSet {
            networks,
            at: at(7),
        }),
        TenantEvent::SecurityPolicySet(SecurityPolicySet {
            policy: SecurityPolicy {
                allow_api_keys: false,
                ..SecurityPolicy::default()
            },
            at: at(8),
        }),
        TenantEvent::PlanChanged(PlanChanged {
            plan: Plan::Professional,
            at: at(9),
        }),
        TenantEvent::Suspended(Suspended {
            reason: "unpaid".to_owned(),
            at: at(10),
        }),
    ]
}

fn life(tenant: TenantId) -> Vec<TenantEvent> {
    [vec![founded(tenant, "acme")], changes()].concat()
}

#[test]
fn a_tenant_follows_its_events() {
    let tenant = TenantId(Uuid::from_u128(10));
    let row = row_after::<Tenants>(tenant, &life(tenant));
    assert_eq!(
        (row.name.as_str(), row.subdomain.to_string()),
        ("Acme Trading", "acme".to_owned())
    );
    assert_eq!(
        (row.plan, row.status),
        (Plan::Professional, Status::Suspended)
    );
    assert_eq!(row.suspension_reason.as_deref(), Some("unpaid"));
    assert!(row.brand.primary_colour.is_some());
    assert_eq!(row.settings, settings());
    assert!(!row.security.allow_api_keys);
    assert_eq!(row.ip_allow_list.len(), 1);
    let domains: Vec<_> = row.domains.into_iter().collect();
    assert_eq!(domains.len(), 1);
    assert_eq!(domains[0].0, domain("books.acme.example"));
    assert_eq!(domains[0].1.verified_at, Some(at(4)));
    assert_eq!(
        (row.version, row.created_at, row.updated_at),
        (12, recorded(1), recorded(12))
    );
}

#[test]
fn a_tenant_is_reactivated_and_closed() {
    let tenant = TenantId(Uuid::from_u128(10));
    let mut events = life(tenant);
    events.push(TenantEvent::Reactivated(Reactivated { at: at(11) }));
    let row = row_after::<Tenants>(tenant, &events);
    assert_eq!((row.status, row.suspension_reason), (Status::Active, None));
    events.push(TenantEvent::Closed(Closed { at: at(12) }));
    assert_eq!(row_after::<Tenants>(tenant, &events).status, Status::Closed);
    assert!(try_rows_after::<Tenants>(tenant.0, &changes()).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_row_survives_the_database_whole() {
    let world = World::new().await;
    let tenant = TenantId(id());
    world.happen::<Tenant>(tenant, tenant, &life(tenant)).await;
    world.post(&crate::tenancy::projections()).await;
    let mut found = current(&mut world.tx(tenant).await).await.unwrap().unwrap();
    let mut expected = row_after::<Tenants>(tenant, &life(tenant));
    for row in [&mut found, &mut expected] {
        (row.created_at, row.updated_at) = (at(0), at(0));
    }
    assert_eq!(found, expected);
    let nobody = current(&mut world.tx(TenantId(id())).await).await;
    assert_eq!(nobody.unwrap(), None);
}

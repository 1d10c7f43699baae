//! Do rows of API keys follow their events?

use std::collections::BTreeSet;

use daybook_domain::kernel::{ApiKeyId, MemberId, TenantId};
use daybook_domain::tenancy::access::Permission;
use daybook_domain::tenancy::api_key::{ApiKey, ApiKeyEvent, Created, Kid, Revoked, Rotated};
use daybook_domain::tenancy::network::Network;
use uuid::Uuid;

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::tenancy::testing::{at, token};
use crate::testing::{World, id, row_after, try_rows_after};

fn created(api_key_id: ApiKeyId, name: &str) -> ApiKeyEvent {
    ApiKeyEvent::Created(Created {
        api_key_id,
        kid: Kid::from_bits(u64::try_from(api_key_id.0.as_u128() & 0xffff_ffff).unwrap()),
        secret: token(api_key_id.0),
        name: name.to_owned(),
        scopes: BTreeSet::from([Permission::ClientsRead]),
        expires_at: Some(at(900)),
        networks: vec![Network::parse("networks", "10.0.0.0/8").unwrap()],
        creator: MemberId(Uuid::from_u128(11)),
        at: at(0),
    })
}

fn rotated() -> ApiKeyEvent {
    ApiKeyEvent::Rotated(Rotated {
        secret: token(Uuid::from_u128(99)),
        previous_expires_at: at(100),
        at: at(1),
    })
}

#[test]
fn a_key_follows_its_events_without_its_secret() {
    let key = ApiKeyId(Uuid::from_u128(10));
    let revoked = ApiKeyEvent::Revoked(Revoked { at: at(2) });
    let events = [created(key, "Shop"), rotated(), revoked];
    let row = row_after::<ApiKeys>(key, &events);
    assert_eq!((row.name.as_str(), row.kid), ("Shop", Kid::from_bits(10)));
    assert_eq!(row.scopes, BTreeSet::from([Permission::ClientsRead]));
    assert_eq!(
        (row.expires_at, row.rotated_at),
        (Some(at(900)), Some(at(1)))
    );
    assert_eq!(
        (row.previous_expires_at, row.revoked_at),
        (Some(at(100)), Some(at(2)))
    );
    assert_eq!(
        (row.version, row.creator_id),
        (3, MemberId(Uuid::from_u128(11)))
    );
    let text = serde_json::to_string(&row_after::<ApiKeys>(key, &events)).unwrap();
    for secret in [token(key.0), token(Uuid::from_u128(99))] {
        assert!(!text.contains(&secret.to_string()), "{text}");
    }
    assert!(try_rows_after::<ApiKeys>(key.0, &[rotated()]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_listed_page_by_page() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let (one, two) = (ApiKeyId(id()), ApiKeyId(id()));
    for (key, name) in [(one, "Shop"), (two, "Till")] {
        world
            .happen::<ApiKey>(tenant, key, &[created(key, name)])
            .await;
    }
    world.happen::<ApiKey>(tenant, one, &[rotated()]).await;
    world.post(&crate::tenancy::projections()).await;
    let mut tx = world.tx(tenant).await;
    let all = Filter { with_revoked: true };
    let mut window = Window {
        first: 1,
        after: None,
        order: OnlyOrder,
        direction: Direction::Descending,
    };
    let page = list::page::<ApiKeys>(&mut tx, &all, &window).await.unwrap();
    assert_eq!((page.rows[0].id, page.has_more), (two, true));
    window.after = page
        .rows
        .last()
        .map(|row| list::place::<ApiKeys>(OnlyOrder, row));
    let page = list::page::<ApiKeys>(&mut tx, &all, &window).await.unwrap();
    assert_eq!((page.rows[0].id, page.has_more), (one, false));
    assert_eq!(page.rows[0].networks.len(), 1);
    assert_eq!(find(&mut tx, one).await.unwrap().unwrap(), page.rows[0]);
    assert_eq!(find(&mut tx, ApiKeyId(id())).await.unwrap(), None);
}

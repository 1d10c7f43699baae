//! Do rows of clients follow their events, and do lists find them?

use daybook_domain::crm::client::fixtures::{self as client, client_id};
use daybook_domain::crm::client::{Client, ClientEvent, Registered, Status};
use daybook_domain::crm::fields::FieldValue;
use daybook_domain::kernel::{ClientId, Patch, TenantId};
use daybook_store::TenantTx;

use super::*;
use crate::list::{self, Cursor, Direction, QueryError, SortValue, Window};
use crate::testing::{World, id, recorded, row_after, try_rows_after};

#[test]
fn a_registered_client_has_all_its_details() {
    let row = row_after::<Clients>(client_id(), &[client::registered_in_full()]);
    let details = client::details();
    assert_eq!(row.id, client_id());
    assert_eq!(row.name, "Ada Ltd");
    assert_eq!(row.name_key, "ada ltd");
    assert_eq!(row.email, details.email);
    assert_eq!(row.email_key.as_deref(), Some("ada@example.com"));
    assert_eq!(row.external_id.as_deref(), Some("17850"));
    assert_eq!(row.phone, details.phone);
    assert_eq!(row.website, details.website);
    assert_eq!(row.company, details.company);
    assert_eq!(row.contact, details.contact);
    assert_eq!(row.country, details.country);
    assert_eq!(row.status, Status::Active);
    assert_eq!((row.version, row.position, row.created_position), (1, 1, 1));
    assert_eq!((row.created_at, row.updated_at), (recorded(1), recorded(1)));
}

#[test]
fn changes_are_made_and_the_rest_stays() {
    let changed = client::details_changed(|changed| {
        changed.name = Some("Ada plc".to_owned());
        changed.external_id = Patch::Set("B2".to_owned());
        changed.email = Patch::Clear;
    });
    let row = row_after::<Clients>(client_id(), &[client::registered_in_full(), changed]);
    assert_eq!(
        (row.name.as_str(), row.name_key.as_str()),
        ("Ada plc", "ada plc")
    );
    assert_eq!((row.email, row.email_key), (None, None));
    assert_eq!(row.external_key.as_deref(), Some("b2"));
    assert_eq!(row.phone, client::details().phone);
    assert_eq!((row.version, row.position, row.created_position), (2, 2, 1));
    assert_eq!((row.created_at, row.updated_at), (recorded(1), recorded(2)));
}

#[test]
fn status_billing_fields_and_notes_follow() {
    let set = |key: &str, patch| client::custom_fields_set(&[(key, patch)]);
    let gold = FieldValue::Text("gold".to_owned());
    let events = [
        client::registered(),
        client::billing_set(client::billing()),
        set("tier", Patch::Set(gold.clone())),
        set("vip", Patch::Set(FieldValue::Boolean(true))),
        set("vip", Patch::Clear),
        client::note_added(1),
        client::note_added(2),
        client::archived(),
    ];
    let row = row_after::<Clients>(client_id(), &events);
    assert_eq!(row.billing, client::billing());
    assert_eq!(row.custom_fields.into_values().collect::<Vec<_>>(), [gold]);
    assert_eq!((row.note_count, row.status), (2, Status::Archived));
    let status = |last| {
        let events = [client::registered(), client::deactivated(), last];
        row_after::<Clients>(client_id(), &events).status
    };
    assert_eq!(status(client::note_added(1)), Status::Inactive);
    assert_eq!(status(client::reactivated()), Status::Active);
}

#[test]
fn a_change_before_the_registration_is_a_fault() {
    assert!(try_rows_after::<Clients>(client_id().0, &[client::archived()]).is_err());
}

async fn register(
    world: &World,
    tenant: TenantId,
    name: &str,
    change: impl FnOnce(&mut Registered),
) -> ClientId {
    let client = ClientId(id());
    let mut registered = Registered {
        client_id: client,
        details: daybook_domain::crm::client::Details {
            name: name.to_owned(),
            ..Default::default()
        },
        at: client::at(),
    };
    change(&mut registered);
    world
        .happen::<Client>(tenant, client, &[ClientEvent::Registered(registered)])
        .await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_survive_the_database_whole() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let events = [
        client::registered_in_full(),
        client::billing_set(client::billing()),
        client::custom_fields_set(&[("vip", Patch::Set(FieldValue::Boolean(true)))]),
        client::note_added(7),
    ];
    world
        .happen::<Client>(tenant, client_id(), &events[..2])
        .await;
    world.post(&crate::crm::projections()).await;
    world
        .happen::<Client>(tenant, client_id(), &events[2..])
        .await;
    world.post(&crate::crm::projections()).await;
    let found = find(&mut world.tx(tenant).await, client_id())
        .await
        .unwrap();
    let mut found = found.expect("the client is there");
    let mut expected = row_after::<Clients>(client_id(), &events);
    for row in [&mut found, &mut expected] {
        // The log's own times.
        row.created_at = client::at();
        row.updated_at = client::at();
    }
    assert_eq!(found, expected);
    // Another tenant sees nothing of it.
    let other = find(&mut world.tx(TenantId(id())).await, client_id()).await;
    assert_eq!(other.unwrap(), None);
}

/// Delta, alpha, Ébène and Beta in this order; Delta is archived last.
async fn four(world: &World) -> TenantId {
    let tenant = TenantId(id());
    let mut ids = Vec::new();
    for (name, country) in [
        ("Delta", "DE"),
        ("alpha", "AT"),
        ("Ébène", "FR"),
        ("Beta", "DE"),
    ] {
        let client = register(world, tenant, name, |it| {
            it.details.country = Some(client::country(country));
            it.details.external_id = Some(format!("X-{name}"));
        });
        ids.push(client.await);
    }
    world
        .happen::<Client>(tenant, ids[0], &[client::archived()])
        .await;
    world.post(&crate::crm::projections()).await;
    tenant
}

/// The names in a list, read in pages of two.
async fn names(tx: &mut TenantTx, filter: &Filter, order: OrderBy, direction: Direction) -> String {
    let mut names = Vec::new();
    let mut window = Window {
        first: 2,
        after: None,
        order,
        direction,
    };
    loop {
        let page = list::page::<Clients>(tx, filter, &window).await.unwrap();
        assert!(page.rows.len() <= 2);
        window.after = page
            .rows
            .last()
            .map(|row| list::place::<Clients>(order, row));
        names.extend(page.rows.into_iter().map(|row| row.name));
        if !page.has_more {
            return names.join(" ");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_ordered_and_paged() {
    let world = World::new().await;
    let tenant = four(&world).await;
    let mut tx = world.tx(tenant).await;
    let all = Filter::default();
    let (up, down) = (Direction::Ascending, Direction::Descending);
    for (order, direction, expected) in [
        (OrderBy::Created, up, "Delta alpha Ébène Beta"),
        (OrderBy::Created, down, "Beta Ébène alpha Delta"),
        (OrderBy::Name, up, "alpha Beta Delta Ébène"),
        (OrderBy::Updated, down, "Delta Beta Ébène alpha"),
    ] {
        assert_eq!(names(&mut tx, &all, order, direction).await, expected);
    }
    let foreign = Window {
        order: OrderBy::Name,
        after: Some(Cursor {
            value: SortValue::Integer(1),
            id: id(),
        }),
        ..Window::default()
    };
    let refused = list::page::<Clients>(&mut tx, &all, &foreign).await;
    assert!(
        matches!(refused, Err(QueryError::ForeignCursor)),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_and_counted() {
    let world = World::new().await;
    let tenant = four(&world).await;
    let mut tx = world.tx(tenant).await;
    let by = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let both = || vec!["X-Beta".to_owned(), "x-delta".to_owned()];
    let active = by(|it| it.statuses = vec![Status::Active]);
    let exactly = Filter {
        external_ids: both(),
        ..Filter::default()
    };
    for (filter, expected) in [
        (active, "alpha Ébène Beta"),
        (by(|it| it.ids = Some(Vec::new())), ""),
        (by(|it| it.search = Some("é".to_owned())), "Ébène"),
        (by(|it| it.search = Some("x-DEL".to_owned())), "Delta"),
        (exactly, "Beta"),
        (by(|it| it.countries = vec!["DE".to_owned()]), "Delta Beta"),
        (by(|it| it.changed_after = Some(3)), "Delta Beta"),
        (by(|it| it.created_before = Some(client::at())), ""),
    ] {
        let found = names(&mut tx, &filter, OrderBy::Created, Direction::Ascending).await;
        assert_eq!(found, expected, "{filter:?}");
        let count = list::count::<Clients>(&mut tx, &filter).await.unwrap();
        let names = expected.split_whitespace().count();
        assert_eq!(usize::try_from(count).unwrap(), names);
    }
    let beta = by_external_ids(&mut tx, &both()).await.unwrap();
    let ids = Some(beta.iter().map(|row| row.id).collect());
    let only = Filter {
        ids,
        ..Filter::default()
    };
    assert_eq!(beta.len(), 1);
    assert_eq!(
        list::matching::<Clients>(&mut tx, &only).await.unwrap(),
        beta
    );
}

//! Do rows of notes come, go and belong to their client?

use daybook_domain::crm::client::Client;
use daybook_domain::crm::client::fixtures::{self as client, client_id};
use daybook_domain::kernel::{ClientId, TenantId};

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, recorded, rows_after};

#[test]
fn each_note_is_a_row_and_nothing_else_is() {
    let events = [
        client::registered(),
        client::note_added(1),
        client::archived(),
        client::note_added(2),
    ];
    let rows = rows_after::<Notes>(client_id(), &events);
    assert_eq!(rows.len(), 2);
    let first = rows.values().next().unwrap();
    assert_eq!(first.client_id, client_id());
    assert_eq!(first.text, "Prefers mail.");
    assert!(first.author_id.is_some());
    assert_eq!((first.created_at, first.position), (recorded(2), 2));
}

#[test]
fn a_withdrawn_note_is_no_row_any_more() {
    let events = [
        client::registered(),
        client::note_added(1),
        client::note_added(2),
        client::note_withdrawn(1),
    ];
    let rows = rows_after::<Notes>(client_id(), &events);
    let left: Vec<u128> = rows.keys().map(|(_, id)| id.0.as_u128()).collect();
    assert_eq!(left, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_read_and_counted_by_client() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let (one, two) = (ClientId(id()), ClientId(id()));
    for (client, notes) in [(one, 1..=3), (two, 4..=4)] {
        let notes: Vec<_> = notes.map(client::note_added).collect();
        world
            .happen::<Client>(tenant, client, &[client::registered()])
            .await;
        world.happen::<Client>(tenant, client, &notes).await;
    }
    world.post(&crate::crm::projections()).await;
    let mut tx = world.tx(tenant).await;
    let ids = |rows: Vec<NoteRow>| {
        rows.iter()
            .map(|row| row.id.0.as_u128())
            .collect::<Vec<_>>()
    };
    let mut window = Window {
        first: 2,
        after: None,
        order: OnlyOrder,
        direction: Direction::Descending,
    };
    let page = list::page::<Notes>(&mut tx, &one, &window).await.unwrap();
    assert!(page.has_more);
    window.after = page
        .rows
        .last()
        .map(|row| list::place::<Notes>(OnlyOrder, row));
    assert_eq!(ids(page.rows), [3, 2]);
    let page = list::page::<Notes>(&mut tx, &one, &window).await.unwrap();
    assert!(!page.has_more);
    assert_eq!(ids(page.rows), [1]);
    assert_eq!(list::count::<Notes>(&mut tx, &one).await.unwrap(), 3);
    assert_eq!(list::count::<Notes>(&mut tx, &two).await.unwrap(), 1);
}

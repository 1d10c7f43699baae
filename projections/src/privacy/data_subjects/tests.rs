//! Does a row say where the data of a person stands, and do the rows of all others forget them?

use daybook_domain::crm::client::Client;
use daybook_domain::crm::client::fixtures::{
    at, billing, billing_set, client_id, erased as client_erased, note_added, registered_in_full,
};
use daybook_domain::invoicing::invoice::{Invoice, fixtures as invoices};
use daybook_domain::kernel::{DataSubjectId, TenantId};
use daybook_domain::privacy::consent::{Consent, consent_id, fixtures as consents};
use daybook_domain::privacy::data_subject::fixtures::{
    erased, exported, forgotten, held, released, subject,
};
use daybook_domain::privacy::data_subject::{Basis, DataSubject, data_subject_id};
use uuid::Uuid;

use super::*;
use crate::engine::{Rebuild, forget_in_replaced};
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, now, row_after};

fn stream() -> DataSubjectId {
    data_subject_id(client_id().0)
}

#[test]
fn a_row_begins_with_whatever_is_done_first() {
    let row = row_after::<DataSubjects>(stream(), &[held("case 7")]);
    assert_eq!((row.status, row.subject_id), (Status::Held, client_id().0));
    assert_eq!(row.hold_reason.as_deref(), Some("case 7"));
    let row = row_after::<DataSubjects>(stream(), &[held("case 7"), released(), exported()]);
    assert_eq!((row.status, row.hold_reason), (Status::None, None));
    assert_eq!(row.exported_at, Some(at()));
    assert_eq!((row.version, row.position), (3, 3));
}

#[test]
fn an_erased_person_is_being_forgotten_and_then_forgotten() {
    let row = row_after::<DataSubjects>(stream(), &[held("case 7"), erased()]);
    assert_eq!(
        (row.status, row.basis),
        (Status::Erasing, Some(Basis::Request))
    );
    assert_eq!((row.hold_reason, row.forgotten_at), (None, None));
    let row = row_after::<DataSubjects>(stream(), &[erased(), forgotten()]);
    assert_eq!((row.status, row.forgotten_at), (Status::Erased, Some(at())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_subjects_are_found_by_status_and_kind() {
    let world = World::new().await;
    let tenant = TenantId(id());
    world
        .happen::<DataSubject>(tenant, stream(), &[held("case 7")])
        .await;
    world.post(&crate::privacy::projections()).await;
    let mut tx = world.tx(tenant).await;
    for (filter, expected) in [
        (Filter::default(), 1),
        (
            Filter {
                statuses: vec![Status::Held],
                kinds: vec![subject().kind],
            },
            1,
        ),
        (
            Filter {
                statuses: vec![Status::Erased],
                kinds: vec![],
            },
            0,
        ),
    ] {
        let window = Window {
            first: 10,
            after: None,
            order: OnlyOrder,
            direction: Direction::Ascending,
        };
        let page = list::page::<DataSubjects>(&mut tx, &filter, &window)
            .await
            .unwrap();
        assert_eq!(page.rows.len(), expected);
        let counted = list::count::<DataSubjects>(&mut tx, &filter).await.unwrap();
        assert_eq!(usize::try_from(counted), Ok(expected));
    }
    assert_eq!(by_ids(&mut tx, &[stream()]).await.unwrap().len(), 1);
    let stranger = data_subject_id(Uuid::from_u128(99));
    assert!(by_ids(&mut tx, &[stranger]).await.unwrap().is_empty());
}

/// Every row of a table in its newest generation, as text, in order.
async fn rows_of(world: &World, table: &str) -> Vec<String> {
    let query = format!(
        "select (to_jsonb(t) - 'generation')::text from {table} t \
         where generation = (select max(generation) from {table}) order by 1"
    );
    let mut administrator = world.administrator().await;
    let rows = sqlx::query_scalar(&query).fetch_all(&mut administrator);
    rows.await.unwrap()
}

const TABLES: [&str; 4] = [
    "crm_clients",
    "crm_client_notes",
    "invoicing_invoices",
    "privacy_consents",
];

/// A client with a note, an invoice and a consent, which is erased in the end.
async fn live_and_be_erased(world: &World, tenant: TenantId, is_step_by_step: bool) {
    let projections = crate::all();
    let post = async || {
        if is_step_by_step {
            world.post(&projections).await;
        }
    };
    let known = [registered_in_full(), billing_set(billing()), note_added(1)];
    world.happen::<Client>(tenant, client_id(), &known).await;
    post().await;
    let sent = [invoices::drafted(), invoices::sent()];
    world
        .happen::<Invoice>(tenant, invoices::invoice_id(1), &sent)
        .await;
    let consent = consent_id(client_id(), &consents::purpose());
    world
        .happen::<Consent>(tenant, consent, &[consents::given()])
        .await;
    post().await;
    if is_step_by_step {
        assert_known(world).await;
    }
    world
        .happen::<DataSubject>(tenant, stream(), &[erased()])
        .await;
    post().await;
    world
        .happen::<Client>(tenant, client_id(), &[client_erased()])
        .await;
    world
        .happen::<DataSubject>(tenant, stream(), &[forgotten()])
        .await;
    world.post(&projections).await;
}

/// What rows had of the client. None of it can be part of an id or of a time,
/// as `ada` alone can: both are new in each run.
const PERSONAL: [&str; 8] = [
    "Ada",
    "ada ltd",
    "ada@",
    "ada.example",
    "\"17850\"",
    "High Street",
    "Prefers",
    "want news",
];

async fn assert_known(world: &World) {
    let mut rows = String::new();
    for table in TABLES {
        rows.push_str(&rows_of(world, table).await.concat());
    }
    for personal in PERSONAL {
        assert!(rows.contains(personal), "{personal} is not in {rows}");
    }
}

async fn assert_forgotten(world: &World) {
    for table in TABLES {
        for row in rows_of(world, table).await {
            for personal in PERSONAL {
                assert!(!row.contains(personal), "{table}: {personal} in {row}");
            }
        }
    }
    assert!(rows_of(world, "crm_clients").await.is_empty());
    assert!(rows_of(world, "crm_client_notes").await.is_empty());
    // What books are made of, and that there was a consent, stays.
    assert_eq!(rows_of(world, "invoicing_invoices").await.len(), 1);
    assert_eq!(rows_of(world, "privacy_consents").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_forget_live_and_are_the_same_when_they_are_built_anew() {
    let tenant = TenantId(id());
    let world = World::new().await;
    live_and_be_erased(&world, tenant, true).await;
    assert_forgotten(&world).await;
    let mut live = Vec::new();
    for table in TABLES {
        live.push(rows_of(&world, table).await);
    }
    let rebuild = Rebuild {
        store: world.store.clone(),
        projections: crate::all(),
        holder: id(),
        clock: now,
    };
    for rebuilt in rebuild.run(|_, _| ()).await {
        rebuilt.unwrap();
    }
    for (table, live) in TABLES.into_iter().zip(live) {
        assert_eq!(rows_of(&world, table).await, live, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_forget_what_the_same_batch_made() {
    let world = World::new().await;
    live_and_be_erased(&world, TenantId(id()), false).await;
    assert_forgotten(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_generations_forget_by_hand() {
    let tenant = TenantId(id());
    let world = World::new().await;
    let projections = crate::all();
    world
        .happen::<Client>(tenant, client_id(), &[registered_in_full()])
        .await;
    world.post(&projections).await;
    // As if another generation had taken over before anybody was erased.
    let mut administrator = world.administrator().await;
    sqlx::query("update readers set state = 'retired' where name = 'crm.clients'")
        .execute(&mut administrator)
        .await
        .unwrap();
    let subject = (tenant, client_id().0);
    for _ in 0..2 {
        forget_in_replaced(&world.store, &projections, subject)
            .await
            .unwrap();
    }
    let rows = rows_of(&world, "crm_clients").await;
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0].contains("erased") && !rows[0].contains("Ada"),
        "{rows:?}"
    );
}

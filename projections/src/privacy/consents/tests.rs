//! Does a row say what the client agrees to now?

use daybook_domain::crm::client::fixtures::{at, client_id};
use daybook_domain::kernel::{ClientId, ConsentId, TenantId};
use daybook_domain::privacy::consent::fixtures::{given, given_in, purpose, withdrawn};
use daybook_domain::privacy::consent::{Consent, ConsentEvent, Purpose, Status, consent_id};

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, row_after};

fn stream() -> ConsentId {
    consent_id(client_id(), &purpose())
}

#[test]
fn a_row_follows_what_the_client_says() {
    let row = row_after::<Consents>(stream(), &[given()]);
    assert_eq!((row.client_id, &row.purpose), (client_id(), &purpose()));
    assert_eq!(
        (row.status, row.wording.as_str()),
        (Status::Given, "I want news.")
    );
    assert_eq!(
        (row.source.as_deref(), row.withdrawn_at),
        (Some("web form"), None)
    );
    let row = row_after::<Consents>(stream(), &[given(), withdrawn(Some("too many"))]);
    assert_eq!(
        (row.status, row.withdrawn_at),
        (Status::Withdrawn, Some(at()))
    );
    assert_eq!(row.reason.as_deref(), Some("too many"));
    assert_eq!(row.wording, "I want news.", "what was agreed to is kept");
    assert_eq!((row.version, row.position), (2, 2));
    let anew = [
        given(),
        withdrawn(Some("too many")),
        given_in("Other words."),
    ];
    let row = row_after::<Consents>(stream(), &anew);
    assert_eq!(
        (row.status, row.withdrawn_at, row.reason),
        (Status::Given, None, None)
    );
    assert_eq!((row.wording.as_str(), row.source), ("Other words.", None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consents_are_found_by_client_purpose_and_status() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let (one, two) = (ClientId(id()), ClientId(id()));
    let calls = Purpose::parse("calls").unwrap();
    for (client, purpose, is_withdrawn) in [
        (one, purpose(), false),
        (one, calls.clone(), true),
        (two, purpose(), true),
    ] {
        let stream = consent_id(client, &purpose);
        let mut events = vec![given()];
        events.extend(is_withdrawn.then(|| withdrawn(None)));
        for event in &mut events {
            match event {
                ConsentEvent::Given(given) => {
                    (given.client_id, given.purpose) = (client, purpose.clone());
                }
                ConsentEvent::Withdrawn(withdrawn) => {
                    (withdrawn.client_id, withdrawn.purpose) = (client, purpose.clone());
                }
            }
        }
        world.happen::<Consent>(tenant, stream, &events).await;
    }
    world.post(&crate::privacy::projections()).await;
    let mut tx = world.tx(tenant).await;
    let filter = |clients: &[ClientId], purposes: &[&str], statuses: &[Status]| Filter {
        clients: clients.to_vec(),
        purposes: purposes.iter().map(ToString::to_string).collect(),
        statuses: statuses.to_vec(),
    };
    for (filter, expected) in [
        (filter(&[], &[], &[]), 3),
        (filter(&[one], &[], &[]), 2),
        (filter(&[one, two], &["newsletter"], &[]), 2),
        (filter(&[], &["newsletter"], &[Status::Given]), 1),
        (filter(&[two], &["calls"], &[]), 0),
        (filter(&[], &[], &[Status::Given, Status::Withdrawn]), 3),
    ] {
        let window = Window {
            first: 2,
            after: None,
            order: OnlyOrder,
            direction: Direction::Ascending,
        };
        let page = list::page::<Consents>(&mut tx, &filter, &window)
            .await
            .unwrap();
        assert_eq!(page.rows.len(), expected.min(2), "{filter:?}");
        assert_eq!(page.has_more, expected > 2);
        let counted = list::count::<Consents>(&mut tx, &filter).await.unwrap();
        assert_eq!(usize::try_from(counted), Ok(expected));
    }
    let ids = [consent_id(two, &purpose()), consent_id(two, &calls)];
    let rows = by_ids(&mut tx, &ids).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].client_id, rows[0].status),
        (two, Status::Withdrawn)
    );
}

//! Does an import bring nobody back who was erased, and does nothing that it left say who that was?

use daybook_api::privacy::erasing::Erasing;
use daybook_domain::crm::client::EXTERNAL_ID;
use daybook_domain::kernel::ClientId;
use daybook_domain::privacy::data_subject::Basis;
use daybook_store::{Actor, Context, Fingerprint};
use uuid::Uuid;

use crate::world::{World, id, now};

const ROW: &str = "1,A,,1,2011-01-04,2,17850,EIRE";

async fn known(world: &World) -> Option<Uuid> {
    let claim = world.store.claim(world.tenant, EXTERNAL_ID, "17850");
    claim.await.unwrap()
}

/// As the runner erases somebody: the event, then the key.
async fn erase(world: &World, client: Uuid) {
    let fingerprint = Fingerprint::of("test", &());
    let context = Context::new(Actor::System("test"), id(), fingerprint, now());
    let erasing = Erasing {
        basis: Basis::Request,
        is_there: true,
        at: now(),
    };
    let batch = world.store.batch(world.tenant, context);
    let batch = erasing.client(batch, ClientId(client));
    batch.execute().await.unwrap();
    world
        .store
        .erase_subject(world.tenant, client)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_repeat_brings_nobody_back_and_a_new_document_a_new_identity() {
    let world = World::new().await;
    let rows = [ROW, "2,A,,1,2011-01-04,2,17851,EIRE"];
    world.import(&world.rows("one.csv", &rows)).await;
    let first = known(&world).await.unwrap();
    erase(&world, first).await;
    assert_eq!(known(&world).await, None);

    let events = world.events().await.len();
    let repeat = world.import(&world.rows("two.csv", &rows)).await;
    assert_eq!(
        (repeat.documents, repeat.repeated, repeat.refused),
        (0, 2, 0)
    );
    assert_eq!(repeat.clients, 0);
    assert_eq!(known(&world).await, None);
    assert_eq!(world.events().await.len(), events, "nothing happened");

    // They came back as a customer: somebody else, as far as anybody can tell.
    let more = [ROW, "3,A,,1,2011-02-04,2,17850,EIRE"];
    let later = world.import(&world.rows("later.csv", &more)).await;
    assert_eq!((later.documents, later.repeated, later.refused), (1, 1, 0));
    assert_eq!(later.clients, 1);
    assert_ne!(known(&world).await.unwrap(), first);
}

#[tokio::test]
async fn who_walks_in_after_an_erasure_is_somebody_new() {
    let world = World::new().await;
    let walk_in = async || {
        let events = world.events().await;
        let mut latest = events.iter().rev();
        let client = latest.find(|it| it.stream_type == "crm.client");
        client.unwrap().stream_id
    };
    let first = world
        .import(&world.rows("one.csv", &["1,A,,1,2011-01-04,2,,EIRE"]))
        .await;
    assert_eq!((first.documents, first.clients), (1, 1));
    let mut before = walk_in().await;
    for round in ["two", "three"] {
        erase(&world, before).await;
        let events = world.events().await.len();
        let repeat = world
            .import(&world.rows("again.csv", &["1,A,,1,2011-01-04,2,,EIRE"]))
            .await;
        assert_eq!((repeat.repeated, repeat.refused, repeat.clients), (1, 0, 0));
        assert_eq!(world.events().await.len(), events, "nothing happened");

        let row = format!("{round},A,,1,2011-02-04,2,,EIRE");
        for repeated in [0, 1] {
            let later = world.import(&world.rows("later.csv", &[&row])).await;
            assert_eq!((later.repeated, later.refused), (repeated, 0));
            assert_eq!(
                (later.documents, later.clients),
                (1 - repeated, 1 - repeated)
            );
        }
        let now = walk_in().await;
        assert_ne!(now, before);
        before = now;
    }
}

#[tokio::test]
async fn nothing_in_the_log_is_made_from_an_external_id() {
    let (one, other) = (World::new().await, World::new().await);
    let mut ids = Vec::new();
    for world in [&one, &other] {
        // The same tenant in both, as after a restore: what is made from it would be the same.
        let world = World {
            tenant: one.tenant,
            store: world.store.clone(),
            place: tempfile::tempdir().unwrap(),
        };
        world.import(&world.rows("one.csv", &[ROW])).await;
        let events = world.events().await;
        let about = |it: &&daybook_store::Recorded| it.stream_type == "crm.client";
        let client: Vec<_> = events.iter().filter(about).collect();
        assert_eq!(client.len(), 1);
        ids.push([client[0].stream_id, client[0].command_id]);
    }
    assert_ne!(ids[0][0], ids[1][0]);
    assert_ne!(ids[0][1], ids[1][1]);
}

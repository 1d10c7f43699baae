//! A read model is rebuilt and rolled back, and nobody who asks or watches notices.

use std::time::Duration;

use daybook_projections::crm::CLIENTS;
use daybook_projections::engine::{Rebuild, Rollback};
use daybook_store::reader::ReaderState;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{Socket, World, command_id, moved};

const LIVE: &str = "subscription { clientsLive { kind client { name } } }";

async fn live_generation(world: &World) -> i32 {
    let readers = world.store.readers().await.unwrap();
    let live = |it: &&daybook_store::reader::ReaderStatus| {
        it.key.name == CLIENTS && it.state == ReaderState::Live
    };
    readers.iter().find(live).unwrap().key.generation
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_fails_no_query_loses_no_change_and_fires_no_effect() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let mut socket = Socket::open(&world, &[]).await.unwrap();
    socket
        .init(json!({ "token": owner.caller.token }))
        .await
        .unwrap();
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": LIVE } });
    socket.send(subscribe).await;
    // From here on a change is told once: before, it might be in the snapshot as well.
    let begun = socket.receive().await.unwrap();
    let begun = &begun["payload"]["data"]["clientsLive"]["kind"];
    assert_eq!(begun, "CAUGHT_UP");
    let mails = world.mails(&owner.email).await.len();
    let rollback = Rollback {
        store: world.store.clone(),
        projection: daybook_projections::find(CLIENTS).unwrap(),
        holder: command_id(),
        clock: moved::<7>().read,
    };
    let rebuild = Rebuild {
        store: rollback.store.clone(),
        projections: vec![rollback.projection.clone()],
        holder: rollback.holder,
        clock: rollback.clock,
    };
    let mut expected = 0;
    for (step, generation) in [(0, 2), (1, 1), (2, 2)] {
        let (rebuild, rollback) = (rebuild.clone(), rollback.clone());
        let mut running = JoinSet::new();
        running.spawn(async move {
            if step == 0 {
                rebuild.run(|_, _| ()).await.remove(0).unwrap();
            } else {
                rollback.run().await.unwrap();
            }
        });
        let mut rounds = 0;
        while !running.is_empty() || rounds < 8 {
            rounds += 1;
            expected += 1;
            let name = json!({ "name": format!("Client {expected}") });
            let made = owner.does("clientRegister", name, "client { name }").await;
            assert_eq!(made["client"]["name"], format!("Client {expected}"));
            // What was written is there, whichever generation is live, and nothing goes away.
            let seen = owner
                .sees("{ clients(last: 1) { totalCount nodes { name } } }")
                .await;
            assert_eq!(seen["clients"]["totalCount"], expected);
            assert_eq!(
                seen["clients"]["nodes"][0]["name"],
                format!("Client {expected}")
            );
            while let Some(done) = running.try_join_next() {
                done.unwrap();
            }
        }
        assert_eq!(live_generation(&world).await, generation);
    }
    let mut told = Vec::new();
    while told.len() < expected {
        let next = tokio::time::timeout(Duration::from_secs(30), socket.receive()).await;
        let message = next.expect("a change is lost").unwrap();
        assert_eq!(message["type"], "next", "{message}");
        let change = &message["payload"]["data"]["clientsLive"];
        if change["kind"] == "UPSERTED" {
            told.push(change["client"]["name"].clone());
        }
    }
    let names = (1..=expected).map(|n| json!(format!("Client {n}")));
    assert_eq!(told, names.collect::<Vec<Value>>());
    assert_eq!(world.mails(&owner.email).await.len(), mails);
}

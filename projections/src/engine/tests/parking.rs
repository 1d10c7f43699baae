//! Does a poisonous event stop its own stream and nothing else?

use daybook_domain::crm::client::fixtures as client;
use daybook_domain::crm::client::{Client, Refusal};
use daybook_domain::crm::fields::{FieldSet, Kind, fixtures as fields, stream_id};
use daybook_domain::kernel::{Aggregate, Event, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tally::{
    NAME, add_note, broken_tally, live_generation, mended_tally, noted, rebuild, tallies_of,
    tallies_of_log, tally, world,
};
use crate::testing::{World, id};

/// A client's stream as a program of tomorrow writes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Tomorrow {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum TomorrowEvent {
    #[serde(rename = "crm.client.teleported")]
    Teleported {},
}

impl Event for TomorrowEvent {}

impl Aggregate for Tomorrow {
    const NAME: &'static str = Client::NAME;
    type Event = TomorrowEvent;
    type Refusal = Refusal;
    fn evolve(&mut self, _: TomorrowEvent) {}
}

async fn parked(world: &World) -> Vec<(Uuid, i64, String)> {
    let parked = world.store.parked_streams().await.unwrap();
    let mut parked: Vec<_> = parked
        .into_iter()
        .map(|it| (it.stream_id, it.position, it.reason))
        .collect();
    parked.sort_by_key(|it| it.1);
    parked
}

/// Streams that stop, each for another reason, with how many events of theirs count; between them
/// two that go on.
async fn mixed(world: &World, tenant: TenantId) -> Vec<(Uuid, i64)> {
    let store = &world.store;
    let sound = noted(store, tenant, &["a"]).await;
    let panics = noted(store, tenant, &["b", "panic", "c"]).await;
    let fails = noted(store, tenant, &["fault"]).await;
    let unborn = id();
    world
        .happen::<Client>(tenant, unborn, &[client::archived()])
        .await;
    let unreadable = id();
    world
        .happen::<Tomorrow>(tenant, unreadable, &[TomorrowEvent::Teleported {}])
        .await;
    // PostgreSQL takes no text with a NUL in it.
    let unstorable = noted(store, tenant, &["d", "nul \0 nul"]).await;
    let last = noted(store, tenant, &["f"]).await;
    for stream in [sound, panics, fails, unborn, last] {
        add_note(store, tenant, stream).await;
    }
    vec![
        (sound, 3),
        (panics, 2),
        (fails, 1),
        (unstorable, 2),
        (last, 3),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_stops_at_what_cannot_be_applied_and_the_others_go_on() {
    let world = world().await;
    let (tenant, other) = (TenantId(id()), TenantId(id()));
    let expected = mixed(&world, tenant).await;
    let elsewhere = noted(&world.store, other, &["g"]).await;
    world.post(&[broken_tally()]).await;
    let tallies = tallies_of(&world, 1).await;
    for (stream, total) in expected.iter().chain([&(elsewhere, 2)]) {
        assert_eq!(tallies.get(stream), Some(total), "{stream}");
    }
    assert_eq!(tallies.len(), expected.len() + 1);
    let reasons: Vec<_> = parked(&world).await.into_iter().map(|it| it.2).collect();
    let contained = ["told to", "told to", "does not exist", "teleported", "0x00"];
    assert_eq!(reasons.len(), contained.len(), "{reasons:?}");
    for (reason, part) in reasons.iter().zip(contained) {
        assert!(reason.contains(part), "{reason} is about {part}");
    }
    // Later events of a parked stream are left alone, by the next process too.
    for (stream, _) in &expected {
        add_note(&world.store, tenant, *stream).await;
    }
    world.post(&[broken_tally()]).await;
    let later = tallies_of(&world, 1).await;
    for (stream, total) in &expected {
        let goes_on = *total == 3;
        let total = if goes_on { total + 1 } else { *total };
        assert_eq!(later.get(stream), Some(&total), "{stream}");
    }
    assert_eq!(parked(&world).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_parks_the_same_streams_at_the_same_events() {
    let world = world().await;
    for _ in 0..3 {
        mixed(&world, TenantId(id())).await;
    }
    let broken = broken_tally();
    world.post(std::slice::from_ref(&broken)).await;
    let live = (tallies_of(&world, 1).await, parked(&world).await);
    rebuild(&world.store, &broken).await;
    assert_eq!(live_generation(&world.store, NAME).await, 2);
    let parked_now = world.store.parked_streams().await.unwrap();
    let mut rebuilt: Vec<_> = parked_now
        .into_iter()
        .filter(|it| it.generation == 2)
        .map(|it| (it.stream_id, it.position))
        .collect();
    rebuilt.sort_unstable();
    let mut before: Vec<_> = live.1.iter().map(|it| (it.0, it.1)).collect();
    before.sort_unstable();
    assert_eq!(rebuilt, before);
    assert_eq!(tallies_of(&world, 2).await, live.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mended_code_takes_parked_streams_up_again() {
    let world = world().await;
    let tenant = TenantId(id());
    noted(&world.store, tenant, &["panic", "a"]).await;
    noted(&world.store, tenant, &["b", "fault"]).await;
    world.post(&[broken_tally()]).await;
    assert_eq!(parked(&world).await.len(), 2);
    rebuild(&world.store, &mended_tally()).await;
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
    let parked = world.store.parked_streams().await.unwrap();
    assert!(parked.iter().all(|it| it.generation == 1), "{parked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_no_interest_move_the_checkpoint_too() {
    let world = world().await;
    let tally = tally();
    noted(&world.store, TenantId(id()), &[]).await;
    let (tenant, declared) = (TenantId(id()), fields::declared("size", Kind::Number));
    world
        .happen::<FieldSet>(tenant, stream_id(tenant), &[declared])
        .await;
    world.post(&[tally]).await;
    let positions = world.store.live_positions().await.unwrap();
    assert_eq!(positions, [(NAME.to_owned(), 2)]);
}

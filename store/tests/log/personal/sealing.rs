//! Is what is said about people sealed, and read as it was said?

use daybook_store::{Clear, HistoryFilter};
use uuid::Uuid;

use super::dump::{assert_absent, found};
use super::person::{
    Bill, EMAIL, Event, Introduce, MEMO, Meet, NAME, Person, WORDS, Walk, held, known, meet, say,
    stored, whole,
};
use crate::world::{World, id, refused, run, tenant, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_about_a_person_is_sealed_in_the_log_and_read_by_everybody() {
    let world = World::new().await;
    let (store, other) = (world.store().await, world.store().await);
    let tenant = tenant();
    let person = known(&store, tenant).await;
    for store in [&store, &other] {
        assert_eq!(held(store, tenant, person).await, whole());
        assert_eq!(stored(store, tenant, person).await, whole());
        let page = store
            .history(tenant, 0, &HistoryFilter::default(), 10)
            .await;
        let events: Vec<Event> = page.unwrap().events.iter().map(decoded).collect();
        assert_eq!(events.len(), 5);
        assert_eq!(events[0], Event::Met(meet()));
        until("the tail", || async { store.tail().head() == 5 }).await;
        let tail = store.tail().after(0, 10).await.unwrap();
        assert!(tail.iter().all(|record| record.clear() != &Clear::Closed));
        let told: Vec<Event> = tail.iter().map(decoded).collect();
        assert_eq!(told, events);
    }
    let mut admin = world.administrator().await;
    // Nothing is in clear but what has to be compared.
    assert_absent(&mut admin, &[NAME, WORDS, MEMO]).await;
    let claimed = found(&mut admin, &[EMAIL]).await;
    assert_eq!(claimed, [format!("{EMAIL} in daybook.claims.value")]);
    let rows = world.log().await;
    assert_eq!(
        rows[0].payload,
        br#"{"name":"erased","email":null,"guardian":null}"#
    );
    assert_eq!(rows[2].payload, br#"{"number":1,"memo":null}"#);
    let sealed: Vec<bool> =
        sqlx::query_scalar("select personal is not null from daybook.events order by 1")
            .fetch_all(&mut admin)
            .await
            .unwrap();
    assert_eq!(sealed, [false, true, true, true, true]);
}

fn decoded(record: &impl std::borrow::Borrow<daybook_store::Recorded>) -> Event {
    record.borrow().decode().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_say_what_was_said() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person, command) = (tenant(), id(), id());
    let first = super::person::say_as(&store, (tenant, person), command).await;
    let other = world.store().await;
    let again = super::person::say_as(&other, (tenant, person), command).await;
    let (first, again) = (first.unwrap(), again.unwrap());
    assert!(again.replayed);
    assert_eq!(decoded(&*first.events[0]), Event::Said(say(WORDS)));
    assert_eq!(decoded(&*again.events[0]), Event::Said(say(WORDS)));
    assert_eq!(first.events[0].leaf_hash, again.events[0].leaf_hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drawn_number_and_what_is_sealed_beside_it_are_both_read() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person) = (tenant(), id());
    let receipt = run(&store, tenant, person, Bill(MEMO)).await.unwrap();
    let numbers: Vec<Event> = receipt.events.iter().map(|it| decoded(&**it)).collect();
    let other = world.store().await;
    let bills = stored(&other, tenant, person).await.bills;
    assert_eq!(
        bills,
        [(1, Some(MEMO.to_owned())), (2, Some(MEMO.to_owned()))]
    );
    assert!(matches!(&numbers[1], Event::Billed(it) if it.number == 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_sealed_for_whom_they_are_about() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, child, parent, friend) = (tenant(), id(), id(), id());
    let met = Meet {
        guardian: Some(parent),
        ..meet()
    };
    run(&store, tenant, child, met).await.unwrap();
    let introduced = Introduce {
        words: Some(WORDS.to_owned()),
        friend,
        friend_name: "Bea".to_owned(),
    };
    run(&store, tenant, child, introduced).await.unwrap();
    // The child's name is its own, the words are its parent's, the friend's name is the friend's.
    store.erase_subject(tenant, friend).await.unwrap();
    let state = stored(&store, tenant, child).await;
    assert_eq!(state.friends, ["erased"]);
    assert_eq!(state.words, [Some(WORDS.to_owned())]);
    store.erase_subject(tenant, parent).await.unwrap();
    let state = stored(&store, tenant, child).await;
    assert_eq!((state.words, state.name.as_str()), (vec![None], NAME));
    store.erase_subject(tenant, child).await.unwrap();
    assert_eq!(stored(&store, tenant, child).await.name, "erased");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_from_before_there_was_sealing_are_read_as_they_are() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person) = (tenant(), id());
    run(&store, tenant, person, meet()).await.unwrap();
    let mut admin = world.administrator().await;
    super::attacks::attack(
        &mut admin,
        "update daybook.events set personal = null, \
         payload = convert_to('{\"name\":\"Old\",\"email\":null,\"guardian\":null}', 'utf8')",
    )
    .await;
    assert_eq!(stored(&store, tenant, person).await.name, "Old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_made_for_nothing_serves_the_next_event() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    run(&store, tenant, id(), meet()).await.unwrap();
    // Their stream is there and nothing personal in it: the key is made before the append, which finds
    // the address taken; as after a kill in between.
    let person = id();
    run(&store, tenant, person, Walk { steps: 1 })
        .await
        .unwrap();
    assert_eq!(
        refused(run(&store, tenant, person, meet()).await).code,
        "TAKEN"
    );
    assert_eq!(store.count_subject_keys().await.unwrap().kept, 2);
    let restarted = world.store().await;
    run(&restarted, tenant, person, say(WORDS)).await.unwrap();
    assert_eq!(restarted.count_subject_keys().await.unwrap().kept, 2);
    assert_eq!(
        stored(&store, tenant, person).await.words,
        [Some(WORDS.to_owned())]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_of_many_processes_share_one_key() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, person) = (tenant(), id());
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..40_usize {
        let store = stores[n % 2].clone();
        writers.spawn(async move {
            // A stream each, all about the same person.
            let met = Meet {
                guardian: Some(person),
                ..Meet::default()
            };
            let stream = id();
            run(&store, tenant, stream, met).await.unwrap();
            run(&store, tenant, stream, say(WORDS)).await.unwrap();
            stream
        });
    }
    let streams: Vec<Uuid> = writers.join_all().await;
    assert_eq!(stores[0].count_subject_keys().await.unwrap().kept, 1 + 40);
    for stream in streams {
        for store in &stores {
            let words = stored(store, tenant, stream).await.words;
            assert_eq!(words, [Some(WORDS.to_owned())]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_without_people_need_no_key() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person) = (tenant(), id());
    run(&store, tenant, person, Walk { steps: 1 })
        .await
        .unwrap();
    let counted = store.count_subject_keys().await.unwrap();
    assert_eq!(counted.kept, 0);
    let state: Person = stored(&store, tenant, person).await;
    assert_eq!(state.steps, 1);
}

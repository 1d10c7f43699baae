//! Timers are set with a checkpoint, claimed by one at a time, and settled unless set again.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{TenantId, TimeZone};
use daybook_store::reader::ReaderKey;
use daybook_store::{Moment, Store, Timer, TimerChanges, TimerKey};
use uuid::Uuid;

use crate::place::{after, database, noon, store, tenant};

const KIND: &str = "test.bell";

fn key(subject: u128) -> TimerKey {
    TimerKey {
        kind: KIND,
        subject_id: Uuid::from_u128(subject),
    }
}

fn timer(moment: Moment, set_by: u128) -> Timer {
    Timer {
        moment,
        set_by: Uuid::from_u128(set_by),
    }
}

/// Changes timers as a reader does that stands still.
async fn change(store: &Store, tenant: TenantId, zone: &str, changes: &TimerChanges) {
    store.register_reader("test.timers", 1).await.unwrap();
    let key = ReaderKey {
        name: "test.timers".to_owned(),
        generation: 1,
    };
    let holder = Uuid::from_u128(1);
    let lease = store.take_lease(&key, holder).await.unwrap().unwrap();
    let mut tx = store.reader_tx().await.unwrap();
    tx.enter(tenant).await.unwrap();
    let zone = TimeZone::parse("timeZone", zone).unwrap();
    tx.change_timers(tenant, changes, zone).await.unwrap();
    assert!(tx.commit(&lease, 0, 0).await.unwrap());
}

async fn set(store: &Store, subject: u128, moment: Moment, set_by: u128) {
    let mut changes = TimerChanges::default();
    changes.set(key(subject), timer(moment, set_by));
    change(store, tenant(1), "UTC", &changes).await;
}

async fn due(store: &Store, at: &str) -> usize {
    let at: DateTime<Utc> = at.parse().unwrap();
    let due = store.timers().late(at).await.unwrap();
    usize::try_from(due).unwrap()
}

#[tokio::test]
async fn a_timer_is_due_from_its_instant_on_and_claimed_by_one() {
    let database = database().await;
    let (one, other) = (store(&database).await, store(&database).await);
    for subject in 0..40 {
        set(&one, subject, Moment::At(noon()), 1).await;
    }
    assert!(one.timers().claim(after(-1), 100).await.unwrap().is_empty());
    let (mut mine, theirs) = tokio::join!(
        async { one.timers().claim(noon(), 25).await.unwrap() },
        async { other.timers().claim(noon(), 25).await.unwrap() },
    );
    mine.extend(theirs);
    mine.extend(one.timers().claim(noon(), 25).await.unwrap());
    let mut subjects: Vec<Uuid> = mine.iter().map(|timer| timer.subject_id).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!((mine.len(), subjects.len()), (40, 40));
    for timer in &mine {
        assert!(one.timers().settle(timer).await.unwrap());
        assert!(!other.timers().settle(timer).await.unwrap());
    }
    assert_eq!(one.timers().late(after(1_000_000)).await.unwrap(), 0);
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn a_timer_that_was_set_again_is_not_settled_by_the_earlier_claim() {
    let store = store(&database().await).await;
    set(&store, 1, Moment::At(noon()), 1).await;
    let claimed = store.timers().claim(noon(), 1).await.unwrap();
    set(&store, 1, Moment::At(after(60)), 2).await;
    assert!(!store.timers().settle(&claimed[0]).await.unwrap());
    assert!(
        !store
            .timers()
            .postpone(&claimed[0], after(5), "no")
            .await
            .unwrap()
    );
    let again = store.timers().claim(after(60), 1).await.unwrap();
    assert_eq!((again[0].set_by, again[0].attempt), (Uuid::from_u128(2), 1));
    assert!(
        store
            .timers()
            .postpone(&again[0], after(90), "busy")
            .await
            .unwrap()
    );
    assert!(store.timers().claim(after(89), 1).await.unwrap().is_empty());
    let third = store.timers().claim(after(90), 1).await.unwrap();
    assert_eq!(third[0].attempt, 2);
    assert!(!store.timers().settle(&again[0]).await.unwrap());
    assert!(store.timers().settle(&third[0]).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn the_last_word_on_a_timer_counts() {
    let store = store(&database().await).await;
    let mut changes = TimerChanges::default();
    changes.set(key(1), timer(Moment::At(noon()), 1));
    changes.clear(key(1));
    changes.clear(key(2));
    changes.set(key(2), timer(Moment::At(noon()), 2));
    change(&store, tenant(1), "UTC", &changes).await;
    let claimed = store.timers().claim(noon(), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].subject_id, Uuid::from_u128(2));
    let mut changes = TimerChanges::default();
    changes.clear(key(2));
    // Another tenant's timer of the same name is another one.
    change(&store, tenant(2), "UTC", &changes).await;
    assert!(store.timers().settle(&claimed[0]).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn a_day_begins_by_the_tenants_zone_and_moves_with_it() {
    let store = store(&database().await).await;
    let mut changes = TimerChanges::default();
    changes.set(key(1), timer(Moment::On("2026-06-10".parse().unwrap()), 1));
    changes.set(
        key(2),
        timer(Moment::At("2026-06-10T00:00:00Z".parse().unwrap()), 1),
    );
    change(&store, tenant(1), "Europe/Vienna", &changes).await;
    assert_eq!(due(&store, "2026-06-09T21:59:59Z").await, 0);
    assert_eq!(due(&store, "2026-06-09T22:00:00Z").await, 1);
    let mut moved = TimerChanges::default();
    moved.move_days();
    change(&store, tenant(1), "America/New_York", &moved).await;
    assert_eq!(
        due(&store, "2026-06-10T00:00:00Z").await,
        1,
        "an instant stays where it is"
    );
    assert_eq!(due(&store, "2026-06-10T03:59:59Z").await, 1);
    assert_eq!(due(&store, "2026-06-10T04:00:00Z").await, 2);
    // Of another tenant nothing moves.
    change(&store, tenant(2), "Asia/Tokyo", &moved).await;
    assert_eq!(due(&store, "2026-06-10T03:59:59Z").await, 1);
    store.close().await;
}

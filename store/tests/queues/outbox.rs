//! Mails are kept once, claimed by one at a time, and settled by whoever holds the claim.

use std::time::Duration;

use daybook_store::{KeptMail, Mail, MailState};
use uuid::Uuid;

use crate::place::{after, database, noon, store, tenant};

fn mail(number: u128) -> Mail {
    Mail {
        effect_id: Uuid::from_u128(number),
        to: format!("Person {number} <person{number}@example.com>"),
        subject: "Verify your address".to_owned(),
        text: "the token is hunter2".to_owned(),
        html: None,
        attachment: None,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_mail_is_kept_once_per_tenant_and_effect() {
    let store = store(&database().await).await;
    let outbox = store.outbox();
    assert!(outbox.enqueue(tenant(1), &mail(1)).await.unwrap());
    let other = Mail {
        text: "another text".to_owned(),
        ..mail(1)
    };
    assert!(!outbox.enqueue(tenant(1), &other).await.unwrap());
    assert!(outbox.enqueue(tenant(2), &mail(1)).await.unwrap());
    let kept = outbox.newest(None, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|kept| kept.mail == mail(1)));
    store.close().await;
}

#[tokio::test]
async fn a_mail_is_claimed_by_one_of_many() {
    let database = database().await;
    let (one, other) = (store(&database).await, store(&database).await);
    for number in 0..40 {
        one.outbox()
            .enqueue(tenant(number % 3), &mail(number))
            .await
            .unwrap();
    }
    let claim = async |store: &daybook_store::Store| {
        let mut all = Vec::new();
        loop {
            let claimed = store.outbox().claim(noon(), 3).await.unwrap();
            if claimed.is_empty() {
                return all;
            }
            all.extend(claimed.into_iter().map(|it| it.mail.effect_id));
        }
    };
    let (mut mine, theirs) = tokio::join!(claim(&one), claim(&other));
    mine.extend(theirs);
    assert_eq!(mine.len(), 40);
    mine.sort_unstable();
    mine.dedup();
    assert_eq!(mine.len(), 40, "a mail was claimed twice");
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn a_failed_mail_is_due_again_later_and_a_settled_one_never() {
    let store = store(&database().await).await;
    let outbox = store.outbox();
    for number in 1..=3 {
        outbox.enqueue(tenant(1), &mail(number)).await.unwrap();
    }
    let claimed = outbox.claim(noon(), 10).await.unwrap();
    assert_eq!(claimed.len(), 3);
    assert!(outbox.sent(&claimed[0], noon()).await.unwrap());
    assert!(
        outbox
            .retry(&claimed[1], after(60), "451 try later")
            .await
            .unwrap()
    );
    assert!(
        outbox
            .give_up(&claimed[2], noon(), "550 nobody")
            .await
            .unwrap()
    );
    assert!(outbox.claim(after(59), 10).await.unwrap().is_empty());
    let again = outbox.claim(after(60), 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].attempt, &again[0].mail), (2, &claimed[1].mail));
    let states = async |index: usize| {
        let kept = outbox
            .find(claimed[index].mail.effect_id)
            .await
            .unwrap()
            .unwrap();
        (kept.state, kept.last_error)
    };
    assert_eq!(states(0).await, (MailState::Sent, None));
    assert_eq!(
        states(1).await,
        (MailState::Waiting, Some("451 try later".to_owned()))
    );
    assert_eq!(
        states(2).await,
        (MailState::GivenUp, Some("550 nobody".to_owned()))
    );
    let waiting = outbox.waiting().await.unwrap();
    assert_eq!((waiting.mails, waiting.given_up), (1, 1));
    // Whose attempt is over settles nothing.
    assert!(!outbox.sent(&claimed[1], noon()).await.unwrap());
    assert!(!outbox.give_up(&claimed[0], noon(), "late").await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn old_mails_are_purged_with_their_tokens() {
    let store = store(&database().await).await;
    let outbox = store.outbox();
    for number in 1..=3 {
        outbox.enqueue(tenant(1), &mail(number)).await.unwrap();
    }
    let claimed = outbox.claim(noon(), 2).await.unwrap();
    outbox.sent(&claimed[0], noon()).await.unwrap();
    outbox.give_up(&claimed[1], noon(), "550").await.unwrap();
    let (day, keep) = (86_400, Duration::from_hours(48));
    assert_eq!(outbox.purge(after(2 * day), keep).await.unwrap(), 0);
    assert_eq!(outbox.purge(after(2 * day + 1), keep).await.unwrap(), 2);
    // One that nobody sends is kept a week longer.
    assert_eq!(outbox.purge(after(9 * day), keep).await.unwrap(), 0);
    assert_eq!(outbox.purge(after(9 * day + 1), keep).await.unwrap(), 1);
    store.close().await;
}

#[tokio::test]
async fn the_application_cannot_read_a_mail_back() {
    let store = store(&database().await).await;
    store.outbox().enqueue(tenant(1), &mail(1)).await.unwrap();
    let mut tx = store.tenant_tx(tenant(1)).await.unwrap();
    let read = sqlx::query_scalar::<_, String>("select body_text from mail");
    let error = read.fetch_all(tx.connection()).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    drop(tx);
    let mut tx = store.tenant_tx(tenant(2)).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(effect_id) from mail")
        .fetch_one(tx.connection())
        .await
        .unwrap();
    assert_eq!(seen, 0);
    drop(tx);
    store.close().await;
}

#[tokio::test]
async fn a_mail_beyond_the_bounds_is_refused() {
    let store = store(&database().await).await;
    let long = Mail {
        text: "x".repeat(1_048_577),
        ..mail(1)
    };
    assert!(store.outbox().enqueue(tenant(1), &long).await.is_err());
    let shown = format!("{:?}", mail(1));
    assert!(
        !shown.contains("hunter2") && !shown.contains("person1"),
        "{shown}"
    );
    store.close().await;
}

#[tokio::test]
async fn whoever_sends_is_woken_by_whoever_asks() {
    let store = store(&database().await).await;
    store.outbox().enqueue(tenant(1), &mail(1)).await.unwrap();
    let outbox = store.outbox();
    let asked = tokio::time::timeout(Duration::from_secs(10), outbox.asked());
    asked.await.unwrap();
    let again = tokio::time::timeout(Duration::from_millis(50), outbox.asked());
    assert!(again.await.is_err(), "woken without a reason");
    store.close().await;
}

#[tokio::test]
async fn what_is_shown_to_somebody_is_what_is_forgotten() {
    let store = store(&database().await).await;
    let outbox = store.outbox();
    let to = |number: u128, to: &str| Mail {
        to: to.to_owned(),
        ..mail(number)
    };
    let theirs = [
        to(1, "ada@example.com"),
        to(2, "Ada L. <Ada@Example.com>"),
        to(3, "lovelace@example.com"),
    ];
    let others = [
        to(4, "nada@example.com"),
        to(5, "\"ada@example.com\" <eve@example.com>"),
        to(6, "ada@example.com.evil.example"),
    ];
    for mail in theirs.iter().chain(&others) {
        assert!(outbox.enqueue(tenant(1), mail).await.unwrap());
    }
    assert!(outbox.enqueue(tenant(2), &theirs[0]).await.unwrap());
    let addresses = ["ada@example.com", "lovelace@example.com"].map(str::to_owned);
    let claimed = outbox.claim(noon(), 1).await.unwrap();
    assert!(outbox.sent(&claimed[0], noon()).await.unwrap());
    let shown = outbox.to_one_of(tenant(1), &addresses).await.unwrap();
    let mails: Vec<&Mail> = shown.iter().map(|kept| &kept.mail).collect();
    assert_eq!(mails.len(), theirs.len());
    assert!(theirs.iter().all(|mail| mails.contains(&mail)));
    let is_finished = |kept: &KeptMail| kept.finished_at.is_some();
    assert!(
        shown
            .iter()
            .all(|kept| is_finished(kept) == (kept.state == MailState::Sent))
    );
    assert_eq!(outbox.to_one_of(tenant(1), &[]).await.unwrap(), []);
    assert_eq!(outbox.forget(tenant(1), &addresses).await.unwrap(), 3);
    assert_eq!(outbox.to_one_of(tenant(1), &addresses).await.unwrap(), []);
    let elsewhere = outbox.to_one_of(tenant(2), &addresses).await.unwrap();
    assert_eq!(elsewhere.len(), 1);
    store.close().await;
}

//! Is a mail asked for exactly when its command is in the log?

use daybook_store::{ExecuteError, Mail, MailState, Store, StoreError};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::account::{Account, Deposit, Open, Withdraw};
use crate::world::{World, context, id, now, refused, run, tenant};

fn mail(effect_id: Uuid) -> Mail {
    Mail {
        effect_id,
        to: "Ada <ada@example.com>".to_owned(),
        subject: "Welcome".to_owned(),
        text: "the token is hunter2".to_owned(),
        html: None,
        attachment: None,
        expires_at: None,
    }
}

/// The mails that are kept, oldest first.
async fn kept(store: &Store) -> Vec<Mail> {
    let kept = store.outbox().newest(None, 1_000).await.unwrap();
    assert!(kept.iter().all(|kept| kept.state == MailState::Waiting));
    kept.into_iter().rev().map(|kept| kept.mail).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_goes_with_its_command_and_with_no_other() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, account, command) = (tenant(), id(), id());
    let open = || {
        let batch = store.batch(tenant, context(command, &1));
        batch
            .and_new(account, Open::default())
            .mailing(mail(command))
    };
    assert!(!open().execute().await.unwrap().replayed);
    assert_eq!(kept(&store).await, [mail(command)]);
    // It is there to be sent at once, and no repeat asks again, not even after it was taken away.
    let claimed = store.outbox().claim(now(), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (claimed[0].tenant, &claimed[0].mail),
        (tenant, &mail(command))
    );
    let ada = ["ada@example.com".to_owned()];
    let forgotten = store.outbox().forget(tenant, &ada).await;
    assert_eq!(forgotten.unwrap(), 1);
    assert!(open().execute().await.unwrap().replayed);
    assert!(
        world
            .store()
            .await
            .batch(tenant, context(command, &1))
            .and_new(account, Open::default())
            .mailing(mail(command))
            .execute()
            .await
            .unwrap()
            .replayed
    );
    assert_eq!(kept(&store).await, []);
    // What is refused, or decided on an old state, is not told of.
    let batch = store
        .batch(tenant, context(id(), &2))
        .and(account, Withdraw(1));
    assert_eq!(
        refused(batch.mailing(mail(id())).execute().await).code,
        "INSUFFICIENT"
    );
    let stale = context(id(), &3).expecting(Some(7));
    let batch = store.batch(tenant, stale).and(account, Deposit(1));
    let conflict = batch.mailing(mail(id())).execute().await;
    assert!(
        matches!(conflict, Err(ExecuteError::Conflict { .. })),
        "{conflict:?}"
    );
    assert_eq!(kept(&store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_about_an_event_goes_only_with_one() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, account) = (tenant(), id());
    run(&store, tenant, account, Open::default()).await.unwrap();
    for (number, event_type) in [
        (1_u128, "test.account.withdrawn"),
        (2, "test.account.deposited"),
    ] {
        let batch = store.batch(tenant, context(id(), &number));
        let batch = batch.and(account, Deposit(1));
        let mail = mail(Uuid::from_u128(number));
        let batch = batch.mailing_about(event_type.to_owned(), mail);
        batch.execute().await.unwrap();
    }
    assert_eq!(kept(&store).await, [mail(Uuid::from_u128(2))]);
}

/// A mail that cannot be kept keeps its own command out of the log, and nobody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_mail_cannot_be_kept_is_not_recorded() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, taken) = (tenant(), id());
    store.outbox().enqueue(tenant, &mail(taken)).await.unwrap();
    let mut commands = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        commands.spawn(async move {
            let effect = if number == 17 { taken } else { id() };
            let batch = store.batch(tenant, context(id(), &number));
            let batch = batch.and_new(id(), Open::default()).mailing(mail(effect));
            (number, batch.execute().await)
        });
    }
    for (number, outcome) in commands.join_all().await {
        match outcome {
            Ok(receipt) => assert!(number != 17 && receipt.events.len() == 1),
            Err(error) => {
                let broken = matches!(error, ExecuteError::Store(StoreError::Broken(_)));
                assert!(number == 17 && broken, "{number}: {error}");
            }
        }
    }
    assert_eq!(world.log().await.len(), 39);
    assert_eq!(kept(&store).await.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_can_never_be_kept_is_told_before_anything_is_done() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, account) = (tenant(), id());
    let bad = [
        Mail {
            to: "a".repeat(1_001),
            ..mail(id())
        },
        Mail {
            subject: "a".repeat(1_001),
            ..mail(id())
        },
        Mail {
            text: "a".repeat(1_048_577),
            ..mail(id())
        },
        Mail {
            html: Some("a".repeat(1_048_576)),
            ..mail(id())
        },
        Mail {
            text: "a\0b".to_owned(),
            ..mail(id())
        },
    ];
    for mail in bad {
        let batch = store
            .batch(tenant, context(id(), &1))
            .and_new(account, Open::default());
        let outcome = batch.mailing(mail.clone()).execute().await;
        assert!(matches!(
            outcome,
            Err(ExecuteError::Store(StoreError::Broken(_)))
        ));
        assert!(store.outbox().enqueue(tenant, &mail).await.is_err());
    }
    assert_eq!(world.log().await, []);
    let loaded = store.load::<Account>(tenant, account).await.unwrap();
    assert_eq!((loaded.version, kept(&store).await.len()), (0, 0));
}

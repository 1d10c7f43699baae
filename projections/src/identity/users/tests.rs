//! Do rows of users follow their events?

use daybook_domain::identity::user::{
    EmailVerified, PasswordHashUpgraded, PasswordReset, PasswordResetRequested, ProfileUpdated,
    User, UserEvent,
};
use daybook_domain::kernel::{Locale, SessionId, TenantId, TimeZone, UserId};
use uuid::Uuid;

use super::testing::{TOKEN, at, deactivated, hash, password_changed, signed_up};
use super::*;
use crate::testing::{World, id, recorded, row_after, try_rows_after};

fn user() -> UserId {
    UserId(Uuid::from_u128(10))
}

fn life() -> Vec<UserEvent> {
    vec![
        signed_up(user()),
        UserEvent::EmailVerified(EmailVerified {
            token: TOKEN,
            at: at(2),
        }),
        UserEvent::ProfileUpdated(ProfileUpdated {
            name: "Ada King".to_owned(),
            locale: Some(Locale::parse("locale", "en-GB").unwrap()),
            time_zone: Some(TimeZone::parse("timeZone", "Europe/London").unwrap()),
            at: at(3),
        }),
        UserEvent::PasswordResetRequested(PasswordResetRequested {
            token: TOKEN,
            expires_at: at(60),
            replaced_token: None,
            at: at(4),
        }),
        UserEvent::PasswordReset(PasswordReset {
            token: TOKEN,
            password_hash: hash(),
            at: at(5),
        }),
        UserEvent::PasswordHashUpgraded(PasswordHashUpgraded {
            password_hash: hash(),
            at: at(6),
        }),
    ]
}

#[test]
fn an_account_follows_its_events_without_a_secret() {
    let row = row_after::<Users>(user(), &life());
    assert_eq!((row.id, row.email.as_str()), (user(), "Ada@Example.com"));
    assert_eq!(
        (row.name.as_str(), row.email_verified_at),
        ("Ada King", Some(at(2)))
    );
    assert_eq!(row.locale.as_ref().map(Locale::as_str), Some("en-GB"));
    assert_eq!(row.time_zone.map(TimeZone::name), Some("Europe/London"));
    assert_eq!(
        (row.password_changed_at, row.sessions_ended_at),
        (Some(at(5)), Some(at(5)))
    );
    assert_eq!((row.created_at, row.updated_at), (recorded(1), recorded(6)));
    assert_eq!((row.version, row.deactivated_at), (6, None));
    let text = serde_json::to_string(&row).unwrap();
    assert!(
        !text.contains("argon2id") && !text.contains(&TOKEN.to_string()),
        "{text}"
    );
}

#[test]
fn a_changed_password_keeps_the_session_it_was_changed_in() {
    let kept = SessionId(Uuid::from_u128(11));
    let mut events = vec![signed_up(user()), password_changed(1, Some(kept))];
    assert_eq!(
        row_after::<Users>(user(), &events).kept_session_id,
        Some(kept)
    );
    events.push(password_changed(2, None));
    let row = row_after::<Users>(user(), &events);
    assert_eq!(
        (row.kept_session_id, row.sessions_ended_at),
        (None, Some(at(2)))
    );
    events.push(deactivated(3));
    assert_eq!(
        row_after::<Users>(user(), &events).deactivated_at,
        Some(at(3))
    );
}

#[test]
fn a_change_before_the_sign_up_is_a_fault() {
    assert!(try_rows_after::<Users>(user().0, &[deactivated(0)]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_rows_of_the_platform() {
    let world = World::new().await;
    world
        .happen::<User>(TenantId::PLATFORM, user(), &life())
        .await;
    world.post(&crate::identity::projections()).await;
    let mut tx = world.tx(TenantId::PLATFORM).await;
    let mut found = find(&mut tx, user()).await.unwrap().unwrap();
    let mut expected = row_after::<Users>(user(), &life());
    for row in [&mut found, &mut expected] {
        (row.created_at, row.updated_at) = (at(0), at(0));
    }
    assert_eq!(found, expected);
    assert_eq!(by_ids(&mut tx, &[UserId(id())]).await.unwrap(), []);
    let mut other = world.tx(TenantId(id())).await;
    assert_eq!(find(&mut other, user()).await.unwrap(), None);
}

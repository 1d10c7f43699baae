//! Do rows of sessions follow their events?

use daybook_domain::identity::session::{
    EndReason, Place, Refreshed, ReuseDetected, Revoked, Salt, Session, SessionEvent, Started,
};
use daybook_domain::identity::user::User;
use daybook_domain::kernel::{Digest, MemberId, SessionId, TenantId, UserId};
use uuid::Uuid;

use super::*;
use crate::identity::users::testing::{at, deactivated, password_changed, signed_up};
use crate::testing::{World, id, row_after, try_rows_after};

const TOKEN: Digest = Digest::new([9; 32]);

fn session() -> SessionId {
    SessionId(Uuid::from_u128(11))
}

fn place() -> Place {
    Place {
        tenant_id: TenantId(Uuid::from_u128(12)),
        member_id: MemberId(Uuid::from_u128(13)),
    }
}

fn started(session_id: SessionId, user_id: UserId, minutes: i64) -> SessionEvent {
    SessionEvent::Started(Started {
        session_id,
        user_id,
        place: Some(place()),
        refresh_token: TOKEN,
        access_token: TOKEN,
        access_expires_at: at(minutes + 10),
        idle_minutes: 60,
        idle_expires_at: at(minutes + 60),
        absolute_expires_at: at(minutes + 720),
        authenticated_at: at(minutes),
        user_agent: Some("Firefox".to_owned()),
        address: Some([192, 0, 2, 7].into()),
        at: at(minutes),
    })
}

fn refreshed(minutes: i64) -> SessionEvent {
    SessionEvent::Refreshed(Refreshed {
        parent_token: TOKEN,
        refresh_token: TOKEN,
        salt: Salt::new([1; 16]),
        access_token: TOKEN,
        access_expires_at: at(minutes + 10),
        idle_expires_at: at(minutes + 60),
        at: at(minutes),
    })
}

fn revoked(minutes: i64) -> SessionEvent {
    SessionEvent::Revoked(Revoked {
        reason: EndReason::SignedOut,
        at: at(minutes),
    })
}

#[test]
fn a_session_follows_its_events_without_a_secret() {
    let user = UserId(Uuid::from_u128(10));
    let row = row_after::<Sessions>(session(), &[started(session(), user, 0), refreshed(5)]);
    assert_eq!((row.id, row.user_id), (session(), user));
    assert_eq!(
        (row.acting_in, row.member_id),
        (Some(place().tenant_id), Some(place().member_id))
    );
    assert_eq!((row.started_at, row.last_used_at), (at(0), at(5)));
    assert_eq!(
        (row.idle_expires_at, row.absolute_expires_at),
        (at(65), at(720))
    );
    assert_eq!((row.version, row.ended_at), (2, None));
    assert_eq!(row.address.as_deref(), Some("192.0.2.7"));
    let text = serde_json::to_string(&row).unwrap();
    assert!(!text.contains(&TOKEN.to_string()), "{text}");
    for (end, reason) in [
        (revoked(6), EndReason::SignedOut),
        (
            SessionEvent::ReuseDetected(ReuseDetected {
                token: TOKEN,
                at: at(6),
            }),
            EndReason::TokenReused,
        ),
    ] {
        let row = row_after::<Sessions>(session(), &[started(session(), user, 0), end]);
        assert_eq!((row.ended_at, row.end_reason), (Some(at(6)), Some(reason)));
    }
    assert!(try_rows_after::<Sessions>(session().0, &[refreshed(1)]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_sessions_that_open_something_are_listed() {
    let world = World::new().await;
    let (user, other) = (UserId(id()), UserId(id()));
    let start = async |user, minutes, more: &[SessionEvent]| {
        let session = SessionId(id());
        let mut events = vec![started(session, user, minutes)];
        events.extend_from_slice(more);
        world
            .happen::<Session>(TenantId::PLATFORM, session, &events)
            .await;
        session
    };
    let happen = async |event| {
        world
            .happen::<User>(TenantId::PLATFORM, user, &[event])
            .await;
    };
    happen(signed_up(user)).await;
    let kept = start(user, 0, &[]).await;
    let old = start(user, 1, &[refreshed(2)]).await;
    let new = start(user, 30, &[]).await;
    let ended = start(user, 31, &[revoked(32)]).await;
    start(other, 33, &[]).await;
    let live = async |minutes| {
        world.post(&crate::identity::projections()).await;
        let mut tx = world.tx(TenantId::PLATFORM).await;
        let rows = live_of_user(&mut tx, user, at(minutes)).await.unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(live(40).await, [new, old, kept]);
    assert_eq!(live(61).await, [new, old], "one is idle for too long");
    happen(password_changed(20, Some(kept))).await;
    assert_eq!(live(40).await, [new, kept], "a new password ended one");
    happen(deactivated(50)).await;
    assert_eq!(live(40).await, []);
    let mut tx = world.tx(TenantId::PLATFORM).await;
    assert!(
        find(&mut tx, ended)
            .await
            .unwrap()
            .unwrap()
            .ended_at
            .is_some()
    );
}

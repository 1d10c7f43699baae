//! Do rows of members follow their events?

use daybook_domain::kernel::{ClientId, MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{
    InvitationRenewed, InvitationRevoked, Left, Member, MemberEvent, OwnershipHandedOver,
    OwnershipReceived, RoleChanged,
};
use uuid::Uuid;

use super::*;
use crate::list::{self, Direction, Window};
use crate::tenancy::testing::{at, email, invited, joined, removed, token};
use crate::testing::{World, id, row_after, try_rows_after};

const MEMBER: MemberId = MemberId(Uuid::from_u128(10));
const USER: UserId = UserId(Uuid::from_u128(11));

fn row(events: &[MemberEvent]) -> MemberRow {
    row_after::<Members>(MEMBER, events)
}

fn invitation() -> MemberEvent {
    invited(MEMBER, "Bob@Example.com", Role::Client)
}

#[test]
fn an_invitation_is_renewed_and_revoked() {
    let first = row(&[invitation()]);
    assert_eq!(
        (first.status, first.user_id, first.role),
        (Status::Invited, None, Role::Client)
    );
    assert_eq!(
        (first.email.as_str(), first.email_key.as_str()),
        ("Bob@Example.com", "bob@example.com")
    );
    assert_eq!(first.client_id, Some(ClientId(Uuid::from_u128(30))));
    assert_eq!(
        (first.invited_at, first.invitation_expires_at),
        (Some(at(1)), Some(at(60)))
    );
    let renewed = MemberEvent::InvitationRenewed(InvitationRenewed {
        token: token(id()),
        replaced_token: token(MEMBER.0),
        expires_at: at(90),
        at: at(5),
    });
    let again = row(&[invitation(), renewed]);
    assert_eq!(
        (again.invited_at, again.invitation_expires_at),
        (Some(at(5)), Some(at(90)))
    );
    let revoked = MemberEvent::InvitationRevoked(InvitationRevoked {
        email: email("Bob@Example.com"),
        token: token(MEMBER.0),
        at: at(6),
    });
    let gone = row(&[invitation(), revoked]);
    assert_eq!((gone.status, gone.ended_at), (Status::Revoked, Some(at(6))));
}

#[test]
fn a_member_joins_changes_and_goes() {
    let past = |more: &[MemberEvent]| {
        let mut events = vec![invitation(), joined(MEMBER, USER, Role::Client)];
        events.extend_from_slice(more);
        row(&events)
    };
    let row = past(&[]);
    assert_eq!(
        (row.status, row.user_id, row.joined_at),
        (Status::Active, Some(USER), Some(at(2)))
    );
    assert_eq!((row.version, row.created_position), (2, 1));
    let promoted = MemberEvent::RoleChanged(RoleChanged {
        previous_role: Role::Client,
        role: Role::Manager,
        client_id: None,
        at: at(3),
    });
    let row = past(&[promoted]);
    assert_eq!((row.role, row.client_id), (Role::Manager, None));
    let received = MemberEvent::OwnershipReceived(OwnershipReceived {
        from: MemberId(id()),
        previous_role: Role::Client,
        at: at(3),
    });
    assert_eq!(past(std::slice::from_ref(&received)).role, Role::Owner);
    let handed_over = MemberEvent::OwnershipHandedOver(OwnershipHandedOver {
        to: MemberId(id()),
        at: at(4),
    });
    assert_eq!(past(&[received, handed_over]).role, Role::Admin);
    let gone = past(&[removed(USER, Role::Client)]);
    assert_eq!((gone.status, gone.ended_at), (Status::Removed, Some(at(3))));
    let left = MemberEvent::Left(Left {
        user_id: USER,
        email: email("x@example.com"),
        role: Role::Client,
        at: at(4),
    });
    assert_eq!(past(&[left]).status, Status::Left);
}

#[test]
fn the_founder_joins_without_an_invitation() {
    let row = row(&[joined(MEMBER, USER, Role::Owner)]);
    assert_eq!(
        (row.status, row.role, row.invited_at),
        (Status::Active, Role::Owner, None)
    );
    assert!(try_rows_after::<Members>(MEMBER.0, &[removed(USER, Role::Owner)]).is_err());
}

/// An owner, an invited client and a member who is gone, in this order.
async fn three(world: &World, tenant: TenantId) -> ([MemberId; 3], [UserId; 2]) {
    let (a, b, c) = (MemberId(id()), MemberId(id()), MemberId(id()));
    let (user, gone) = (UserId(id()), UserId(id()));
    for (member, events) in [
        (a, vec![joined(a, user, Role::Owner)]),
        (b, vec![invited(b, "Zoe@example.com", Role::Client)]),
        (
            c,
            vec![joined(c, gone, Role::Member), removed(gone, Role::Member)],
        ),
    ] {
        world.happen::<Member>(tenant, member, &events).await;
    }
    world.post(&crate::tenancy::projections()).await;
    ([a, b, c], [user, gone])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_listed() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let ([a, b, c], _) = three(&world, tenant).await;
    let mut tx = world.tx(tenant).await;
    let mut ids = async |filter: Filter, order| {
        let window = Window {
            first: 10,
            after: None,
            order,
            direction: Direction::Descending,
        };
        let page = list::page::<Members>(&mut tx, &filter, &window)
            .await
            .unwrap();
        let count = list::count::<Members>(&mut tx, &filter).await.unwrap();
        assert_eq!(i64::try_from(page.rows.len()).unwrap(), count);
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let by = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let all = Filter::default();
    assert_eq!(ids(all.clone(), OrderBy::Created).await, [c, b, a]);
    assert_eq!(ids(all, OrderBy::Email).await[0], b);
    for (filter, expected) in [
        (by(|it| it.roles = vec![Role::Owner]), a),
        (by(|it| it.statuses = vec![Status::Invited]), b),
        (by(|it| it.search = Some("zo".to_owned())), b),
        (by(|it| it.client = Some(ClientId(Uuid::from_u128(30)))), b),
    ] {
        assert_eq!(ids(filter, OrderBy::Created).await, [expected]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_found_by_id_and_by_user() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let ([a, _, c], [user, gone]) = three(&world, tenant).await;
    let mut tx = world.tx(tenant).await;
    assert_eq!(by_user(&mut tx, user).await.unwrap().unwrap().id, a);
    assert_eq!(by_user(&mut tx, gone).await.unwrap(), None);
    let found = find(&mut tx, c).await.unwrap().unwrap();
    assert_eq!(found.status, Status::Removed);
    let mut other = world.tx(TenantId(id())).await;
    assert_eq!(by_user(&mut other, user).await.unwrap(), None);
}

//! Is a user's list of tenants what the memberships say?

use daybook_domain::kernel::{MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{Member, MemberEvent};
use daybook_domain::tenancy::tenant::{Suspended, Tenant, TenantEvent};

use super::*;
use crate::tenancy::tenant::Status;
use crate::tenancy::testing::{at, founded, invited, joined, removed};
use crate::testing::{World, id};

async fn found(world: &World, subdomain: &str) -> TenantId {
    let tenant = TenantId(id());
    world
        .happen::<Tenant>(tenant, tenant, &[founded(tenant, subdomain)])
        .await;
    tenant
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_finds_the_tenants_they_are_a_member_of() {
    let world = World::new().await;
    let (user, other) = (UserId(id()), UserId(id()));
    let (zebra, apple, gone) = (
        found(&world, "zebra").await,
        found(&world, "apple").await,
        found(&world, "gone").await,
    );
    let join = async |tenant: TenantId, events: &dyn Fn(MemberId) -> Vec<MemberEvent>| {
        let member = MemberId(id());
        world
            .happen::<Member>(tenant, member, &events(member))
            .await;
        member
    };
    let owner = join(zebra, &|m| vec![joined(m, user, Role::Owner)]).await;
    let client = join(apple, &|m| vec![joined(m, user, Role::Client)]).await;
    join(apple, &|m| vec![joined(m, other, Role::Owner)]).await;
    join(apple, &|m| vec![invited(m, "x@example.com", Role::Member)]).await;
    join(gone, &|m| {
        vec![joined(m, user, Role::Member), removed(user, Role::Member)]
    })
    .await;
    let suspended = TenantEvent::Suspended(Suspended {
        reason: "unpaid".to_owned(),
        at: at(9),
    });
    world.happen::<Tenant>(apple, apple, &[suspended]).await;
    world.post(&crate::tenancy::projections()).await;
    let mut tx = world.store.dispatch_tx().await.unwrap();
    let found = of_user(&mut tx, user).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| {
            (
                it.tenant,
                it.tenant_name.as_str(),
                it.tenant_status,
                it.member_id,
                it.role,
            )
        })
        .collect();
    let expected = [
        (apple, "The apple", Status::Suspended, client, Role::Client),
        (zebra, "The zebra", Status::Active, owner, Role::Owner),
    ];
    assert_eq!(found, expected);
    assert_eq!(of_user(&mut tx, UserId(id())).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_listed_in_pages() {
    let world = World::new().await;
    let one = found(&world, "one").await;
    let two = found(&world, "two").await;
    world.post(&crate::tenancy::projections()).await;
    let mut tx = world.store.dispatch_tx().await.unwrap();
    let first = tenants(&mut tx, None, 1).await.unwrap();
    assert_eq!(first.iter().map(|it| it.id).collect::<Vec<_>>(), [one]);
    let rest = tenants(&mut tx, Some(one), 10).await.unwrap();
    assert_eq!(rest.iter().map(|it| it.id).collect::<Vec<_>>(), [two]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dispatch_role_reads_no_more_than_that() {
    let world = World::new().await;
    for statement in [
        "select email from tenancy_members",
        "select security from tenancy_tenants",
        "select name from crm_clients",
        "update tenancy_members set role = 'owner'",
    ] {
        let mut tx = world.store.dispatch_tx().await.unwrap();
        let refused = sqlx::query(statement).execute(tx.connection()).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
}

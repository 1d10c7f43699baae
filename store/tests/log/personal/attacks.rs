//! Does what is sealed open anywhere else, or changed, or under another's key?

use daybook_domain::kernel::TenantId;
use daybook_store::{Clear, HistoryFilter, Store, StoreError};
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

use super::person::{Introduce, NAME, Person, WORDS, meet, say, stored};
use crate::world::{World, id, run, tenant};

/// Does what only a superuser can, past every rule of ours.
pub(super) async fn attack(admin: &mut PgConnection, sql: &str) {
    admin
        .execute("set session_replication_role = replica")
        .await
        .unwrap();
    let done = admin.execute(sql).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
    admin
        .execute("set session_replication_role = origin")
        .await
        .unwrap();
}

async fn clear(store: &Store, tenant: TenantId) -> Vec<Clear> {
    let page = store
        .history(tenant, 0, &HistoryFilter::default(), 10)
        .await;
    page.unwrap()
        .events
        .iter()
        .map(|it| it.clear().clone())
        .collect()
}

struct Scene {
    world: World,
    store: Store,
    tenants: [TenantId; 2],
    people: [Uuid; 2],
}

/// Two people of a tenant and one of another, each with a name and the same words.
async fn scene() -> Scene {
    let world = World::new().await;
    let store = world.store().await;
    let tenants = [tenant(), tenant()];
    let people = [id(), id()];
    for (tenant, person) in [
        (tenants[0], people[0]),
        (tenants[0], people[1]),
        (tenants[1], people[0]),
    ] {
        let met = super::person::Meet {
            email: None,
            ..meet()
        };
        run(&store, tenant, person, met).await.unwrap();
        run(&store, tenant, person, say(WORDS)).await.unwrap();
    }
    Scene {
        world,
        store,
        tenants,
        people,
    }
}

/// What is at the second event of the first person in the first tenant is replaced.
async fn replaced_by(with: &str) -> (Clear, Result<(), StoreError>) {
    let scene = scene().await;
    let (tenant, person) = (scene.tenants[0], scene.people[0]);
    let mut admin = scene.world.administrator().await;
    let sql = with
        .replace("$tenant", &tenant.to_string())
        .replace("$other_tenant", &scene.tenants[1].to_string())
        .replace("$person", &person.to_string())
        .replace("$another", &scene.people[1].to_string());
    attack(&mut admin, &sql).await;
    // As a process sees it that has nothing in memory.
    let store = scene.world.store().await;
    let page = clear(&store, tenant).await;
    let loaded = store.load_stored_now::<Person>(tenant, person).await;
    drop(scene.store);
    (page[1].clone(), loaded.map(|_| ()))
}

const AT: &str = "where e.tenant_id = '$tenant' and e.stream_id = '$person' and e.version = 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_elsewhere_does_not_open() {
    let moved = |from: &str| {
        format!(
            "update daybook.events e set personal = f.personal, payload = f.payload \
             from daybook.events f {AT} and {from}"
        )
    };
    for (what, sql) in [
        (
            "another event of the same stream",
            moved("f.tenant_id = '$tenant' and f.stream_id = '$person' and f.version = 1"),
        ),
        (
            "the same event of another person",
            moved("f.tenant_id = '$tenant' and f.stream_id = '$another' and f.version = 2"),
        ),
        (
            "the same event of the same person in another tenant",
            moved("f.tenant_id = '$other_tenant' and f.stream_id = '$person' and f.version = 2"),
        ),
    ] {
        let (clear, loaded) = replaced_by(&sql).await;
        assert_eq!(clear, Clear::Damaged, "{what}");
        assert!(matches!(loaded, Err(StoreError::Unreadable(_))), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_does_not_open_and_is_not_taken_for_erased() {
    let byte = |at: u32| {
        format!(
            "update daybook.events e set \
               personal = set_byte(personal, {at}, get_byte(personal, {at}) # 1) {AT}"
        )
    };
    // The form, the subject, the key, the count, the field it belongs in, the nonce, what is sealed.
    for (at, what) in [
        (0, "form"),
        (1, "subject"),
        (17, "key"),
        (33, "count"),
        (37, "place"),
        (38, "length"),
        (40, "nonce"),
        (66, "size"),
        (70, "sealed"),
    ] {
        let (clear, loaded) = replaced_by(&byte(at)).await;
        assert_eq!(clear, Clear::Damaged, "{what}");
        assert!(matches!(loaded, Err(StoreError::Unreadable(_))), "{what}");
    }
    let others = [
        format!("update daybook.events e set personal = '\\x' {AT}"),
        format!("update daybook.events e set personal = substring(personal for 60) {AT}"),
        format!("update daybook.events e set payload = payload || ' ' {AT}"),
        // The row of the key is another's, or gone.
        "update keys.subject_keys k set sealed = f.sealed from keys.subject_keys f \
         where k.tenant_id = '$tenant' and k.subject = '$person' and f.tenant_id = '$tenant' \
           and f.subject = '$another'"
            .to_owned(),
        "update keys.subject_keys k set sealed = f.sealed, key_id = f.key_id \
         from keys.subject_keys f where k.tenant_id = '$tenant' and k.subject = '$person' \
           and f.tenant_id = '$other_tenant' and f.subject = '$person'"
            .to_owned(),
        "delete from keys.subject_keys where tenant_id = '$tenant' and subject = '$person'"
            .to_owned(),
    ];
    for sql in others {
        let (clear, loaded) = replaced_by(&sql).await;
        assert_eq!(clear, Clear::Damaged, "{sql}");
        assert!(matches!(loaded, Err(StoreError::Unreadable(_))), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_to_one_is_no_damage_to_others() {
    let scene = scene().await;
    let tenant = scene.tenants[0];
    let mut admin = scene.world.administrator().await;
    let sql = format!(
        "delete from keys.subject_keys where tenant_id = '{tenant}' and subject = '{}'",
        scene.people[0]
    );
    attack(&mut admin, &sql).await;
    let store = scene.world.store().await;
    let clear = clear(&store, tenant).await;
    assert_eq!(clear[..2], [Clear::Damaged, Clear::Damaged]);
    let other = stored(&store, tenant, scene.people[1]).await;
    assert_eq!((other.name.as_str(), other.words.len()), (NAME, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_half_of_an_event_is_not_made_up_for_by_the_erased_half() {
    let scene = scene().await;
    let (tenant, person, friend) = (scene.tenants[0], scene.people[0], scene.people[1]);
    let introduced = Introduce {
        words: Some(WORDS.to_owned()),
        friend,
        friend_name: NAME.to_owned(),
    };
    run(&scene.store, tenant, person, introduced).await.unwrap();
    scene.store.erase_subject(tenant, friend).await.unwrap();
    assert_eq!(
        stored(&scene.store, tenant, person).await.friends,
        ["erased"]
    );
    let mut admin = scene.world.administrator().await;
    let sql = format!(
        "delete from keys.subject_keys where tenant_id = '{tenant}' and subject = '{person}'"
    );
    attack(&mut admin, &sql).await;
    let store = scene.world.store().await;
    let loaded = store.load_stored_now::<Person>(tenant, person).await;
    assert!(matches!(loaded, Err(StoreError::Unreadable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_out_of_reach_of_every_other_role() {
    let scene = scene().await;
    let mut admin = scene.world.administrator().await;
    for role in [
        "daybook_app",
        "daybook_log",
        "daybook_dispatch",
        "daybook_seal",
    ] {
        admin
            .execute(format!("set role {role}").as_str())
            .await
            .unwrap();
        for sql in [
            "select sealed from keys.subject_keys",
            "select master_id from keys.masters",
            "update keys.subject_keys set destroyed_at = now()",
        ] {
            let refused = admin.execute(sql).await.unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{role}: {sql}"
            );
        }
        admin.execute("reset role").await.unwrap();
    }
    // And the role that has them sees nothing else, and cannot bring a key back.
    scene
        .store
        .erase_subject(scene.tenants[0], scene.people[0])
        .await
        .unwrap();
    admin.execute("set role daybook_keys").await.unwrap();
    for sql in [
        "select payload from daybook.events",
        "select value from daybook.claims",
        "select state from daybook.snapshots",
        "delete from keys.subject_keys",
        "truncate keys.subject_keys",
        "insert into daybook.claims select * from daybook.claims",
    ] {
        let refused = admin.execute(sql).await.unwrap_err();
        assert!(
            refused.to_string().contains("permission denied"),
            "{sql}: {refused}"
        );
    }
    for sql in [
        "update keys.subject_keys set destroyed_at = null, sealed = 'x', master_id = 'y'",
        "update keys.subject_keys set subject = '00000000-0000-0000-0000-000000000001'",
        "update keys.subject_keys set key_id = null",
    ] {
        let refused = admin.execute(sql).await.unwrap_err();
        assert!(
            refused.to_string().contains("is not possible"),
            "{sql}: {refused}"
        );
    }
}

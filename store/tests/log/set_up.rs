//! Is it said plainly why a database cannot be set up?

use daybook_store::{Database, DatabaseError};
use sqlx::Executor;
use url::Url;

use crate::world::{World, id};

#[tokio::test]
async fn what_a_newer_program_made_is_left_to_it() {
    let world = World::new().await;
    let mut admin = world.administrator().await;
    admin
        .execute(
            "insert into daybook._sqlx_migrations \
               (version, description, success, checksum, execution_time) \
             values (99991231235959, 'from afar', true, '', 0)",
        )
        .await
        .unwrap();
    let refused = world.database.migrate().await.unwrap_err();
    assert!(
        matches!(&refused, DatabaseError::Newer { found, known } if found > known),
        "{refused}"
    );
    assert!(refused.to_string().contains("99991231235959"), "{refused}");
}

#[tokio::test]
async fn a_user_who_may_not_make_roles_is_told_so() {
    let world = World::new().await;
    let mut admin = world.administrator().await;
    let user = format!("clerk_{}", id().simple());
    let create = format!("create role {user} login password 'secret'");
    admin.execute(create.as_str()).await.unwrap();
    let mut url = Url::parse(&world.url).unwrap();
    url.set_username(&user).unwrap();
    url.set_password(Some("secret")).unwrap();
    let clerk = Database::from_url(url.as_str()).unwrap();
    // There is a schema that is not theirs, and then none that they could make.
    for before in ["select 1", "drop schema daybook cascade"] {
        admin.execute(before).await.unwrap();
        let refused = clerk.migrate().await.unwrap_err();
        assert!(matches!(&refused, DatabaseError::Rights(_)), "{refused}");
        assert!(refused.to_string().contains("createrole"), "{refused}");
    }
    let drop = format!("drop role {user}");
    admin.execute(drop.as_str()).await.unwrap();
}

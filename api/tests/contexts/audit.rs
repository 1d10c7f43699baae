//! What was asked for of the history.

use serde_json::{Value, json};

use crate::world::World;

const SHOWN: &str = "export { id state requestedBy filter progress { read total } archive { url } \
    failure { reason } version }";

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_asked_for_waits_and_is_shown() {
    let world = World::new().await;
    let owner = world.owner("exporting").await;
    let filter = json!({ "types": ["crm.*"], "from": "2" });
    let asked = owner
        .does("auditExport", json!({ "filter": filter }), SHOWN)
        .await;
    let export = &asked["export"];
    assert_eq!(export["state"], "PENDING");
    assert_eq!(export["filter"], json!({ "types": ["crm.*"], "from": 2 }));
    assert_eq!(
        (&export["archive"], &export["failure"]),
        (&Value::Null, &Value::Null)
    );
    assert!(export["requestedBy"].as_str().unwrap().starts_with("user:"));
    let id = &export["id"];
    let seen = owner
        .sees(&format!(
            "{{ auditExport(id: {id}) {{ id version }} node(id: {id}) {{ id }}
                auditExports(filter: {{ stateIn: [RUNNING] }}) {{ totalCount nodes {{ id }} }} }}"
        ))
        .await;
    assert_eq!(seen["auditExport"], json!({ "id": id, "version": 1 }));
    assert_eq!(seen["node"]["id"], *id);
    assert_eq!(seen["auditExports"]["totalCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_the_trail_takes_nothing_out() {
    let world = World::new().await;
    let owner = world.owner("trail").await;
    let asked = owner.does("auditExport", json!({}), SHOWN).await;
    let member = owner.lets_join("mia", "MEMBER").await;
    assert_eq!(member.fails("auditExport", json!({})).await, "FORBIDDEN");
    assert_eq!(
        member.error("{ auditExports { totalCount } }").await,
        "FORBIDDEN"
    );
    let node = format!("{{ node(id: {}) {{ id }} }}", asked["export"]["id"]);
    assert_eq!(member.sees(&node).await["node"], Value::Null);
    for filter in [json!({ "to": "0" }), json!({ "actor": "Ada" })] {
        let input = json!({ "filter": filter });
        assert_eq!(
            owner.is_refused("auditExport", input).await,
            "FIELD_MALFORMED"
        );
    }
    let stream = json!({ "filter": { "streamId": "nothing" } });
    assert_eq!(owner.fails("auditExport", stream).await, "BAD_USER_INPUT");
}

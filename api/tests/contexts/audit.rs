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

#[tokio::test(flavor = "multi_thread")]
async fn an_event_says_which_way_it_came_and_why() {
    let world = World::new().await;
    let owner = world.owner("reasons").await;
    let rename = |command_id: &str, name: &str, reason: Value| {
        let query = "mutation($input: TenantRenameInput!) {
            tenantRename(input: $input) { commit { version } } }";
        let input = json!({ "commandId": command_id, "name": name });
        let (variables, extensions) = (json!({ "input": input }), json!({ "reason": reason }));
        json!({ "query": query, "variables": variables, "extensions": extensions })
    };
    let command_id = "01990000-0000-7000-8000-000000000001";
    let body = rename(command_id, "Reasons Ltd", json!("OPS-4711: merger"));
    let reply = owner.send(&body).await;
    assert!(reply.body.get("errors").is_none(), "{}", reply.body);
    let other = "01990000-0000-7000-8000-000000000002";
    let body = rename(other, "Nobody", json!("Ada said so, ask ada@example.com"));
    let reply = owner.send(&body).await;
    let code = &reply.body["errors"][0]["extensions"]["code"];
    assert_eq!(code, "BAD_USER_INPUT", "{}", reply.body);
    let seen = owner
        .sees(
            "{ events(first: 10, types: [\"tenancy.tenant.renamed\"]) { nodes {
                 reason route actor correlationId } } }",
        )
        .await;
    let nodes = seen["events"]["nodes"].as_array().unwrap();
    let [event] = nodes.as_slice() else {
        panic!("not one event: {seen}");
    };
    assert_eq!(event["reason"], "OPS-4711: merger");
    assert_eq!(event["route"], "graphql:tenantRename");
    assert_eq!(event["correlationId"], command_id);
    assert!(event["actor"].as_str().unwrap().starts_with("user:"));
}

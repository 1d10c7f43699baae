//! Clients and their custom fields.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{Person, World, command_id};

/// A client with that name: its id.
async fn registers(who: &Person<'_>, name: &str) -> String {
    let made = who
        .does("clientRegister", json!({ "name": name }), "client { id }")
        .await;
    made["client"]["id"].as_str().unwrap().to_owned()
}

async fn declares(who: &Person<'_>, key: &str, kind: &str, more: Value) {
    let mut input = json!({ "key": key, "label": key, "kind": kind });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    who.does("clientFieldDeclare", input, "field { key kind }")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_registered_changed_put_away_and_brought_back() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let input = json!({
        "name": "Bob Ltd", "externalId": "C-1", "email": "bob@example.com", "country": "AT",
    });
    let made = owner
        .does("clientRegister", input, "client { id status version }")
        .await;
    let (client_id, version) = (&made["client"]["id"], &made["client"]["version"]);
    assert_eq!(
        (&made["client"]["status"], version),
        (&json!("ACTIVE"), &json!(1))
    );
    // What is left out stays, what is null goes.
    let change = json!({ "clientId": client_id, "name": "Bob Inc", "email": null });
    let selection = "client { name email externalId country version }";
    let changed = owner.does("clientChangeDetails", change, selection).await;
    let expected = json!({
        "name": "Bob Inc", "email": null, "externalId": "C-1", "country": "AT", "version": 2,
    });
    assert_eq!(changed["client"], expected);
    let note = json!({ "clientId": client_id, "text": "pays late" });
    owner.does("clientAddNote", note.clone(), "").await;
    let archive = json!({ "clientId": client_id, "reason": "closed down" });
    owner
        .does("clientArchive", archive, "client { status }")
        .await;
    for mutation in ["clientChangeDetails", "clientDeactivate"] {
        let input = json!({ "clientId": client_id });
        let input = match mutation {
            "clientChangeDetails" => json!({ "clientId": client_id, "name": "Bob" }),
            _ => input,
        };
        assert_eq!(
            owner.is_refused(mutation, input).await,
            "CLIENT_ARCHIVED",
            "{mutation}"
        );
    }
    let of_status = |status: &str| {
        format!("{{ clients(filter: {{ statusIn: [{status}] }}) {{ nodes {{ name }} }} }}")
    };
    let archived = owner.sees(&of_status("ARCHIVED")).await;
    assert_eq!(archived["clients"]["nodes"], json!([{ "name": "Bob Inc" }]));
    owner
        .does("clientReactivate", json!({ "clientId": client_id }), "")
        .await;
    let active = owner.sees(&of_status("ACTIVE")).await;
    assert_eq!(active["clients"]["nodes"], json!([{ "name": "Bob Inc" }]));
    let query = format!("{{ client(id: {client_id}) {{ notes {{ nodes {{ text }} }} }} }}");
    let notes = owner.sees(&query).await;
    assert_eq!(
        notes["client"]["notes"]["nodes"],
        json!([{ "text": "pays late" }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn says_which_field_is_wrong_and_changes_nothing() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let first = json!({ "name": "Bob", "externalId": "C-1" });
    owner.does("clientRegister", first, "").await;
    for (input, code, field) in [
        (json!({ "name": " " }), "FIELD_EMPTY", "name"),
        (json!({ "name": "x".repeat(201) }), "FIELD_TOO_LONG", "name"),
        (
            json!({ "name": "a\u{7}b" }),
            "FIELD_CONTROL_CHARACTERS",
            "name",
        ),
        (
            json!({ "name": "Eve", "email": "eve" }),
            "FIELD_MALFORMED",
            "email",
        ),
        (
            json!({ "name": "Eve", "website": "javascript:alert(1)" }),
            "FIELD_MALFORMED",
            "website",
        ),
        (
            json!({ "name": "Eve", "externalId": "C-1" }),
            "EXTERNAL_ID_TAKEN",
            "externalId",
        ),
    ] {
        let payload = owner
            .mutate("clientRegister", input.clone(), "client { id }")
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["path"]),
            (&json!(code), &json!(["input", field]))
        );
        assert_eq!(
            (&payload["client"], &payload["commit"]),
            (&Value::Null, &Value::Null),
            "{input}"
        );
    }
    assert_eq!(
        owner.sees("{ clients { totalCount } }").await["clients"]["totalCount"],
        1
    );
    for bad in [
        json!({}),
        json!({ "name": null }),
        json!({ "name": 1 }),
        json!({ "nam": "Eve" }),
    ] {
        assert_eq!(owner.fails("clientRegister", bad).await, "BAD_USER_INPUT");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_changes_nothing_and_says_what_is_current() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let client_id = registers(&owner, "Bob").await;
    let rename = |name: &str, version: i64| json!({ "clientId": client_id, "name": name, "expectedVersion": version });
    owner
        .does("clientChangeDetails", rename("Bobby", 1), "")
        .await;
    let reply = owner
        .mutation("clientChangeDetails", rename("Robert", 1), "")
        .await;
    let extensions = &reply.body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "VERSION_CONFLICT");
    assert_eq!(extensions["currentVersion"], 2);
    let query = format!("{{ client(id: \"{client_id}\") {{ name version }} }}");
    let seen = owner.sees(&query).await;
    assert_eq!(seen["client"], json!({ "name": "Bobby", "version": 2 }));
    // Of twenty who saw the same version, one goes through.
    let at_once = (0..20).map(|number| {
        let input = rename(&format!("Bob {number}"), 2);
        owner.mutation("clientChangeDetails", input, "")
    });
    let replies = join_all(at_once).await;
    let done = |reply: &&crate::world::Reply| reply.body.get("errors").is_none();
    assert_eq!(replies.iter().filter(done).count(), 1);
    assert_eq!(owner.sees(&query).await["client"]["version"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let command = |id: uuid::Uuid, name: &str| json!({ "commandId": id, "name": name });
    let same = command_id();
    let selection = "client { id } commit { position version replayed }";
    let at_once = (0..20).map(|_| owner.does("clientRegister", command(same, "Bob"), selection));
    let payloads = join_all(at_once).await;
    let fresh = payloads
        .iter()
        .filter(|it| it["commit"]["replayed"] == false)
        .count();
    assert_eq!(fresh, 1);
    let first = &payloads[0];
    for payload in &payloads {
        assert_eq!(payload["client"], first["client"]);
        assert_eq!(payload["commit"]["position"], first["commit"]["position"]);
    }
    let other = owner.fails("clientRegister", command(same, "Eve")).await;
    assert_eq!(other, "IDEMPOTENCY_KEY_REUSED");
    let contested = command_id();
    let names = ["Ada", "Bob", "Cid", "Dan", "Eve", "Fay"];
    let at_once = names.map(|name| owner.mutation("clientRegister", command(contested, name), ""));
    let replies = join_all(at_once).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies
        .iter()
        .partition(|reply| reply.body.get("errors").is_none());
    assert_eq!((won.len(), lost.len()), (1, 5));
    for reply in lost {
        let code = &reply.body["errors"][0]["extensions"]["code"];
        assert_eq!(code, "IDEMPOTENCY_KEY_REUSED");
    }
    // What another tenant calls a command is its own affair.
    let other = world.owner("zebra").await;
    other.does("clientRegister", command(same, "Bob"), "").await;
    assert_eq!(
        owner.sees("{ clients { totalCount } }").await["clients"]["totalCount"],
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_take_what_their_kind_says_and_nothing_else() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let client_id = registers(&owner, "Bob").await;
    for (key, kind, good, kept, bad) in [
        (
            "motto",
            "TEXT",
            json!("seize the day"),
            json!("seize the day"),
            json!(7),
        ),
        (
            "score",
            "NUMBER",
            json!("12.50"),
            json!("12.5"),
            json!("a dozen"),
        ),
        ("vip", "BOOLEAN", json!(true), json!(true), json!("yes")),
        (
            "since",
            "DATE",
            json!("2026-02-28"),
            json!("2026-02-28"),
            json!("2026-02-30"),
        ),
        (
            "page",
            "URL",
            json!("https://bob.example/"),
            json!("https://bob.example/"),
            json!("bob"),
        ),
        (
            "second",
            "EMAIL",
            json!("b@example.com"),
            json!("b@example.com"),
            json!("b"),
        ),
    ] {
        declares(&owner, key, kind, json!({})).await;
        let values = |value: &Value| json!({ "clientId": client_id, "values": { key: value } });
        let set = owner
            .does(
                "clientSetCustomFields",
                values(&good),
                "client { customFields }",
            )
            .await;
        assert_eq!(set["client"]["customFields"][key], kept, "{key}");
        let code = owner
            .is_refused("clientSetCustomFields", values(&bad))
            .await;
        assert_eq!(code, "CUSTOM_FIELD_INVALID", "{key}");
        let again = json!({ "key": key, "label": key, "kind": if kind == "TEXT" { "DATE" } else { "TEXT" } });
        let code = owner.is_refused("clientFieldDeclare", again).await;
        assert_eq!(code, "CUSTOM_FIELD_KIND_IS_FIXED", "{key}");
    }
    declares(
        &owner,
        "segment",
        "CHOICE",
        json!({ "options": ["retail", "trade"] }),
    )
    .await;
    let values = |values: Value| json!({ "clientId": client_id, "values": values });
    let several = values(json!({ "segment": "retail", "motto": null }));
    let set = owner
        .does("clientSetCustomFields", several, "client { customFields }")
        .await;
    let fields = &set["client"]["customFields"];
    assert_eq!(
        (&fields["segment"], fields.get("motto")),
        (&json!("retail"), None)
    );
    assert_eq!(fields["score"], "12.5");
    for bad in [json!({ "segment": "Retail" }), json!({ "colour": "red" })] {
        let code = owner.is_refused("clientSetCustomFields", values(bad)).await;
        assert_eq!(code, "CUSTOM_FIELD_INVALID");
    }
    // One that is wrong keeps the others from going through.
    let mixed = values(json!({ "vip": false, "score": "many" }));
    assert_eq!(
        owner.is_refused("clientSetCustomFields", mixed).await,
        "CUSTOM_FIELD_INVALID"
    );
    owner
        .does(
            "clientFieldRetire",
            json!({ "key": "vip" }),
            "field { retiredAt }",
        )
        .await;
    let query =
        format!("{{ client(id: \"{client_id}\") {{ customFields }} clientFields {{ key }} }}");
    let seen = owner.sees(&query).await;
    assert_eq!(seen["client"]["customFields"]["vip"], true);
    let keys = seen["clientFields"].as_array().unwrap();
    assert!(!keys.contains(&json!({ "key": "vip" })), "{keys:?}");
    let retired = values(json!({ "vip": false }));
    assert_eq!(
        owner.is_refused("clientSetCustomFields", retired).await,
        "CUSTOM_FIELD_INVALID"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_with_clients_what_the_table_says() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let (mine, other) = (
        registers(&owner, "Mine").await,
        registers(&owner, "Other").await,
    );
    let member = owner.lets_join("member", "MEMBER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let portal = owner.lets_join_portal(&mine).await;
    registers(&member, "New").await;
    let declare = json!({ "key": "vip", "label": "VIP", "kind": "BOOLEAN" });
    assert_eq!(
        member.fails("clientFieldDeclare", declare.clone()).await,
        "FORBIDDEN"
    );
    for who in [&guest, &portal] {
        assert_eq!(
            who.fails("clientRegister", json!({ "name": "Eve" })).await,
            "FORBIDDEN"
        );
        assert_eq!(
            who.fails("clientFieldDeclare", declare.clone()).await,
            "FORBIDDEN"
        );
    }
    let names = |data: Value| data["clients"]["nodes"].clone();
    let query = "{ clients { totalCount nodes { name } } }";
    assert_eq!(names(guest.sees(query).await).as_array().unwrap().len(), 3);
    assert_eq!(names(portal.sees(query).await), json!([{ "name": "Mine" }]));
    // Another's record looks like one that is not there.
    let unknown = format!("client_{}", command_id().simple());
    for id in [&other, &unknown] {
        let query = format!("{{ client(id: \"{id}\") {{ name }} node(id: \"{id}\") {{ id }} }}");
        assert_eq!(
            portal.sees(&query).await,
            json!({ "client": null, "node": null })
        );
    }
    let nobody = world.with_token("");
    assert_eq!(nobody.error(query).await, "UNAUTHENTICATED");
}

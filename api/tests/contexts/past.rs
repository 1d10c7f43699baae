//! Time travel: what was shown then is shown again, and what happened to a thing is told.

use std::time::Duration;

use daybook_domain::kernel::TenantId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Caller, Person, Reply, World, until};

fn tenant_of(person: &Person<'_>) -> TenantId {
    let id = person.signed_in["tenant"]["id"].as_str().unwrap();
    let id = id.strip_prefix("tenant_").unwrap_or(id);
    TenantId(Uuid::try_parse(id).unwrap())
}

/// Where the tenant's log ends, after every read model has read it.
async fn head(world: &World, tenant: TenantId) -> i64 {
    let (position, log_position) = world.store.tenant_head(tenant).await.unwrap();
    until("all read models", async || {
        let live = world.store.live_positions().await.unwrap();
        live.iter().all(|(_, reached)| *reached >= log_position)
    })
    .await;
    position
}

fn at(position: i64) -> String {
    format!("asOf: {{ position: \"{position}\" }}")
}

/// What is asked then and again: single things, lists and sums, with what hangs on them.
struct Question {
    client: String,
    invoice: String,
    member: String,
}

impl Question {
    fn document(&self, as_of: &str) -> String {
        let Self {
            client,
            invoice,
            member,
        } = self;
        let alone = if as_of.is_empty() {
            String::new()
        } else {
            format!("({as_of})")
        };
        format!(
            "{{ client(id: \"{client}\" {as_of}) {{ name status version position
                 balances {{ balance {{ amount }} documentCount }}
                 notes(first: 2) {{ nodes {{ text }} }}
                 invoices(first: 3) {{ totalCount nodes {{ number status client {{ name }} }} }} }}
               invoice(id: \"{invoice}\" {as_of}) {{ status version number outstanding {{ amount }}
                 client {{ name balances {{ balance {{ amount }} }} }}
                 lines(first: 2) {{ totalCount nodes {{ description }} }}
                 payments(first: 2) {{ totalCount nodes {{ amount {{ amount }} }} }} }}
               member(id: \"{member}\" {as_of}) {{ role status name version }}
               tenant {alone} {{ name version settings {{ currency }} }}
               clients(first: 3 {as_of}) {{ totalCount nodes {{ name balances {{ balance {{ amount }} }} }} }}
               invoices(first: 3 {as_of}) {{ totalCount nodes {{ status number client {{ name }} }} }}
               members(first: 3 {as_of}) {{ totalCount nodes {{ email role status }} }}
               apiKeys(first: 3 {as_of}) {{ totalCount nodes {{ name revokedAt }} }}
               consents(first: 3 {as_of}) {{ totalCount nodes {{ purpose status }} }}
               clientFields {alone} {{ key }}
               balances {alone} {{ balance {{ amount }} documentCount }}
               receivables(on: \"2030-01-01\" {as_of}) {{ outstanding {{ amount }} invoiceCount }}
               revenue(by: WHOLE {as_of}) {{ net {{ amount }} documentCount }} }}"
        )
    }
}

/// The data of an answer about the past, asked again while it is being made ready.
async fn sees_then(caller: &Caller<'_>, document: &str) -> (Value, Value) {
    loop {
        let reply = caller.ask(document, json!({})).await;
        let codes = codes(&reply);
        if codes.is_empty() {
            let as_of = reply.body["extensions"]["consistency"]["asOf"].clone();
            return (reply.body["data"].clone(), as_of);
        }
        let passes = [
            "AS_OF_PREPARING",
            "AS_OF_TOO_MANY",
            "CONSISTENCY_TIMEOUT",
            "TIMEOUT",
        ];
        assert!(
            codes.iter().all(|code| passes.contains(&code.as_str())),
            "{}",
            reply.body
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn codes(reply: &Reply) -> Vec<String> {
    let errors = reply.body["errors"].as_array().cloned().unwrap_or_default();
    let code = |error: &Value| error["extensions"]["code"].as_str().unwrap().to_owned();
    errors.iter().map(code).collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_then_is_shown_again() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let settings = json!({ "currency": "EUR", "numberStyle": "GAPLESS", "paymentTermsDays": 14 });
    owner.does("tenantChangeSettings", settings, "").await;
    let tenant = tenant_of(&owner);
    let bob = owner.lets_join("bob", "MEMBER").await;
    let made = owner.does("clientRegister", json!({ "name": "Ada" }), "client { id }");
    let client = id(&made.await["client"]);
    let line = json!({ "description": "lamp", "quantity": "2", "unitPrice": "10" });
    let draft = json!({ "clientId": client, "lines": [line] });
    let made = owner
        .does("invoiceDraft", draft.clone(), "invoice { id }")
        .await;
    let invoice = id(&made["invoice"]);
    let member = bob.member_id().to_owned();
    let question = Question {
        client: client.clone(),
        invoice: invoice.clone(),
        member: member.clone(),
    };
    let payment = json!({
        "invoiceId": invoice, "amount": "5", "receivedOn": "2026-11-20",
    });
    let consent = json!({ "clientId": client, "purpose": "news", "wording": "Yes." });
    let key = json!({ "name": "reads", "scopes": ["CLIENTS_READ"] });
    let changes = [
        ("invoiceSend", json!({ "invoiceId": invoice })),
        (
            "memberChangeRole",
            json!({ "memberId": member, "role": "MANAGER" }),
        ),
        (
            "clientChangeDetails",
            json!({ "clientId": client, "name": "Ada Lovelace" }),
        ),
        (
            "clientAddNote",
            json!({ "clientId": client, "text": "prefers mail" }),
        ),
        ("invoiceRecordPayment", payment),
        ("consentGive", consent),
        ("apiKeyCreate", key),
        ("tenantRename", json!({ "name": "Acme & Sons" })),
        ("invoiceIssue", draft),
        (
            "clientFieldDeclare",
            json!({ "key": "colour", "label": "Colour", "kind": "TEXT" }),
        ),
        ("memberRemove", json!({ "memberId": member })),
    ];
    let mut then = Vec::new();
    for (change, input) in changes {
        let position = head(&world, tenant).await;
        then.push((position, owner.sees(&question.document("")).await));
        owner.does(change, input, "").await;
    }
    let last = head(&world, tenant).await;
    then.push((last, owner.sees(&question.document("")).await));
    // Not in order, and one of them twice.
    for place in [3, 0, 7, 11, 5, 3] {
        let (position, shown) = &then[place];
        let (again, as_of) = sees_then(&owner, &question.document(&at(*position))).await;
        assert_eq!(&again, shown, "as of {position}");
        assert_eq!(as_of, json!([position.to_string()]));
    }
    // Who had which role at that instant.
    let roles = async |position: i64| {
        let events =
            "query ($after: String) { events(first: 1, after: $after) { nodes { recordedAt } } }";
        let after = (position - 1).to_string();
        let reply = owner.ask(events, json!({ "after": after })).await;
        let instant = reply.body["data"]["events"]["nodes"][0]["recordedAt"].clone();
        let document =
            format!("{{ members(asOf: {{ at: {instant} }}) {{ nodes {{ email role status }} }} }}");
        let (data, as_of) = sees_then(&owner, &document).await;
        assert!(as_of[0].as_str().unwrap().parse::<i64>().unwrap() >= position);
        let nodes = data["members"]["nodes"].as_array().unwrap().clone();
        let his = nodes
            .into_iter()
            .find(|node| node["email"] == bob.email.as_str());
        his.map(|node| (node["role"].clone(), node["status"].clone()))
    };
    assert_eq!(roles(1).await, None);
    assert_eq!(
        roles(then[1].0).await,
        Some((json!("MEMBER"), json!("ACTIVE")))
    );
    assert_eq!(
        roles(then[2].0).await,
        Some((json!("MANAGER"), json!("ACTIVE")))
    );
    assert_eq!(
        roles(last).await,
        Some((json!("MANAGER"), json!("REMOVED")))
    );
    // Before everything there is nothing.
    let (nothing, as_of) = sees_then(&owner, &question.document(&at(0))).await;
    assert_eq!(as_of, json!(["0"]));
    assert_eq!(
        (&nothing["client"], &nothing["tenant"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(nothing["clients"]["totalCount"], 0);
    assert_eq!(nothing["balances"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_that_make_no_sense_are_refused_and_others_see_nothing() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let other = world.owner("other").await;
    let made = owner.does("clientRegister", json!({ "name": "Ada" }), "client { id }");
    let client = id(&made.await["client"]);
    let position = head(&world, tenant_of(&owner)).await;
    let beyond = position + 1;
    for (as_of, code) in [
        ("{}".to_owned(), "BAD_USER_INPUT"),
        (
            "{ position: \"1\", at: \"2026-01-01T00:00:00Z\" }".to_owned(),
            "BAD_USER_INPUT",
        ),
        (format!("{{ position: \"{beyond}\" }}"), "AS_OF_BEYOND_HEAD"),
        (
            "{ position: \"9223372036854775807\" }".to_owned(),
            "AS_OF_BEYOND_HEAD",
        ),
    ] {
        for field in ["clients", "members", "invoices"] {
            let document = format!("{{ {field}(asOf: {as_of}) {{ totalCount }} }}");
            assert_eq!(owner.error(&document).await, code, "{document}");
        }
        let document = format!("{{ client(id: \"{client}\", asOf: {as_of}) {{ name }} }}");
        assert_eq!(owner.error(&document).await, code, "{document}");
    }
    for malformed in [
        "{ position: \"-1\" }",
        "{ position: 1 }",
        "{ at: \"yesterday\" }",
        "\"1\"",
        "[1, 2]",
    ] {
        let document = format!("{{ clients(asOf: {malformed}) {{ totalCount }} }}");
        let reply = owner.ask(&document, json!({})).await;
        assert!(!codes(&reply).is_empty(), "{}", reply.body);
        assert!(reply.body["data"].is_null(), "{}", reply.body);
    }
    // Before the tenant there was nothing of it.
    let early = "{ members(asOf: { at: \"1999-12-31T23:59:59Z\" }) { totalCount } }";
    assert_eq!(sees_then(&owner, early).await.0["members"]["totalCount"], 0);
    // What will be recorded until then is not known.
    let late = "{ clients(asOf: { at: \"2999-12-31T23:59:59Z\" }) { totalCount } }";
    assert_eq!(owner.error(late).await, "AS_OF_BEYOND_HEAD");
    // Another tenant's things are not there, then as now.
    let their = head(&world, tenant_of(&other)).await;
    let document = format!("{{ client(id: \"{client}\" {}) {{ name }} }}", at(their));
    assert_eq!(sees_then(&other, &document).await.0["client"], Value::Null);
    let guest = owner.lets_join("guest", "GUEST").await;
    let forbidden = "{ members(asOf: { position: \"1\" }) { totalCount } }";
    assert_eq!(guest.error(forbidden).await, "FORBIDDEN");
    let far = "{ members(asOf: { position: \"999999\" }) { totalCount } }";
    assert_eq!(
        guest.error(far).await,
        "FORBIDDEN",
        "the end of the log is not told"
    );
    let allowed = format!("{{ clients({}) {{ totalCount }} }}", at(position));
    assert_eq!(
        sees_then(&guest, &allowed).await.0["clients"]["totalCount"],
        1
    );
}

const NODES: &str = "{ id
    ... on Client { name clientStatus: status version }
    ... on Invoice { invoiceStatus: status number client { name } }
    ... on Member { role memberName: name }
    ... on Tenant { tenantName: name }
    ... on ApiKey { expiresAt revokedAt version }
    ... on Consent { consentStatus: status version }
    ... on AuditExport { state version } }";

/// What is kept about people and of the trail, and everything by its id.
fn kept(ids: &[Value], as_of: &str) -> String {
    let alone = if as_of.is_empty() {
        String::new()
    } else {
        format!("({as_of})")
    };
    let (client, export, all) = (&ids[0], &ids[1], json!(ids));
    format!(
        "{{ dataSubject(id: {client} {as_of}) {{ status holdReason version }}
           dataSubjects(first: 3 {as_of}) {{ totalCount nodes {{ subjectId status }} }}
           retention {alone} {{ kind days }}
           auditExport(id: {export} {as_of}) {{ state requestedBy version }}
           auditSeal {alone} {{ rotatedKeys lastEnded {{ haltedAt gaveUpHistory }} }}
           auditExports(first: 3 {as_of}) {{ totalCount nodes {{ id state }} }}
           node(id: {client} {as_of}) {NODES}
           nodes(ids: {all} {as_of}) {NODES} }}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_about_people_and_anything_by_its_id_is_shown_again() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let tenant = tenant_of(&owner);
    let settings = json!({ "currency": "EUR", "numberStyle": "GAPLESS" });
    owner.does("tenantChangeSettings", settings, "").await;
    let first = head(&world, tenant).await;
    let made = owner.does("clientRegister", json!({ "name": "Ada" }), "client { id }");
    let client = made.await["client"]["id"].clone();
    let line = json!({ "description": "lamp", "quantity": "2", "unitPrice": "10" });
    let draft = json!({ "clientId": client, "lines": [line] });
    let made = owner.does("invoiceDraft", draft, "invoice { id }").await;
    let invoice = made["invoice"]["id"].clone();
    let consent = json!({ "clientId": client, "purpose": "news", "wording": "Yes." });
    let made = owner.does("consentGive", consent, "consent { id }").await;
    let consent = made["consent"]["id"].clone();
    // Finer than anything is kept.
    let until = "2099-01-01T00:00:00.123456789Z";
    let key = json!({ "name": "reads", "scopes": ["CLIENTS_READ"], "expiresAt": until });
    let made = owner.does("apiKeyCreate", key, "apiKey { id }").await;
    let key = made["apiKey"]["id"].clone();
    let made = owner.does("auditExport", json!({}), "export { id }").await;
    let export = made["export"]["id"].clone();
    let bob = owner.lets_join("bob", "MEMBER").await;
    let me = owner.sees("{ me { tenantId } }").await;
    let (member, of_tenant) = (json!(bob.member_id()), &me["me"]["tenantId"]);
    let ids = [
        &client, &export, &invoice, &member, of_tenant, &key, &consent,
    ]
    .map(Value::clone);
    let term = json!({ "kind": "ARCHIVED_CLIENTS", "days": 30 });
    let changes = [
        (
            "dataSubjectHold",
            json!({ "id": client, "reason": "case 7" }),
        ),
        ("retentionSet", term),
        ("consentWithdraw", json!({ "consentId": consent })),
        (
            "clientChangeDetails",
            json!({ "clientId": client, "name": "Ada Lovelace" }),
        ),
        ("apiKeyRevoke", json!({ "apiKeyId": key })),
        ("dataSubjectRelease", json!({ "id": client })),
        (
            "dataSubjectHold",
            json!({ "id": member, "reason": "case 8" }),
        ),
        ("retentionClear", json!({ "kind": "ARCHIVED_CLIENTS" })),
        ("invoiceSend", json!({ "invoiceId": invoice })),
        ("tenantRename", json!({ "name": "Acme & Sons" })),
    ];
    let mut then = Vec::new();
    for (change, input) in changes {
        let position = head(&world, tenant).await;
        then.push((position, owner.sees(&kept(&ids, "")).await));
        owner.does(change, input, "").await;
    }
    for place in [4, 0, 9, 7, 2, 4] {
        let (position, shown) = &then[place];
        let (again, as_of) = sees_then(&owner, &kept(&ids, &at(*position))).await;
        assert_eq!(&again, shown, "as of {position}");
        assert_eq!(as_of, json!([position.to_string()]));
    }
    // Of what was not there yet nothing is shown.
    for position in [0, first] {
        let (early, _) = sees_then(&owner, &kept(&ids, &at(position))).await;
        for field in ["dataSubject", "auditExport", "node"] {
            assert_eq!(early[field], Value::Null, "{field}");
        }
        assert_eq!(early["retention"], json!([]));
        assert_eq!(early["dataSubjects"]["totalCount"], 0);
        assert_eq!(early["auditExports"]["totalCount"], 0);
        let nodes = early["nodes"].as_array().unwrap();
        let there = nodes.iter().filter(|node| !node.is_null()).count();
        assert_eq!(there, usize::from(position > 0), "{nodes:?}");
    }
    // Nor of what the caller may not see.
    let (place, last) = (&at(then[9].0), head(&world, tenant).await + 1);
    let (seen, _) = sees_then(&bob, &format!("{{ node(id: {key} {place}) {{ id }} }}")).await;
    assert_eq!(seen["node"], Value::Null);
    for query in [
        format!("{{ node(id: {client} {}) {{ id }} }}", at(last)),
        format!("{{ nodes(ids: [{client}] {}) {{ id }} }}", at(last)),
        format!("{{ dataSubject(id: {client} {}) {{ status }} }}", at(last)),
        format!("{{ dataSubjects({}) {{ totalCount }} }}", at(last)),
        format!("{{ retention({}) {{ days }} }}", at(last)),
        format!("{{ auditExport(id: {export} {}) {{ state }} }}", at(last)),
    ] {
        assert_eq!(owner.error(&query).await, "AS_OF_BEYOND_HEAD", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_looked_at_as_of_an_instant() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let user = owner.sees("{ me { user { id createdAt } } }").await["me"]["user"].clone();
    let (user, created) = (&user["id"], &user["createdAt"]);
    let ask =
        |as_of: &str| format!("{{ dataSubject(id: {user} asOf: {{ {as_of} }}) {{ status }} }}");
    let seen = owner.sees(&ask(&format!("at: {created}"))).await;
    assert_eq!(seen["dataSubject"]["status"], "NONE");
    let seen = owner.sees(&ask("at: \"1999-12-31T23:59:59Z\"")).await;
    assert_eq!(seen["dataSubject"], Value::Null);
    for (as_of, code) in [
        ("position: \"1\"", "BAD_USER_INPUT"),
        ("", "BAD_USER_INPUT"),
        ("at: \"2999-12-31T23:59:59Z\"", "AS_OF_BEYOND_HEAD"),
    ] {
        assert_eq!(owner.error(&ask(as_of)).await, code, "{as_of}");
    }
}

/// What a query of now, or of the log itself, is.
const WITHOUT: [&str; 3] = ["events", "history", "me"];

#[tokio::test(flavor = "multi_thread")]
async fn every_query_takes_a_moment_or_the_guide_says_why_not() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let schema = "{ __schema { queryType { fields { name args { name } } } } }";
    let schema = owner.sees(schema).await;
    let fields = schema["__schema"]["queryType"]["fields"]
        .as_array()
        .unwrap();
    let guide = include_str!("../../../docs/how-to/look-back.md");
    assert!(fields.len() > 20);
    for field in fields {
        let name = field["name"].as_str().unwrap();
        let takes = field["args"].as_array().unwrap();
        let takes = takes.iter().any(|argument| argument["name"] == "asOf");
        assert_eq!(takes, !WITHOUT.contains(&name), "{name}");
        assert!(takes || guide.contains(&format!("- `{name}`")), "{name}");
    }
}

const HISTORY: &str = "query ($id: ID!, $first: Int, $after: String) {
    history(id: $id, first: $first, after: $after) {
      nodes { event { type actor position streamVersion data } isTruncated
        changes { path before after isHidden } }
      pageInfo { hasNextPage endCursor } } }";

async fn history(who: &Caller<'_>, id: &str) -> Vec<Value> {
    let (mut after, mut nodes) = (Value::Null, Vec::new());
    loop {
        let variables = json!({ "id": id, "first": 2, "after": after });
        let reply = who.ask(HISTORY, variables).await;
        let page = &reply.body["data"]["history"];
        assert!(page.is_object(), "{}", reply.body);
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return nodes;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn change(node: &Value, path: &str) -> Option<(Value, Value)> {
    let changes = node["changes"].as_array().unwrap();
    let found = changes.iter().find(|change| change["path"] == path);
    found.map(|change| (change["before"].clone(), change["after"].clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_tells_each_event_and_the_difference_it_made() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let made = owner.does("clientRegister", json!({ "name": "Ada" }), "client { id }");
    let client = id(&made.await["client"]);
    let renamed = json!({ "clientId": client, "name": "Ada Lovelace" });
    owner.does("clientChangeDetails", renamed, "").await;
    let put_away = json!({ "clientId": client });
    owner.does("clientArchive", put_away, "").await;
    let told = history(&owner, &client).await;
    let types: Vec<_> = told
        .iter()
        .map(|node| node["event"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(types[0], "crm.client.registered");
    assert_eq!(types.len(), 3);
    assert_eq!(
        change(&told[0], "/phase"),
        Some((json!("Unknown"), json!("Registered")))
    );
    assert_eq!(
        change(&told[0], "/details/name"),
        Some((Value::Null, json!("Ada")))
    );
    assert_eq!(told[1]["changes"].as_array().unwrap().len(), 1);
    assert_eq!(
        change(&told[1], "/details/name"),
        Some((json!("Ada"), json!("Ada Lovelace")))
    );
    assert_eq!(
        change(&told[2], "/status"),
        Some((json!("active"), json!("archived")))
    );
    // Each kind of thing has one.
    let bob = owner.lets_join("bob", "MANAGER").await;
    let member = history(&owner, bob.member_id()).await;
    assert_eq!(
        change(&member[1], "/phase"),
        Some((json!("Invited"), json!("Active")))
    );
    let token = member[0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["path"] == "/token");
    assert_eq!(token.unwrap()["isHidden"], true);
    let me = owner
        .sees("{ me { user { id } sessions { id } tenantId } }")
        .await;
    let (user, session) = (&me["me"]["user"]["id"], &me["me"]["sessions"][0]["id"]);
    let (user, session) = (user.as_str().unwrap(), session.as_str().unwrap());
    let tenant = history(&owner, me["me"]["tenantId"].as_str().unwrap()).await;
    assert_eq!(tenant[0]["event"]["type"], "tenancy.tenant.founded");
    for own in [user, session] {
        let told = history(&owner, own).await;
        let text = json!(told).to_string();
        assert!(!text.contains("argon2"), "{text}");
        for node in &told {
            let changes = node["changes"].as_array().unwrap();
            let secret = |path: &str| ["oken", "hash", "salt"].iter().any(|it| path.contains(it));
            let shown = changes
                .iter()
                .find(|it| secret(it["path"].as_str().unwrap()) && it["isHidden"] == false);
            assert_eq!(shown, None);
            let fields = node["event"]["data"].as_object().unwrap();
            assert!(
                !fields.keys().any(|name| secret(&name.to_lowercase())),
                "{fields:?}"
            );
        }
    }
    // What is somebody else's is as if it were not there.
    let none = async |who: &Caller<'_>, id: &str| {
        let reply = who.ask(HISTORY, json!({ "id": id })).await;
        assert!(reply.body.get("errors").is_none(), "{}", reply.body);
        reply.body["data"]["history"].is_null()
    };
    let other = world.owner("other").await;
    let nobody = format!("client_{}", Uuid::nil().simple());
    for foreign in [client.as_str(), bob.member_id(), user, session, &nobody] {
        assert!(none(&other, foreign).await, "{foreign}");
    }
    let refused = async |who: &Caller<'_>, variables: Value| {
        let reply = who.ask(HISTORY, variables).await;
        codes(&reply).join(" ")
    };
    assert_eq!(refused(&bob, json!({ "id": client })).await, "FORBIDDEN");
    for bad in ["", "client", "note_00000000000000000000000000000007"] {
        assert_eq!(
            refused(&owner, json!({ "id": bad })).await,
            "BAD_USER_INPUT",
            "{bad}"
        );
    }
    let bad = json!({ "id": client, "after": "-1" });
    assert_eq!(refused(&owner, bad).await, "BAD_USER_INPUT");
}

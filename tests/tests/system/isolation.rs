//! Does anybody see anything of another tenant?
//!
//! Every id of one tenant is given to every operation of the schema by people who may not know it,
//! and must be answered exactly as an id that nobody has. The operations and the places where they
//! take ids are read from the schema: a new one is covered, or fails here until it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use daybook_domain::tenancy::public::Role;
use daybook_tests::schema::{Call, Schema, Slot};
use daybook_tests::{
    Business, Client, Frame, Heard, PATIENCE, TestApp, fresh_id, id_of, run, shared,
};
use futures::future::ready;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

/// Ids by kind: `client` has `client_018f…`.
type Ids = BTreeMap<String, BTreeSet<String>>;

/// The root whose operations are subscriptions.
const SUBSCRIPTION: usize = 2;

/// How long a subscription that says nothing is listened to.
const QUIET: Duration = Duration::from_millis(300);

/// An id within another thing is tried with this many of those things.
const COMPANIONS: usize = 10;

/// What a guest of a tenant may read there: for those a real id is theirs to see.
const GUESTS_READ: [&str; 9] = [
    "client",
    "clients",
    "clientsLive",
    "invoice",
    "invoices",
    "invoicesLive",
    "node",
    "nodes",
    "receivables",
];

/// Which kinds of ids belong into a place. A new place without a rule fails the test.
pub(crate) fn kinds(slot: &Slot) -> Vec<&'static str> {
    let everything = vec![
        "api_key",
        "client",
        "consent",
        "data_subject",
        "export",
        "invoice",
        "line",
        "member",
        "note",
        "payment",
        "session",
        "tenant",
        "user",
        "event",
    ];
    match (slot.operation.as_str(), slot.name()) {
        ("node" | "nodes", _) | (_, "streamId") => everything,
        ("client", "id") | ("clients" | "clientsLive", "idIn") => vec!["client"],
        ("invoice", "id") | ("invoices" | "invoicesLive", "idIn") => vec!["invoice"],
        ("member", "id") | ("ownershipTransfer", "to") => vec!["member"],
        ("history", "id") => vec![
            "api_key", "client", "consent", "export", "invoice", "member", "session", "tenant",
            "user",
        ],
        // The owner's own account first: it is refused as the last owner's, and nobody is erased who
        // is needed for what comes after.
        ("dataSubjectErase", "id") => vec!["user", "client", "member"],
        ("dataSubject" | "dataSubjectHold" | "dataSubjectRelease" | "dataSubjectExport", "id") => {
            vec!["client", "member", "user"]
        }
        ("auditExport", "id") => vec!["export"],
        (_, "clientId" | "clientIdIn") => vec!["client"],
        (_, "consentId") => vec!["consent"],
        (_, "invoiceId") => vec!["invoice"],
        (_, "lineId") => vec!["line"],
        (_, "noteId") => vec!["note"],
        (_, "memberId") => vec!["member"],
        (_, "apiKeyId") => vec!["api_key"],
        (_, "sessionId") => vec!["session"],
        (_, _) => panic!("which ids belong into {slot:?}? say so in kinds()"),
    }
}

/// A value that the rules accept, so that a call gets as far as the id.
pub(crate) fn plausible(path: &[String], kind: &str) -> Value {
    let name = path.last().unwrap().as_str();
    match (name, kind) {
        ("commandId", _) => json!(fresh_id()),
        (_, "UUID") => json!(fresh_id()),
        (_, "Date") => json!("2026-11-20"),
        (_, "DateTime") => json!("2030-01-01T00:00:00Z"),
        (_, "Decimal") => json!("1"),
        (_, "Position") => json!("0"),
        (_, "Int") => json!(1),
        (_, "Boolean") => json!(false),
        (_, "JSON") => json!({}),
        (_, "CurrencyCode") => json!("GBP"),
        ("email", _) => json!(format!("{}@elsewhere.example", fresh_id().simple())),
        ("types", _) => json!("*"),
        ("website", _) => json!("https://example.com"),
        ("key", _) => json!("colour"),
        (_, _) => json!("something"),
    }
}

/// Everything a response shows that looks like an id.
fn harvest(value: &Value, ids: &mut Ids) {
    match value {
        Value::String(text) => {
            if let Some((kind, id)) = text.rsplit_once('_')
                && id.len() == 32
                && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            {
                ids.entry(kind.to_owned()).or_default().insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| harvest(item, ids)),
        Value::Object(members) => members.values().for_each(|member| harvest(member, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Does some of everything in a tenant, and returns every id that there is afterwards.
async fn live_a_little(business: &Business, schema: &Schema, owner: &Client) -> Ids {
    let mut ids = Ids::new();
    let client = json!({ "name": "Harbour Hotel", "externalId": "1000" });
    let client = owner
        .mutate("clientRegister", client, "client { id }")
        .await;
    let client_id = client["client"]["id"].clone();
    let note = json!({ "clientId": client_id, "text": "pays late" });
    let selection = "client { id notes(first: 10) { nodes { id } } }";
    harvest(
        &owner.mutate("clientAddNote", note, selection).await,
        &mut ids,
    );
    let consent = json!({ "clientId": client_id, "purpose": "news", "wording": "Send me news." });
    harvest(
        &owner.mutate("consentGive", consent, "consent { id }").await,
        &mut ids,
    );
    harvest(
        &owner
            .mutate("auditExport", json!({}), "export { id }")
            .await,
        &mut ids,
    );
    let document = json!({
        "clientId": client_id,
        "lines": [{ "description": "Lamp", "quantity": "2", "unitPrice": "12.5" }],
    });
    let selection = "invoice { id lines(first: 10) { nodes { id } } }";
    // Several, since the owner's own calls send one and cancel another.
    for _ in 0..4 {
        let draft = owner
            .mutate("invoiceDraft", document.clone(), selection)
            .await;
        harvest(&draft, &mut ids);
    }
    let sent = owner
        .mutate("invoiceIssue", document.clone(), selection)
        .await;
    // As many that can be credited: the owner's own calls credit one whole.
    for _ in 0..2 {
        let issued = owner.mutate("invoiceIssue", document.clone(), selection);
        harvest(&issued.await, &mut ids);
    }
    let credited = owner.mutate("invoiceIssue", document, selection).await;
    let payment = json!({
        "invoiceId": sent["invoice"]["id"], "amount": "5", "receivedOn": "2026-11-20",
    });
    let selection = "invoice { id payments(first: 10) { nodes { id } } }";
    let paid = owner
        .mutate("invoiceRecordPayment", payment, selection)
        .await;
    let credit = json!({ "invoiceId": credited["invoice"]["id"] });
    let credit = owner
        .mutate("invoiceCredit", credit, "creditNote { id }")
        .await;
    for payload in [&sent, &credited, &paid, &credit] {
        harvest(payload, &mut ids);
    }
    business.key().await;
    for call in Call::all(schema).iter().filter(|call| call.root == 0) {
        if call.slots().iter().all(|slot| slot.path.len() > 1) {
            let variables = call.variables(None, &|path, kind| plausible(path, kind));
            let answer = owner.ask(&call.document(), variables).await;
            harvest(&answer.into_data(&call.field.name), &mut ids);
        }
    }
    ids.entry("tenant".to_owned())
        .or_default()
        .insert(id_of("tenant", business.tenant_id));
    ids
}

/// Somebody who calls.
struct Caller<'c> {
    name: &'static str,
    client: Client,
    /// Ids to go with the one that is tried.
    own: &'c Ids,
    /// Ids that they must not tell from made-up ones.
    hidden: &'c Ids,
}

/// One id in one place, given by one caller. Other ids that the call needs are the caller's own, the
/// `companion`th of their kind.
#[derive(Clone, Copy)]
struct Probe<'c> {
    caller: &'c Caller<'c>,
    call: &'c Call<'c>,
    slot: &'c Slot,
    kind: &'static str,
    id: &'c str,
    companion: usize,
}

impl Probe<'_> {
    /// What the call comes to, with the id and the request's own taken out.
    async fn outcome(&self, id: &str) -> String {
        let Self {
            caller, call, slot, ..
        } = self;
        let leaf = |path: &[String], kind: &str| {
            if kind != "ID" {
                return plausible(path, kind);
            }
            if path == slot.path {
                return json!(id);
            }
            let other = Slot {
                operation: slot.operation.clone(),
                path: path.to_vec(),
            };
            let own = caller
                .own
                .get(kinds(&other)[0])
                .expect("something of one's own");
            json!(own.iter().nth(self.companion % own.len()))
        };
        let mut variables = call.variables(Some(slot), &leaf);
        if call.root == SUBSCRIPTION {
            if call.field.name == "events" {
                variables["after"] = json!("0");
            }
            watched(&caller.client, &call.document(), variables)
                .await
                .replace(id, "<id>")
        } else {
            let answer = caller.client.ask(&call.document(), variables).await;
            format!("{:?}", answer.shape(id))
        }
    }

    /// What the id and a made-up one come to, where that differs.
    async fn difference(self) -> Option<String> {
        let made_up = id_of(self.kind, fresh_id());
        // One after the other: at once, what the real one does could show in the answer to both.
        let random = self.outcome(&made_up).await;
        let real = self.outcome(self.id).await;
        let (operation, place, name) = (
            &self.slot.operation,
            self.slot.path.join("."),
            self.caller.name,
        );
        let place = format!("{operation}({place}: {}) as {name}", self.id);
        (real != random).then(|| format!("{place}:\n  {real}\n  {random}"))
    }
}

/// What a subscription says until it has nothing more to say. A live list says when it has told
/// what there is; of events there may be none.
async fn watched(client: &Client, document: &str, variables: Value) -> String {
    let mut stream = client.stream(document, variables, None).await;
    let status = stream.status();
    if status != 200 {
        let text = stream.text().await;
        let mut body: Value = serde_json::from_str(&text).unwrap();
        body["errors"][0]["extensions"]["requestId"].take();
        return format!("{status} {body}");
    }
    let (mut seen, mut silence) = (String::new(), QUIET);
    if document.contains("Live") {
        silence = PATIENCE;
    }
    while let Ok(Some(frame)) = stream.next_within(silence).await {
        let Frame { kind, mut data, .. } = frame;
        if kind.is_empty() {
            // How far the tenant's log is, when it moved: the same for both, at other times.
            continue;
        }
        if let Some(id) = data.pointer_mut("/errors/0/extensions/requestId") {
            id.take();
        }
        let told = format!("{kind} {data}\n");
        if told.contains("CAUGHT_UP") || told.contains("errors") {
            silence = QUIET;
        }
        seen.push_str(&told);
    }
    seen
}

/// Every id in a place, given by every caller who must not tell it from a made-up one.
fn probes<'c>(callers: &'c [Caller<'c>], (call, slot): &'c (&'c Call<'c>, Slot)) -> Vec<Probe<'c>> {
    let mut probes = Vec::new();
    for caller in callers {
        let may_read = GUESTS_READ.contains(&slot.operation.as_str());
        if caller.name == "guest" && may_read {
            continue;
        }
        for kind in kinds(slot) {
            for id in caller.hidden.get(kind).into_iter().flatten() {
                probes.push(Probe {
                    caller,
                    call,
                    slot,
                    kind,
                    id,
                    companion: 0,
                });
            }
        }
    }
    probes
}

/// Whether the caller, who may see all of it, is told something about a real id that they are not
/// told about a made-up one: else the comparison of the others compares nothing.
async fn is_telling(caller: &Caller<'_>, (call, slot): &(&Call<'_>, Slot)) -> bool {
    for kind in kinds(slot) {
        for id in caller.own.get(kind).into_iter().flatten() {
            for companion in 0..COMPANIONS {
                let probe = Probe {
                    caller,
                    call,
                    slot,
                    kind,
                    id,
                    companion,
                };
                if probe.difference().await.is_some() {
                    return true;
                }
            }
        }
    }
    false
}

#[test]
fn an_id_of_another_tenant_is_an_id_that_nobody_has() {
    run(async {
        let app = shared().await;
        let roles = [Role::Owner, Role::Guest, Role::Client];
        let ours = Business::found(app.store(), &roles).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let owner = ours.sign_in(&app.base, Role::Owner).await;
        let other = theirs.sign_in(&app.base, Role::Owner).await;
        let schema = Schema::of(&owner).await;
        let ids = live_a_little(&ours, &schema, &owner).await;
        let other_ids = live_a_little(&theirs, &schema, &other).await;
        let mut not_portals = ids.clone();
        let portal = ours.members[&Role::Client].clone();
        not_portals
            .get_mut("client")
            .unwrap()
            .remove(&id_of("client", portal.client_id.unwrap()));
        // They see themselves, and the business.
        for kind in ["tenant", "member", "user"] {
            not_portals.remove(kind);
        }
        // An account is its own user's to see.
        let mut not_guests = ids.clone();
        let guest = id_of("user", ours.members[&Role::Guest].user_id);
        not_guests.get_mut("user").unwrap().remove(&guest);
        let callers = [
            Caller {
                name: "another tenant's owner",
                client: other,
                own: &other_ids,
                hidden: &ids,
            },
            Caller {
                name: "another tenant's key",
                client: app.client(&theirs.key().await),
                own: &other_ids,
                hidden: &ids,
            },
            Caller {
                name: "guest",
                client: ours.sign_in(&app.base, Role::Guest).await,
                own: &ids,
                hidden: &not_guests,
            },
            Caller {
                name: "somebody in the client portal",
                client: ours.sign_in(&app.base, Role::Client).await,
                own: &ids,
                hidden: &not_portals,
            },
            Caller {
                name: "nobody",
                client: app.stranger(),
                own: &ids,
                hidden: &ids,
            },
        ];
        let calls = Call::all(&schema);
        let places: Vec<(&Call<'_>, Slot)> = calls
            .iter()
            .flat_map(|call| call.slots().into_iter().map(move |slot| (call, slot)))
            .collect();
        assert!(
            places.len() > 25,
            "the schema takes ids in few places: {}",
            places.len()
        );
        let probes = places.iter().flat_map(|place| probes(&callers, place));
        let differences = stream::iter(probes)
            .map(Probe::difference)
            .buffer_unordered(16);
        let leaks: Vec<String> = differences.filter_map(ready).collect().await;
        assert!(
            leaks.is_empty(),
            "{} leaks:\n{}",
            leaks.len(),
            leaks.join("\n")
        );
        let mut silent = Vec::new();
        for place in &places {
            let slot = &place.1;
            // Some of what is called ends the caller's own session.
            let client = ours.sign_in(&app.base, Role::Owner).await;
            let caller = Caller {
                name: "owner",
                client,
                own: &ids,
                hidden: &ids,
            };
            if !is_telling(&caller, place).await {
                silent.push(format!("{}({})", slot.operation, slot.path.join(".")));
            }
        }
        assert!(
            silent.is_empty(),
            "the owner learns nothing from {silent:?}"
        );
    });
}

#[test]
fn somebody_in_the_client_portal_sees_their_own_record_and_nothing_else() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Client]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let portal = business.sign_in(&app.base, Role::Client).await;
        let own = id_of("client", business.members[&Role::Client].client_id.unwrap());
        let other = json!({ "name": "Somebody else" });
        let other = owner.mutate("clientRegister", other, "client { id }").await;
        let other = &other["client"]["id"];
        let issue = |client_id: &Value| {
            json!({
                "clientId": client_id,
                "lines": [{ "description": "Lamp", "quantity": "1", "unitPrice": "1" }],
            })
        };
        let selection = "invoice { id }";
        let mine = owner
            .mutate("invoiceIssue", issue(&json!(own)), selection)
            .await;
        let not_mine = owner.mutate("invoiceIssue", issue(other), selection).await;
        let all = "{ clients { nodes { id } } invoices { nodes { id } } }";
        let seen = portal.data(all, json!({})).await;
        assert_eq!(seen["clients"]["nodes"], json!([{ "id": own }]));
        assert_eq!(seen["invoices"]["nodes"], json!([mine["invoice"]]));
        let one = "query($c: ID!, $i: ID!) {
            client(id: $c) { id } invoice(id: $i) { id } nodes(ids: [$c, $i]) { id } }";
        let asked = json!({ "c": other, "i": not_mine["invoice"]["id"] });
        let nothing = portal.data(one, asked).await;
        assert_eq!(
            nothing,
            json!({ "client": null, "invoice": null, "nodes": [null, null] })
        );
    });
}

#[test]
fn no_header_chooses_the_tenant() {
    run(async {
        let app = shared().await;
        let ours = Business::found(app.store(), &[]).await;
        let theirs = Business::found(app.store(), &[]).await;
        let client = app.client(&theirs.key().await);
        let body = json!({ "query": "{ tenant { id subdomain } }" });
        let id = id_of("tenant", ours.tenant_id);
        let raw = ours.tenant_id.to_string();
        for (name, value) in [
            ("x-tenant-id", raw.as_str()),
            ("x-tenant-id", id.as_str()),
            ("x-tenant", ours.subdomain.as_str()),
            ("tenant", raw.as_str()),
            ("x-organization-id", raw.as_str()),
            (
                "x-forwarded-host",
                &format!("{}.example.com", ours.subdomain),
            ),
        ] {
            let response = client
                .graphql(&body)
                .header(name, value)
                .send()
                .await
                .unwrap();
            let body: Value = response.json().await.unwrap();
            assert_eq!(
                body["data"]["tenant"]["subdomain"],
                json!(theirs.subdomain),
                "{name}"
            );
        }
        let in_path = client.request(reqwest::Method::POST, &format!("/graphql?tenantId={raw}"));
        let response = in_path.json(&body).send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["data"]["tenant"]["subdomain"], json!(theirs.subdomain));
    });
}

#[test]
fn a_tenant_one_has_no_place_in_is_a_tenant_that_does_not_exist() {
    run(async {
        let app = shared().await;
        let ours = Business::found(app.store(), &[]).await;
        let theirs = Business::found(app.store(), &[]).await;
        let client = theirs.sign_in(&app.base, Role::Owner).await;
        let owner = &theirs.members[&Role::Owner];
        let other = fresh_id().simple().to_string();
        let mut switched = Vec::new();
        let mut signed_in = Vec::new();
        for subdomain in [ours.subdomain.clone(), format!("t{other}")] {
            let input = json!({ "tenant": subdomain });
            switched.push(
                client
                    .post("/auth/switch-tenant", &input)
                    .await
                    .shape(&subdomain),
            );
            let input = json!({
                "email": owner.email.as_str(),
                "password": daybook_tests::PASSWORD,
                "tenant": subdomain,
            });
            signed_in.push(
                app.stranger()
                    .post("/auth/login", &input)
                    .await
                    .shape(&subdomain),
            );
        }
        assert_eq!(switched[0], switched[1]);
        assert_eq!(switched[0].0, 403);
        assert_eq!(signed_in[0], signed_in[1]);
        assert_eq!(signed_in[0].0, 403);
    });
}

#[test]
fn the_same_command_and_external_id_in_two_tenants_do_not_meet() {
    run(async {
        let app = shared().await;
        let (ours, theirs) = (
            Business::found(app.store(), &[]).await,
            Business::found(app.store(), &[]).await,
        );
        let command_id = fresh_id();
        let mut seen = Vec::new();
        for business in [&ours, &theirs] {
            let client = app.client(&business.key().await);
            let input = json!({
                "commandId": command_id, "name": "Harbour Hotel", "externalId": "4711",
            });
            let selection = "client { id externalId }";
            let first = client
                .mutate("clientRegister", input.clone(), selection)
                .await;
            assert_eq!(first["commit"]["replayed"], json!(false));
            let again = client.mutate("clientRegister", input, selection).await;
            assert_eq!(again["commit"]["replayed"], json!(true));
            assert_eq!(again["client"], first["client"]);
            let all = client.data("{ clients { totalCount } }", json!({})).await;
            assert_eq!(all["clients"]["totalCount"], json!(1));
            seen.push(first["client"]["id"].clone());
        }
        assert_ne!(seen[0], seen[1]);
    });
}

#[test]
fn a_subscription_never_shows_another_tenant() {
    run(async {
        let app = shared().await;
        let ours = Business::found(app.store(), &[]).await;
        let theirs = Business::found(app.store(), &[]).await;
        let (our_client, their_client) = (
            app.client(&ours.key().await),
            app.client(&theirs.key().await),
        );
        let document = "subscription { events(after: \"0\") { position streamId } }";
        let mut socket = their_client.socket().await;
        socket.subscribe("1", document, json!({})).await;
        let mut stream = their_client.stream(document, json!({}), None).await;
        let mut last = String::new();
        for round in 0..20 {
            let name = json!({ "name": format!("Client {round}") });
            our_client
                .mutate("clientRegister", name.clone(), "client { id }")
                .await;
            let theirs = their_client
                .mutate("clientRegister", name, "client { id }")
                .await;
            last = theirs["client"]["id"].as_str().unwrap().to_owned();
        }
        let mut by_socket = Vec::new();
        while by_socket
            .last()
            .is_none_or(|event: &Value| event["streamId"] != json!(last))
        {
            match socket.hear().await {
                Heard::Next(_, payload) => by_socket.push(payload["data"]["events"].clone()),
                other => panic!("{other:?}"),
            }
        }
        let mut by_stream = Vec::new();
        while by_stream
            .last()
            .is_none_or(|event: &Value| event["streamId"] != json!(last))
        {
            let frame = stream.next().await.unwrap();
            by_stream.push(frame.data["data"]["events"].clone());
        }
        let (head, _) = app.store().tenant_head(theirs.tenant_id).await.unwrap();
        let expected: Vec<Value> = (1..=head).map(|n| json!(n.to_string())).collect();
        for seen in [by_socket, by_stream] {
            let positions: Vec<Value> = seen.iter().map(|it| it["position"].clone()).collect();
            assert_eq!(positions, expected);
        }
        drop(TestApp::stranger(app));
    });
}

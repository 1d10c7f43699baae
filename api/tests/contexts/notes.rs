//! What becomes of a note that was added by mistake?

use serde_json::{Value, json};

use crate::world::{Caller, Person, World, command_id};

/// A client with that name: its id.
async fn client(who: &Person<'_>, name: &str) -> String {
    let made = who.does("clientRegister", json!({ "name": name }), "client { id }");
    made.await["client"]["id"].as_str().unwrap().to_owned()
}

/// Adds a note to a client: its id.
async fn note(who: &Person<'_>, client: &str, text: &str) -> String {
    let input = json!({ "clientId": client, "text": text });
    who.does("clientAddNote", input, "").await;
    let notes = notes(who, client).await;
    notes.last().unwrap()["id"].as_str().unwrap().to_owned()
}

async fn notes(who: &Caller<'_>, client: &str) -> Vec<Value> {
    let query = format!("{{ client(id: \"{client}\") {{ notes {{ nodes {{ id text }} }} }} }}");
    let nodes = who.sees(&query).await["client"]["notes"]["nodes"].clone();
    nodes.as_array().unwrap().clone()
}

/// What of a client's notes is shown.
async fn texts(who: &Caller<'_>, client: &str) -> Vec<String> {
    let notes = notes(who, client).await;
    let texts = notes.iter().map(|note| note["text"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

fn withdrawal(client: &str, note: &str) -> Value {
    json!({ "clientId": client, "noteId": note })
}

const WITHDRAW: &str = "clientWithdrawNote";

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_note_is_not_shown_any_more_and_stays_in_the_history() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let bob = client(&owner, "Bob").await;
    let (first, second) = (
        note(&owner, &bob, "pays late").await,
        note(&owner, &bob, "likes lanterns").await,
    );
    let selection = "client { version notes { nodes { text } } }";
    let left = owner
        .does(WITHDRAW, withdrawal(&bob, &first), selection)
        .await;
    let expected = json!({ "version": 4, "notes": { "nodes": [{ "text": "likes lanterns" }] } });
    assert_eq!(left["client"], expected);
    assert_eq!(texts(&owner, &bob).await, ["likes lanterns"]);
    // Withdrawn once more it changes nothing.
    let again = owner.does(WITHDRAW, withdrawal(&bob, &first), selection);
    assert_eq!(again.await["client"], expected);
    // Also from a client that is put away.
    owner
        .does("clientArchive", json!({ "clientId": bob }), "")
        .await;
    owner.does(WITHDRAW, withdrawal(&bob, &second), "").await;
    assert!(texts(&owner, &bob).await.is_empty());
    let query = format!("{{ history(id: \"{bob}\") {{ nodes {{ event {{ type data }} }} }} }}");
    let told = owner.sees(&query).await;
    let told = told["history"]["nodes"].as_array().unwrap();
    let of_kind = |kind: &str| {
        let events = told.iter().map(|entry| entry["event"].clone());
        events
            .filter(|event| event["type"] == kind)
            .collect::<Vec<_>>()
    };
    let added = of_kind("crm.client.note_added");
    let said = added.iter().map(|event| &event["data"]["text"]);
    assert_eq!(
        said.collect::<Vec<_>>(),
        [&json!("pays late"), &json!("likes lanterns")]
    );
    assert_eq!(of_kind("crm.client.note_withdrawn").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_note_of_that_client_is_withdrawn() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let (bob, eve) = (client(&owner, "Bob").await, client(&owner, "Eve").await);
    let of_bob = note(&owner, &bob, "pays late").await;
    let of_eve = note(&owner, &eve, "pays early").await;
    let no_note = format!("note_{}", command_id().simple());
    let no_client = format!("client_{}", command_id().simple());
    for (client, note, code) in [
        (&bob, &no_note, "NOTE_NOT_FOUND"),
        (&bob, &of_eve, "NOTE_NOT_FOUND"),
        (&no_client, &of_bob, "CLIENT_NOT_FOUND"),
    ] {
        let refused = owner.is_refused(WITHDRAW, withdrawal(client, note));
        assert_eq!(refused.await, code, "{client} {note}");
    }
    for (client, note) in [(&bob, &eve), (&of_bob, &of_bob)] {
        let failed = owner.fails(WITHDRAW, withdrawal(client, note));
        assert_eq!(failed.await, "BAD_USER_INPUT", "{client} {note}");
    }
    let mut stale = withdrawal(&bob, &of_bob);
    stale["expectedVersion"] = json!(1);
    assert_eq!(owner.fails(WITHDRAW, stale).await, "VERSION_CONFLICT");
    // Another tenant's client is one that is not there.
    let other = world.owner("zebra").await;
    let refused = other.is_refused(WITHDRAW, withdrawal(&bob, &of_bob));
    assert_eq!(refused.await, "CLIENT_NOT_FOUND");
    assert_eq!(texts(&owner, &bob).await, ["pays late"]);
    assert_eq!(texts(&owner, &eve).await, ["pays early"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_write_of_clients_withdraw_notes_and_nobody_else_does() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let bob = client(&owner, "Bob").await;
    let of_bob = note(&owner, &bob, "pays late").await;
    let member = owner.lets_join("member", "MEMBER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let portal = owner.lets_join_portal(&bob).await;
    for who in [&guest, &portal] {
        let failed = who.fails(WITHDRAW, withdrawal(&bob, &of_bob));
        assert_eq!(failed.await, "FORBIDDEN");
    }
    let nobody = world.with_token("");
    let failed = nobody.fails(WITHDRAW, withdrawal(&bob, &of_bob));
    assert_eq!(failed.await, "UNAUTHENTICATED");
    assert_eq!(texts(&guest, &bob).await, ["pays late"]);
    // Whoever wrote it.
    member.does(WITHDRAW, withdrawal(&bob, &of_bob), "").await;
    assert!(texts(&guest, &bob).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_withdrawal_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let bob = client(&owner, "Bob").await;
    let first = note(&owner, &bob, "pays late").await;
    let second = note(&owner, &bob, "likes lanterns").await;
    let same = command_id();
    let command = |note: &str| {
        let mut input = withdrawal(&bob, note);
        input["commandId"] = json!(same);
        input
    };
    let unknown = format!("note_{}", command_id().simple());
    let refused = owner.is_refused(WITHDRAW, command(&unknown));
    assert_eq!(refused.await, "NOTE_NOT_FOUND");
    // A refusal leaves nothing behind: the id is still free.
    let selection = "client { version }";
    let done = owner.does(WITHDRAW, command(&first), selection).await;
    let repeat = owner.does(WITHDRAW, command(&first), selection).await;
    assert_eq!(done["client"], repeat["client"]);
    assert_eq!(done["commit"]["version"], repeat["commit"]["version"]);
    assert_eq!(
        (&done["commit"]["replayed"], &repeat["commit"]["replayed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        owner.fails(WITHDRAW, command(&second)).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    assert_eq!(texts(&owner, &bob).await, ["likes lanterns"]);
}

//! Is everybody let in to every operation that is theirs, and to no other?

use std::collections::BTreeSet;
use std::fmt::Write;

use daybook_tests::schema::{Call, Schema, Slot};
use daybook_tests::{Answer, Client, fresh_id, id_of, run, shared};
use futures::future::join_all;
use serde_json::{Value, json};

use super::people::{PEOPLE, Somebody, everybody};
use super::table::{Door, OPERATIONS};
use crate::isolation::{kinds, plausible};

const ROOTS: [&str; 3] = ["query", "mutation", "subscription"];

/// With what an operation may end for somebody who was let in: rules come after rights. Any other
/// code says that the test asked wrongly and found out nothing.
const INSIDE: [&str; 2] = ["VERSION_CONFLICT", "STEP_UP_REQUIRED"];

fn name(call: &Call<'_>) -> String {
    format!("{} {}", ROOTS[call.root], call.field.name)
}

/// How somebody is answered.
fn door(answer: &Value) -> Door {
    let code = &answer["errors"][0]["extensions"]["code"];
    match code.as_str() {
        None => Door::Open,
        Some("FORBIDDEN") => Door::Forbidden,
        Some("UNAUTHENTICATED") => Door::SignInFirst,
        Some(code) if INSIDE.contains(&code) => Door::Open,
        Some(_) => panic!("{answer}"),
    }
}

/// The least that can be asked: ids that nothing has, and versions that nothing is at, so that
/// nothing happens to those who are asked about next.
fn variables(call: &Call<'_>) -> Value {
    let leaf = |path: &[String], kind: &str| {
        if kind != "ID" {
            return plausible(path, kind);
        }
        let kinds = kinds(&Slot {
            operation: call.field.name.clone(),
            path: path.to_vec(),
        });
        // An account is its own user's: where there is a choice, it is something of the tenant.
        let in_tenant = kinds.iter().find(|kind| **kind == "client");
        json!(id_of(in_tenant.unwrap_or(&kinds[0]), fresh_id()))
    };
    let mut variables = call.variables(None, &leaf);
    if call.has_input("expectedVersion") {
        variables["input"]["expectedVersion"] = json!(1_000_000);
    }
    if name(call) == "subscription events" {
        // There is something to tell at once.
        variables["after"] = json!("0");
    }
    variables
}

async fn ask(client: &Client, call: &Call<'_>) -> Door {
    let (document, variables) = (call.bare_document(), variables(call));
    if ROOTS[call.root] != "subscription" {
        let Answer { body, .. } = client.ask(&document, variables).await;
        // A field that may be null is null by itself, and leaves the answers to others alone.
        let is_null_alone = call.field.kind.is_required() || body["data"].is_object();
        assert!(is_null_alone, "{document}: {body}");
        return door(&body);
    }
    let mut stream = client.stream(&document, variables, None).await;
    if stream.status() != 200 {
        return door(&serde_json::from_str(&stream.text().await).unwrap());
    }
    loop {
        let frame = stream.next().await.expect("a first result");
        if frame.kind == "next" {
            return door(&frame.data);
        }
    }
}

/// How somebody is answered by each of the operations.
async fn doors(somebody: &Somebody, calls: &[Call<'_>]) -> Vec<Door> {
    let mut doors = Vec::new();
    for call in calls {
        doors.push(ask(&somebody.client, call).await);
    }
    doors
}

fn row(doors: &[Door]) -> String {
    doors.iter().fold(String::new(), |mut row, door| {
        write!(row, "{door:?} ").unwrap();
        row
    })
}

#[test]
fn every_operation_is_open_to_those_whose_it_is() {
    run(async {
        let app = shared().await;
        let (_, people) = everybody(app).await;
        let schema = Schema::of(&people[0].client).await;
        let mut calls = Call::all(&schema);
        // It ends what the next ones are asked with.
        calls.sort_by_key(|call| call.field.name == "userDeactivate");
        let there: BTreeSet<String> = calls.iter().map(name).collect();
        let listed: BTreeSet<String> = OPERATIONS.iter().map(|(it, _)| (*it).to_owned()).collect();
        assert_eq!(listed.len(), OPERATIONS.len(), "an operation has two rows");
        let difference: Vec<_> = there.symmetric_difference(&listed).collect();
        assert!(difference.is_empty(), "whose are these? {difference:#?}");

        let found = join_all(people.iter().map(|it| doors(it, &calls))).await;
        let mut wrong = String::new();
        for (at, call) in calls.iter().enumerate() {
            let name = name(call);
            let (_, rule) = OPERATIONS.iter().find(|(it, _)| *it == name).unwrap();
            let seen: [Door; PEOPLE] = std::array::from_fn(|who| found[who][at]);
            if seen != *rule {
                let (seen, rule) = (row(&seen), row(rule));
                writeln!(wrong, "{name}\n  is    {seen}\n  not   {rule}").unwrap();
            }
        }
        let names: Vec<&str> = people.iter().map(|it| it.name.as_str()).collect();
        assert!(wrong.is_empty(), "for {names:?}:\n{wrong}");
    });
}

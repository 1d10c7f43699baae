//! Values that are no values of their scalars are faults of the request: nothing runs.

use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::world::{Caller, Reply, World};

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

async fn asked(caller: &Caller<'_>, accept: &str, (document, variables): (&str, &Value)) -> Reply {
    let body = json!({ "query": document, "variables": variables });
    let request = caller.world.post("/graphql", &body).header(ACCEPT, accept);
    Reply::to(request.bearer_auth(&caller.token)).await
}

/// Fails unless nothing ran, and the fault says where the value stands.
async fn must_be_a_request_error(caller: &Caller<'_>, asks: (&str, &Value), place: &str) {
    for (accept, status) in [(RESPONSE, 400), (JSON, 200)] {
        let reply = asked(caller, accept, asks).await;
        assert_eq!(reply.status, status, "{asks:?}: {}", reply.body);
        assert!(reply.body.get("data").is_none(), "{}", reply.body);
        let error = &reply.body["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
        assert_eq!(error["extensions"]["retryable"], false);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(place), "{place}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_scalar_in_a_variable_or_a_literal_is_a_request_error() {
    let world = World::new().await;
    let owner = world.owner("malformed").await;
    let register = "mutation($input: ClientRegisterInput!) { \
        clientRegister(input: $input) { client { id } } }";
    let input = json!({ "input": { "commandId": "not-a-uuid", "name": "Ada" } });
    must_be_a_request_error(&owner, (register, &input), "input.commandId").await;
    let text = json!({ "input": "Ada" });
    must_be_a_request_error(&owner, (register, &text), "ClientRegisterInput").await;
    let literal = "mutation { clientRegister(input: { commandId: \"x\", name: \"Ada\" }) { \
        client { id } } }";
    must_be_a_request_error(&owner, (literal, &json!({})), "input.commandId").await;
    for (document, value, place) in [
        (
            "query($v: Date) { revenue(from: $v) { documentCount } }",
            "2026-13-01",
            "from",
        ),
        (
            "query($v: DateTime) { clients(filter: { createdFrom: $v }) { totalCount } }",
            "yesterday",
            "filter.createdFrom",
        ),
        (
            "query($v: DateTime) { clients(filter: { createdFrom: $v }) { totalCount } }",
            "-5000-01-01T00:00:00Z",
            "filter.createdFrom",
        ),
        (
            "query($v: Decimal) { invoices(filter: { totalFrom: $v }) { totalCount } }",
            "1e5",
            "filter.totalFrom",
        ),
        (
            "query($v: CurrencyCode!) { invoices(filter: { currencyIn: [$v] }) { totalCount } }",
            "pounds",
            "filter.currencyIn.0",
        ),
        (
            "query($v: Position) { clients(filter: { changedAfter: $v }) { totalCount } }",
            "-1",
            "filter.changedAfter",
        ),
    ] {
        let variables = json!({ "v": value });
        must_be_a_request_error(&owner, (document, &variables), place).await;
    }
    let seen = owner.sees("{ clients { totalCount } }").await;
    assert_eq!(seen["clients"]["totalCount"], 0, "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_beside_a_malformed_value() {
    let world = World::new().await;
    let owner = world.owner("beside").await;
    let two = "mutation($one: UUID!, $two: UUID!) { \
        a: clientRegister(input: { commandId: $one, name: \"Ada\" }) { client { id } } \
        b: clientRegister(input: { commandId: $two, name: \"Bob\" }) { client { id } } }";
    let variables = json!({ "one": crate::world::command_id(), "two": "no" });
    must_be_a_request_error(&owner, (two, &variables), "input.commandId").await;
    let seen = owner.sees("{ clients { totalCount } }").await;
    assert_eq!(seen["clients"]["totalCount"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_nothing_can_hold_is_told_and_no_reason_to_try_again() {
    let world = World::new().await;
    let owner = world.owner("malformed").await;
    for condition in ["search: $v", "externalIdIn: [$v]", "countryIn: [$v]"] {
        let document =
            format!("query($v: String!) {{ clients(filter: {{ {condition} }}) {{ totalCount }} }}");
        let asks = (document.as_str(), &json!({ "v": "a\u{0}b" }));
        let reply = asked(&owner, "application/graphql-response+json", asks).await;
        let extensions = &reply.body["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT", "{}", reply.body);
        assert_eq!(extensions["retryable"], false);
    }
}

//! What somebody with a token says in GraphQL.

use serde_json::{Value, json};
use uuid::Uuid;

use super::reply::Reply;
use super::server::World;

/// A new identity of a command.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is the edge at which ids are minted"
)]
pub(crate) fn command_id() -> Uuid {
    Uuid::now_v7()
}

/// An access token or API key, and where it is shown.
#[derive(Clone)]
pub(crate) struct Caller<'w> {
    pub(crate) world: &'w World,
    pub(crate) token: String,
}

impl Caller<'_> {
    /// The answer to a document.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.send(&json!({ "query": query, "variables": variables }))
            .await
    }

    pub(crate) async fn send(&self, body: &Value) -> Reply {
        let request = self.world.post("/graphql", body);
        Reply::to(request.bearer_auth(&self.token)).await
    }

    /// The data of a query that must succeed.
    pub(crate) async fn sees(&self, query: &str) -> Value {
        let reply = self.ask(query, json!({})).await;
        assert!(reply.body.get("errors").is_none(), "{}", reply.body);
        reply.body["data"].clone()
    }

    /// The code of the first error of a query.
    pub(crate) async fn error(&self, query: &str) -> String {
        code(&self.ask(query, json!({})).await)
    }

    /// Whether the token opens anything.
    pub(crate) async fn is_let_in(&self) -> bool {
        let reply = self.ask("{ me { role } }", json!({})).await;
        match reply.status {
            200 => true,
            401 => false,
            _ => panic!("{}", reply.body),
        }
    }

    /// The payload of a mutation that must go through.
    pub(crate) async fn does(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let payload = self.mutate(mutation, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        assert!(payload["commit"].is_object(), "{mutation}");
        payload
    }

    /// The code with which a rule refuses a mutation.
    pub(crate) async fn is_refused(&self, mutation: &str, input: Value) -> String {
        let payload = self.mutate(mutation, input, "").await;
        assert_eq!(payload["commit"], Value::Null, "{mutation}: {payload}");
        let code = &payload["userErrors"][0]["code"];
        code.as_str().unwrap().to_owned()
    }

    /// The code of the technical error in which a mutation ends.
    pub(crate) async fn fails(&self, mutation: &str, input: Value) -> String {
        code(&self.mutation(mutation, input, "").await)
    }

    /// The payload of a mutation, whatever it says.
    pub(crate) async fn mutate(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let reply = self.mutation(mutation, input, selection).await;
        assert!(reply.body.get("errors").is_none(), "{}", reply.body);
        reply.body["data"][mutation].clone()
    }

    pub(crate) async fn mutation(
        &self,
        mutation: &str,
        mut input: Value,
        selection: &str,
    ) -> Reply {
        if input.get("commandId").is_none() {
            input["commandId"] = json!(command_id());
        }
        let (first, rest) = mutation.split_at(1);
        let query = format!(
            "mutation($input: {}{rest}Input!) {{ {mutation}(input: $input) {{ {selection} \
             userErrors {{ code message path }} commit {{ version replayed }} }} }}",
            first.to_uppercase()
        );
        self.ask(&query, json!({ "input": input })).await
    }
}

/// The code of the first error.
fn code(reply: &Reply) -> String {
    let code = &reply.body["errors"][0]["extensions"]["code"];
    assert!(code.is_string(), "{}", reply.body);
    code.as_str().unwrap().to_owned()
}

//! Does a line of the log say whose request it belongs to, and which events?

use daybook_tests::{Client, Process, daybook, fresh_id, run};
use serde_json::{Value, json};

/// The line with which the next request to that path ends: what its span says.
fn answered(up: &mut Process, path: &str) -> Value {
    loop {
        let line: Value = serde_json::from_str(&up.says("\"answered\"")).unwrap();
        if line["span"]["path"] == path {
            return line["span"].clone();
        }
    }
}

#[test]
fn a_request_names_its_tenant_its_actor_and_its_correlation() {
    run(async {
        let data = tempfile::tempdir().unwrap();
        let variables = [("DAYBOOK_LOG_FORMAT", "json")];
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &variables));
        let base = format!("http://{}", up.ready());
        let demo = std::fs::read_to_string(data.path().join("demo.json")).unwrap();
        let demo: Value = serde_json::from_str(&demo).unwrap();
        let tenant = &demo["tenants"][0];

        let owner = &tenant["members"]["owner"];
        let input = json!({ "email": owner["email"], "password": owner["password"] });
        let stranger = Client::new(&base, None);
        let signed_in = stranger.post("/auth/login", &input).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.text);
        let span = answered(&mut up, "/auth/login");
        assert!(
            span["actor"].as_str().unwrap().starts_with("user:"),
            "{span}"
        );
        assert_eq!(span["correlation"].as_str().unwrap().len(), 36, "{span}");

        stranger.ask("{ me { role } }", json!({})).await;
        let span = answered(&mut up, "/graphql");
        assert_eq!(span["actor"], "anonymous", "{span}");
        assert_eq!(span["tenant"], Value::Null, "{span}");

        let program = Client::new(&base, tenant["apiKey"].as_str());
        let command_id = fresh_id();
        let register = "mutation($input: ClientRegisterInput!) {
            clientRegister(input: $input) { client { id } } }";
        let input = json!({ "commandId": command_id, "name": "Logged Ltd" });
        program.data(register, json!({ "input": input })).await;
        let span = answered(&mut up, "/graphql");
        assert!(
            span["actor"].as_str().unwrap().starts_with("api_key:"),
            "{span}"
        );
        assert_eq!(span["correlation"], json!(command_id), "{span}");
        let named = span["tenant"].as_str().unwrap().replace('-', "");
        assert_eq!(tenant["id"], json!(format!("tenant_{named}")), "{span}");
        assert_eq!(span["request_id"].as_str().unwrap().len(), 36, "{span}");

        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
        for secret in [&owner["email"], &owner["password"], &tenant["apiKey"]] {
            assert!(!up.log().contains(secret.as_str().unwrap()), "{secret}");
        }
    });
}

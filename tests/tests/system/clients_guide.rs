//! Does the guide for client developers show what works?

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, PASSWORD, run, shared};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../../docs/clients.md");
const README: &str = include_str!("../../../README.md");

/// The blocks of that language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    let parts = text.split(begin.as_str()).skip(1);
    parts
        .map(|it| it.split("```").next().unwrap().trim())
        .collect()
}

#[test]
fn every_document_runs() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let client = app.client(&business.key().await);
        let (mut asked, mut watched) = (0, 0);
        for document in [README, GUIDE].iter().flat_map(|it| blocks(it, "graphql")) {
            if document.starts_with("subscription") {
                let first = client.stream(document, json!({}), None).await.next().await;
                let first = first.unwrap().data;
                assert!(first["data"].is_object(), "{document}\n{first}");
                watched += 1;
                continue;
            }
            let answer = if document.starts_with("mutation") {
                let variables = blocks(GUIDE, "json")[1];
                client.ask(document, serde_json::from_str(variables).unwrap())
            } else {
                client.ask(document, json!({}))
            };
            let answer = answer.await;
            assert_eq!(answer.status, 200, "{document}\n{}", answer.text);
            assert_eq!(answer.body.get("errors"), None, "{}", answer.text);
            if document.starts_with("mutation") {
                assert_eq!(
                    answer.body["data"]["clientRegister"]["userErrors"],
                    json!([])
                );
            }
            asked += 1;
        }
        assert_eq!((asked, watched), (2, 2));
        // The request around a document, with the consistency it asks for.
        let mut request: Value = serde_json::from_str(blocks(GUIDE, "json")[2]).unwrap();
        let ahead = client.send(&request).await;
        assert_eq!(ahead.code(), "CONSISTENCY_TIMEOUT", "{}", ahead.text);
        request["extensions"]["consistency"]["minPosition"] = json!("1");
        let answer = client.send(&request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    });
}

#[test]
fn what_a_sign_in_answers_is_told() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let member = &business.members[&Role::Owner];
        let body = json!({ "email": member.email.as_str(), "password": PASSWORD });
        let answer = app.stranger().post("/auth/login", &body).await;
        let told: Value = serde_json::from_str(blocks(GUIDE, "json")[0]).unwrap();
        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(&answer.body), names(&told), "{}", answer.text);
        for part in ["user", "tenant"] {
            assert_eq!(names(&answer.body[part]), names(&told[part]));
        }
        for times in ["expiresIn", "sessionExpiresIn"] {
            let (shown, is) = (
                told[times].as_i64().unwrap(),
                answer.body[times].as_i64().unwrap(),
            );
            assert!((shown - 5..=shown).contains(&is), "{times}: {is}");
        }
    });
}

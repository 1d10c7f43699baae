//! Do limits hold when everybody comes at once?

use daybook_domain::tenancy::public::{Plan, Role};
use daybook_tests::{Business, Setup, run, shared};
use futures::future::join_all;
use serde_json::{Value, json};

#[test]
fn a_hundred_invitations_at_once_take_the_one_place_that_is_left() {
    run(async {
        let app = shared().await;
        let mut business = Business::found_on(Plan::Free, app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let places = Plan::Free.limits().members;
        // The owner has one place, and one is to be left.
        for taken in 2..places {
            let input = json!({ "email": format!("{taken}@example.com"), "role": "MEMBER" });
            client.mutate("memberInvite", input, "member { id }").await;
        }
        let invite = |number: i32| {
            let client = client.clone();
            async move {
                let email = format!("late{number}@example.com");
                let input = json!({ "email": email, "role": "MEMBER" });
                client.attempt("memberInvite", input, "member { id }").await
            }
        };
        let payloads = join_all((0..100).map(invite)).await;
        let (invited, refused): (Vec<Value>, Vec<Value>) = payloads
            .into_iter()
            .partition(|payload| payload["userErrors"] == json!([]));
        assert_eq!(invited.len(), 1);
        for payload in refused {
            assert_eq!(
                payload["userErrors"][0]["code"], "MEMBER_LIMIT_REACHED",
                "{payload}"
            );
            assert_eq!(payload["commit"], Value::Null);
        }
        // Whoever leaves makes room for one.
        let gone = json!({ "memberId": invited[0]["member"]["id"] });
        client
            .mutate("memberRevokeInvitation", gone, "member { id }")
            .await;
        let again = join_all((100..110).map(invite)).await;
        let through = again
            .iter()
            .filter(|payload| payload["userErrors"] == json!([]));
        assert_eq!(through.count(), 1);
        business.members.clear();
    });
}

#[test]
fn a_hundred_invoices_sent_at_once_are_numbered_without_a_gap() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let buyer = json!({ "name": "Harbour Hotel" });
        let buyer = client
            .mutate("clientRegister", buyer, "client { id }")
            .await;
        let draft = |_| {
            let input = json!({
                "clientId": buyer["client"]["id"],
                "lines": [{ "description": "Lamp", "quantity": "1", "unitPrice": "10" }],
            });
            client.mutate("invoiceDraft", input, "invoice { id }")
        };
        let drafts = join_all((0..100).map(draft)).await;
        let send = |draft: &Value| {
            let input = json!({ "invoiceId": draft["invoice"]["id"] });
            client.mutate("invoiceSend", input, "invoice { number }")
        };
        let sent = join_all(drafts.iter().map(send)).await;
        let mut numbers: Vec<String> = sent
            .iter()
            .map(|payload| payload["invoice"]["number"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort();
        let prefix = numbers[0]
            .strip_suffix("000001")
            .expect("numbers begin at one")
            .to_owned();
        let expected: Vec<String> = (1..=100).map(|n| format!("{prefix}{n:06}")).collect();
        assert_eq!(numbers, expected);
    });
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back_and_nobody_else_suffers() {
    run(async {
        let setup = Setup {
            variables: Vec::new(),
            ..Setup::default()
        };
        let app = setup.start().await;
        let roles = [Role::Owner, Role::Admin];
        let business = Business::found_on(Plan::Free, app.store(), &roles).await;
        let client = app.client(&business.key().await);
        let limit = Plan::Free.limits().api_requests_per_minute;
        let mut answered = 0;
        let throttled = loop {
            let answer = client.ask("{ tenant { subdomain } }", json!({})).await;
            if answer.status != 200 {
                break answer;
            }
            assert_eq!(answer.header("ratelimit-limit"), limit.to_string());
            let cost = &answer.body["extensions"]["cost"];
            assert_eq!(
                cost["remaining"].to_string(),
                answer.header("ratelimit-remaining")
            );
            answered += 1;
            assert!(answered <= 2 * limit, "nobody is ever throttled");
        };
        assert!(answered >= limit, "throttled after {answered} of {limit}");
        assert_eq!(throttled.status, 429, "{}", throttled.text);
        assert_eq!(throttled.code(), "THROTTLED");
        assert!(throttled.body.get("data").is_none(), "nothing ran");
        assert_eq!(throttled.header("ratelimit-remaining"), "0");
        let wait: u32 = throttled.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "come back in {wait} s");
        let extensions = &throttled.body["errors"][0]["extensions"];
        assert_eq!(extensions["retryable"], json!(true));
        // A colleague of the same tenant has a bucket of their own.
        let colleague = business.sign_in(&app.base, Role::Admin).await;
        assert_eq!(
            colleague
                .ask("{ tenant { subdomain } }", json!({}))
                .await
                .status,
            200
        );
        app.stop().await;
    });
}

#[test]
fn wrong_credentials_are_charged_to_where_they_come_from_and_right_ones_are_not() {
    run(async {
        let setup = Setup {
            variables: Vec::new(),
            ..Setup::default()
        };
        let app = setup.start().await;
        let business = Business::found_on(Plan::Free, app.store(), &[Role::Owner]).await;
        let key = business.key().await;
        let wrong = app.client(&key.chars().rev().collect::<String>());
        let limit = Plan::Free.limits().api_requests_per_minute;
        let mut refused = 0;
        let throttled = loop {
            let answer = wrong.ask("{ tenant { subdomain } }", json!({})).await;
            if answer.status != 401 {
                break answer;
            }
            refused += 1;
            assert!(refused <= 2 * limit, "nobody is ever throttled");
        };
        assert!(refused >= limit, "throttled after {refused} of {limit}");
        assert_eq!(throttled.status, 429, "{}", throttled.text);
        assert_eq!(throttled.code(), "THROTTLED");
        let wait: u32 = throttled.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "come back in {wait} s");
        // The same purse for proofs; and whoever is known has their own, from the same address, too.
        let path = format!("/audit/{}/checkpoint", business.subdomain);
        assert_eq!(wrong.get(&path).await.status, 429);
        let known = app.client(&key);
        // 503 until the first events are sealed.
        assert!([200, 503].contains(&known.get(&path).await.status));
        let answer = known.ask("{ tenant { subdomain } }", json!({})).await;
        assert_eq!(answer.status, 200);
        app.stop().await;
    });
}

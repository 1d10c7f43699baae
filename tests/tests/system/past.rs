//! Is a person who was erased known in the past?

use std::time::{Duration, Instant};

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, Client, PATIENCE, TestApp, run};
use serde_json::{Value, json};

use crate::erasure::{Words, erase, seed_client};

/// Everything that says something about people, of single things and of lists.
struct Question {
    client: Value,
    invoice: Value,
    consent: Value,
    member: Value,
}

impl Question {
    async fn about(owner: &Client, client: &Value, member: &Value) -> Self {
        let ids = "{ invoices(last: 1) { nodes { id } } consents(first: 1) { nodes { id } } }";
        let ids = owner.data(ids, json!({})).await;
        Self {
            client: client.clone(),
            invoice: ids["invoices"]["nodes"][0]["id"].clone(),
            consent: ids["consents"]["nodes"][0]["id"].clone(),
            member: member.clone(),
        }
    }

    fn documents(&self, as_of: &str) -> [String; 2] {
        let client = "{ id name externalId email phone website company contact status version
            billing { name addressLines postalCode city vatNumber } customFields
            balances { balance { amount } } }";
        let invoice = "{ id number status clientName notes reference billing { name }
            total { amount } outstanding { amount } }";
        let consent = "{ id purpose status wording source withdrawalReason }";
        let member = "{ id email name role status }";
        let Self {
            client: client_id,
            invoice: invoice_id,
            consent: consent_id,
            member: member_id,
        } = self;
        [
            format!(
                "{{ client(id: {client_id} {as_of}) {client}
                    invoice(id: {invoice_id} {as_of}) {invoice}
                    member(id: {member_id} {as_of}) {member}
                    nodes(ids: [{client_id}, {consent_id}, {invoice_id}, {member_id}] {as_of}) {{
                      id ... on Client {{ name email }} ... on Consent {consent}
                      ... on Invoice {{ clientName reference }} ... on Member {{ memberEmail: email }} }} }}"
            ),
            format!(
                "{{ clients(first: 9 {as_of}) {{ totalCount nodes {client} }}
                    invoices(first: 9 {as_of}) {{ totalCount nodes {invoice} }}
                    consents(first: 9 {as_of}) {{ totalCount nodes {consent} }}
                    members(first: 9 {as_of}) {{ totalCount nodes {member} }}
                    receivables(on: \"2030-01-01\" {as_of}) {{ outstanding {{ amount }} }} }}"
            ),
        ]
    }

    async fn answers(&self, owner: &Client, as_of: &str) -> [Value; 2] {
        let [things, lists] = self.documents(as_of);
        [sees(owner, &things).await, sees(owner, &lists).await]
    }

    /// What hangs on single things, as of a moment, and their histories.
    async fn others(&self, owner: &Client, as_of: &str) -> String {
        let (client, invoice) = (&self.client, &self.invoice);
        let inside = format!(
            "{{ client(id: {client} {as_of}) {{ notes(first: 9) {{ nodes {{ text }} }}
                  invoices(first: 9) {{ nodes {{ clientName reference }} }} }}
                invoice(id: {invoice} {as_of}) {{ client {{ name }}
                  payments(first: 9) {{ nodes {{ reference amount {{ amount }} }} }}
                  lines(first: 9) {{ nodes {{ description }} }} }} }}"
        );
        let mut all = sees(owner, &inside).await.to_string();
        for id in [client, invoice, &self.consent, &self.member] {
            let history = format!(
                "{{ history(id: {id}, first: 50) {{ nodes {{ event {{ data }}
                    changes {{ path before after }} }} }} }}"
            );
            all.push_str(&sees(owner, &history).await.to_string());
        }
        all
    }
}

/// The data of an answer about the past, asked again while it is being made ready.
async fn sees(owner: &Client, document: &str) -> Value {
    let since = Instant::now();
    loop {
        let answer = owner.ask(document, json!({})).await;
        let again = answer.body["errors"][0]["extensions"]["retryable"] == json!(true);
        if !again || since.elapsed() > PATIENCE {
            return answer.into_data(document);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn at_the_end(business: &Business) -> String {
    let head = business.store.tenant_head(business.tenant_id).await;
    format!("asOf: {{ position: \"{}\" }}", head.unwrap().0)
}

#[test]
fn whom_the_tenant_erased_is_erased_in_the_past_and_what_they_did_is_still_there() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        let client = seed_client(&owner, &mut words).await;
        let invite = json!({ "email": words.address("Invited"), "role": "MEMBER" });
        let invited = owner.mutate("memberInvite", invite, "member { id }").await;
        let question = Question::about(&owner, &client, &invited["member"]["id"]).await;
        let before = at_the_end(&business).await;
        let live = question.answers(&owner, "").await;
        let shown = question.answers(&owner, &before).await;
        assert_eq!(shown, live);
        assert!(!words.found_in(&json!(shown).to_string()).is_empty());
        let others = question.others(&owner, &before).await;
        assert!(!words.found_in(&others).is_empty());

        erase(&owner, &client).await;
        erase(&owner, &invited["member"]["id"]).await;

        // As it was then, but for the person.
        let then = question.answers(&owner, &before).await;
        let text = json!(then).to_string() + &question.others(&owner, &before).await;
        assert_eq!(words.found_in(&text), [""; 0]);
        let [things, lists] = &then;
        assert_eq!(things["client"]["id"], client);
        assert_eq!(things["client"]["name"], "erased");
        assert_eq!(things["member"]["email"], "erased@erased.invalid");
        assert_eq!(things["member"]["status"], "INVITED");
        for (place, plain) in [
            ("/invoice/number", &things["invoice"]["number"]),
            ("/invoice/total", &things["invoice"]["total"]),
            ("/invoice/outstanding", &things["invoice"]["outstanding"]),
            ("/client/balances", &things["client"]["balances"]),
            ("/client/version", &things["client"]["version"]),
        ] {
            assert_eq!(Some(plain), live[0].pointer(place), "{place}");
        }
        assert_eq!(lists["receivables"], live[1]["receivables"]);
        for list in ["clients", "invoices", "consents", "members"] {
            let (now, then) = (&lists[list]["totalCount"], &live[1][list]["totalCount"]);
            assert_eq!(now, then, "{list}");
        }
        assert_eq!(lists["clients"]["nodes"], json!([things["client"]]));
        let listed = lists["invoices"]["nodes"].as_array().unwrap();
        assert!(listed.contains(&things["invoice"]), "{lists}");
        // From then on it is what is live, of single things and of lists alike.
        let end = at_the_end(&business).await;
        let after = question.answers(&owner, &end).await;
        assert_eq!(after, question.answers(&owner, "").await);
        assert_eq!(after[0]["client"], Value::Null);
        let text = json!(after).to_string() + &question.others(&owner, &end).await;
        assert_eq!(words.found_in(&text), [""; 0]);
        app.stop().await;
    });
}

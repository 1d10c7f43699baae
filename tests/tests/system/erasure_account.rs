//! Is somebody who erased their account known anywhere: in the database, in files, in what processes
//! say?
//!
//! They came by the ways that everybody comes, through processes that say all they can, and left a
//! word in each place where a person can leave one.

use std::net::Ipv6Addr;

use daybook_domain::tenancy::public::Role;
use daybook_store::Store;
use daybook_tests::{Answer, Business, Client, fresh_id, run, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::erasure::{Words, dump, erase, files};
use crate::erasure_killed::Stage;

/// Somebody as they know themselves.
struct Person {
    email: String,
    password: String,
    device: String,
    /// Of the network it is in, as a proxy tells.
    address: String,
    /// How they are signed in.
    client: Client,
}

async fn mailed_token(store: &Store, email: &str) -> String {
    let mails = store.outbox().newest(Some(email), 50).await.unwrap();
    let lines = |text: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix("Token: ").map(str::to_owned))
    };
    let mut tokens = mails.iter().filter_map(|kept| lines(&kept.mail.text));
    tokens.next().unwrap()
}

/// An address that nobody else has, each group of four digits.
fn network_address() -> String {
    let bits = fresh_id().as_u128();
    let group = |place: u32| u16::try_from((bits >> (16 * place)) & 0xfff).unwrap() | 0x1000;
    let [a, b, c, d] = [0, 1, 2, 3].map(group);
    Ipv6Addr::new(0x2001, 0xdb8, 0x1000, 0x1000, a, b, c, d).to_string()
}

async fn posts(base: &Client, path: &str, body: Value, status: u16) -> Answer {
    let answer = base.post(path, &body).await;
    assert_eq!(answer.status, status, "{path}: {}", answer.text);
    answer
}

impl Person {
    /// Signs up, verifies, and signs in from a device of its own.
    async fn comes(stage: &Stage, words: &mut Words) -> Self {
        let client = Client::new(&format!("http://{}", stage.address), None);
        let mut person = Self {
            email: words.address("Email"),
            password: words.word("Password"),
            device: words.word("Device"),
            address: words.add(network_address()),
            client,
        };
        let name = words.word("Name");
        let body = json!({ "email": person.email, "password": person.password, "name": name });
        posts(&person.client, "/auth/signup", body, 202).await;
        let token = mailed_token(&stage.store, &person.email).await;
        posts(
            &person.client,
            "/auth/verify-email",
            json!({ "token": token }),
            204,
        )
        .await;
        person.client = person.signs_in(None).await;
        person
    }

    async fn signs_in(&self, tenant: Option<&str>) -> Client {
        let body = json!({ "email": self.email, "password": self.password, "tenant": tenant });
        let stranger = Client::new(&self.client.base, None);
        let request = stranger.request(Method::POST, "/auth/login");
        let request = request
            .header("user-agent", &self.device)
            .header("x-forwarded-for", &self.address)
            .json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        Client::new(&self.client.base, answer["accessToken"].as_str())
    }

    /// Takes a place in a business; the member.
    async fn joins(&self, business: &Business, store: &Store) -> Value {
        let owner = Client::new(&self.client.base, Some(&business.key().await));
        let invite = json!({ "email": self.email, "role": "MEMBER" });
        owner.mutate("memberInvite", invite, "member { id }").await;
        let accept = json!({ "token": mailed_token(store, &self.email).await });
        let joined = self
            .client
            .mutate("invitationAccept", accept, "member { id }")
            .await;
        joined["member"]["id"].clone()
    }

    /// Everything that leaves a trace of somebody.
    async fn lives(&self, stage: &Stage, words: &mut Words) {
        let elsewhere = Business::found(&stage.store, &[Role::Owner]).await;
        self.joins(&stage.business, &stage.store).await;
        let left = self.joins(&elsewhere, &stage.store).await;
        let owner = Client::new(&self.client.base, Some(&elsewhere.key().await));
        let remove = json!({ "memberId": left });
        owner.mutate("memberRemove", remove, "member { id }").await;
        let there = self.signs_in(Some(&stage.business.subdomain)).await;
        let there = there.coming_from(&self.address);
        let profile = json!({ "commandId": fresh_id(), "name": words.word("Renamed") });
        let rename = "mutation($input: UserUpdateProfileInput!) { \
                      userUpdateProfile(input: $input) { userErrors { code } } }";
        let renamed = there.data(rename, json!({ "input": profile })).await;
        assert_eq!(renamed["userUpdateProfile"]["userErrors"], json!([]));
        // What goes wrong is logged, too.
        let wrong = json!({ "email": self.email, "password": words.word("Wrong") });
        posts(&self.client, "/auth/login", wrong, 401).await;
        let email = json!({ "email": self.email });
        posts(&self.client, "/auth/reset-password", email, 202).await;
        let garbled = json!({ "email": self.email, "name": 7 });
        assert!(self.client.post("/auth/signup", &garbled).await.status >= 400);
        let unknown = format!("{{ me {{ {} }} }}", words.word("Field"));
        assert_ne!(
            there.ask(&unknown, json!({})).await.body["errors"],
            Value::Null
        );
    }
}

#[test]
fn an_erased_account_is_named_in_no_row_no_file_and_no_log() {
    run(async {
        let mut stage = Stage::set().await;
        let serve = stage.start("serve");
        let worker = stage.start("work");
        let (mut words, mut kept) = (Words::default(), Words::default());
        let person = Person::comes(&stage, &mut words).await;
        person.lives(&stage, &mut words).await;
        let neighbour = Person::comes(&stage, &mut kept).await;
        neighbour.lives(&stage, &mut kept).await;

        let me = "{ me { user { id } memberships { memberId } sessions { id } } }";
        let seen = person.client.data(me, json!({})).await;
        let user = seen["me"]["user"]["id"].clone();
        let export = json!({ "id": user });
        let exported = person
            .client
            .mutate("dataSubjectExport", export, "export")
            .await;
        // The address, both names, the device and where it was are what is kept of somebody; neither a
        // password nor what was only tried.
        let told = words.found_in(&exported["export"].to_string());
        assert_eq!(told.len(), 5, "{told:?}");
        let sessions = person
            .client
            .data("{ me { sessions { address } } }", json!({}));
        let sessions = sessions.await["me"]["sessions"].clone();
        assert_eq!(sessions[0]["address"], json!(person.address));
        assert!(!words.found_in(&dump(&stage.url).await).is_empty());

        erase(&person.client, &user).await;

        let text = dump(&stage.url).await;
        assert_eq!(words.found_in(&text), [""; 0], "still in the database");
        assert!(!kept.found_in(&text).is_empty(), "others are not touched");
        let text = files(stage.data.path());
        assert_eq!(words.found_in(&text), [""; 0], "still in a file");
        let seen = neighbour.client.data(me, json!({})).await;
        assert_eq!(seen["me"]["memberships"].as_array().unwrap().len(), 1);
        until("the session ends", async || {
            person.client.ask(me, json!({})).await.status == 401
        })
        .await;
        stage.ends_silent((&words, &kept), [serve, worker]).await;
        stage.store.close().await;
        drop(stage.server);
    });
}

//! Do the letters of commands reach their readers, whatever happens to us meanwhile?

use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::inside::database;
use crate::process::{Process, ask, daybook, run};
use crate::smtp::{Mood, Received, Server};

const PASSWORD: &str = "seven green lanterns";
const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// An installation that mails to a real server.
struct Stage {
    data: tempfile::TempDir,
    database: String,
    server: Server,
}

impl Stage {
    async fn new() -> Self {
        let stage = Self {
            data: tempfile::tempdir().unwrap(),
            database: database().await,
            server: Server::open(&[Mood::Takes]),
        };
        let migrated = block_in_place(|| run(&mut stage.command("migrate")));
        assert_eq!(migrated.code, Some(0), "{}", migrated.stderr);
        stage
    }

    /// Starts a process that keeps letters, or one that sends them, too.
    fn start(&self, (command, is_sending): (&str, bool)) -> (Process, SocketAddr) {
        let mut command = self.command(command);
        if is_sending {
            let smtp = format!("smtp://127.0.0.1:{}", self.server.port);
            command.env("DAYBOOK_SMTP_URL", smtp);
        }
        let mut process = Process::start(&mut command);
        let address = process.ready();
        (process, address)
    }

    fn command(&self, command: &str) -> Command {
        let mut command = daybook(self.data.path(), &[command]);
        command.env("DATABASE_URL", &self.database);
        command
    }

    /// The token of the letter to somebody that is called so, once it has come.
    async fn token(&self, to: &str, subject: &str) -> String {
        let is_it = |mail: &&Received| mail.to == [to] && mail.header("Subject") == subject;
        for count in 1.. {
            let received = self.server.receives(count).await;
            if let Some(mail) = received.iter().find(is_it) {
                let token = mail
                    .text
                    .lines()
                    .find_map(|line| line.strip_prefix("Token: "));
                return token.unwrap().trim().to_owned();
            }
        }
        unreachable!("the server waits no longer than a minute");
    }
}

/// The status and the body of an answer to a JSON body.
fn post(address: SocketAddr, path: &str, (token, body): (&str, &Value)) -> (u16, Value) {
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\
         authorization: Bearer {token}\r\n\r\n{body}"
    );
    let answer = block_in_place(|| ask(address, &request).unwrap());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[track_caller]
fn rest(address: SocketAddr, path: &str, body: &Value) -> Value {
    let (status, body) = post(address, path, ("", body));
    assert!(status < 300, "{path}: {status} {body}");
    body
}

/// Signs in, to a tenant or to none; the access token.
fn sign_in(address: SocketAddr, (email, password): (&str, &str), tenant: Option<&str>) -> String {
    let body = json!({ "email": email, "password": password, "tenant": tenant });
    let signed_in = rest(address, "/auth/login", &body);
    signed_in["accessToken"].as_str().unwrap().to_owned()
}

/// Does something, again under the same id while the lists are behind.
#[expect(clippy::disallowed_methods, reason = "a client mints its ids")]
#[track_caller]
fn mutate(address: SocketAddr, token: &str, name: &str, mut input: Value) {
    input["commandId"] = json!(Uuid::now_v7());
    let kind = format!("{}{}Input", &name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ message }} }} }}"
    );
    let body = json!({ "query": query, "variables": { "input": input } });
    for _ in 0..10 {
        let (status, answer) = post(address, "/graphql", (token, &body));
        if answer["errors"][0]["extensions"]["code"] == "CONSISTENCY_TIMEOUT" {
            continue;
        }
        let errors = &answer["data"][name]["userErrors"];
        assert!(status == 200 && *errors == json!([]), "{name}: {answer}");
        return;
    }
    panic!("{name}: the lists stay behind");
}

/// Who answered for them is killed before anybody could have sent them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_survive_who_promised_them() {
    let stage = Stage::new().await;
    let (mut keeping, address) = stage.start(("serve", false));
    for email in [ADA, BOB] {
        let sign_up = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
        rest(address, "/auth/signup", &sign_up);
    }
    keeping.kill();

    let (sending, address) = stage.start(("up", true));
    for email in [ADA, BOB] {
        let token = stage.token(email, "Verify your e-mail address").await;
        rest(address, "/auth/verify-email", &json!({ "token": token }));
    }
    let ada = sign_in(address, (ADA, PASSWORD), None);
    let tenant = json!({ "name": "Acme", "subdomain": "acme", "plan": "PROFESSIONAL" });
    mutate(address, &ada, "tenantFound", tenant);
    block_in_place(|| drop(sending));

    let (mut keeping, address) = stage.start(("up", false));
    let ada = sign_in(address, (ADA, PASSWORD), Some("acme"));
    let bob = json!({ "email": BOB, "role": "MANAGER" });
    mutate(address, &ada, "memberInvite", bob);
    rest(address, "/auth/reset-password", &json!({ "email": ADA }));
    keeping.kill();
    assert_eq!(stage.server.received().len(), 2);

    let (_sending, address) = stage.start(("up", true));
    let token = stage.token(BOB, "You are invited to Acme").await;
    let bob = sign_in(address, (BOB, PASSWORD), None);
    mutate(address, &bob, "invitationAccept", json!({ "token": token }));
    sign_in(address, (BOB, PASSWORD), Some("acme"));
    let token = stage.token(ADA, "Reset your password").await;
    let other = "nine purple lanterns";
    let confirm = json!({ "token": token, "password": other });
    rest(address, "/auth/reset-password/confirm", &confirm);
    sign_in(address, (ADA, other), Some("acme"));
    let changed = "Your password was changed";
    let is_it = |mail: &Received| mail.to == [ADA] && mail.header("Subject") == changed;
    assert!(stage.server.receives(5).await.iter().any(is_it));
}

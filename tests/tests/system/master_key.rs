//! Does everything go on while an operator replaces the master key, and what is the old one good for
//! then?
//!
//! With real processes, by the steps of "Replacing the master key" in `docs/operating.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daybook_domain::tenancy::public::Role;
use daybook_tests::{
    Answer, Business, Client, Ended, Process, database, daybook, finished, fresh_id, run,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::Auditor;
use crate::crash::open;

/// 32 bytes of 7, under which the tests' own log seals, and of 8.
const OLD: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NEW: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// A master key, and the other one that a process may have.
type Keys = (&'static str, Option<&'static str>);

/// A database, and the processes that work on it with one master key or with two.
struct Installation {
    url: String,
    data: TempDir,
}

impl Installation {
    fn command(&self, arguments: &[&str], (key, other): Keys) -> std::process::Command {
        let mut variables = vec![
            ("DATABASE_URL", self.url.as_str()),
            ("DAYBOOK_MASTER_KEY", key),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ];
        variables.extend(other.map(|other| ("DAYBOOK_OTHER_MASTER_KEY", other)));
        daybook(self.data.path(), arguments, &variables)
    }

    /// Somebody who answers; where.
    fn serve(&self, keys: Keys) -> (Process, String) {
        let mut process = Process::start(&mut self.command(&["serve"], keys));
        let base = format!("http://{}", process.ready());
        (process, base)
    }

    /// Somebody who seals and posts.
    fn work(&self, keys: Keys) -> Process {
        let mut process = Process::start(&mut self.command(&["work"], keys));
        process.says("ready in ");
        process
    }

    async fn program(&self, arguments: &[&str], keys: Keys) -> Ended {
        finished(self.command(arguments, keys)).await
    }
}

/// A client that was registered: its id, its name, and the position of the event that says so.
struct Registered {
    id: Value,
    name: String,
    position: Value,
}

async fn try_register(owner: &Client, name: &str) -> Answer {
    let selection = "client { id } commit { position }";
    let input = json!({ "name": name });
    owner
        .send(&Client::mutation("clientRegister", input, selection))
        .await
}

async fn register(owner: &Client) -> Registered {
    let name = format!("Name{}", fresh_id().simple());
    let answer = try_register(owner, &name).await;
    let done = &answer.body["data"]["clientRegister"];
    assert!(done["commit"].is_object(), "{}", answer.text);
    Registered {
        id: done["client"]["id"].clone(),
        name,
        position: done["commit"]["position"].clone(),
    }
}

/// What the log says a client is called: the past is read from events, which are sealed.
async fn told(owner: &Client, client: &Registered) -> Answer {
    let document = "query($id: ID!, $position: Position!) { \
                    client(id: $id, asOf: { position: $position }) { name } }";
    let variables = json!({ "id": client.id, "position": client.position });
    owner.ask(document, variables).await
}

async fn assert_told(owner: &Client, clients: &[Registered]) {
    for client in clients {
        let answer = told(owner, client).await;
        let name = &answer.body["data"]["client"]["name"];
        assert_eq!(name, &json!(client.name), "{}", answer.text);
    }
}

/// Registers and looks back without a pause until told to stop: whoever is registered meanwhile.
async fn goes_on(owner: Client, stop: Arc<AtomicBool>) -> Vec<Registered> {
    let mut done = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        done.push(register(&owner).await);
        assert_told(&owner, &done[done.len() - 1..]).await;
    }
    done
}

#[test]
fn a_master_key_is_replaced_while_people_work_and_the_old_one_opens_nothing_then() {
    run(async {
        let installation = Installation {
            url: database().await,
            data: tempfile::tempdir().unwrap(),
        };
        let store = open(&installation.url).await;
        let business = Business::found(&store, &[Role::Owner]).await;
        let key = business.key().await;
        let (old, both, turned, new) =
            ((OLD, None), (OLD, Some(NEW)), (NEW, Some(OLD)), (NEW, None));
        // As it was.
        let (untold, base) = installation.serve(old);
        let worker = installation.work(old);
        let owner = Client::new(&base, Some(&key));
        let mut clients = Vec::new();
        for _ in 0..5 {
            clients.push(register(&owner).await);
        }
        assert_told(&owner, &clients).await;
        // Each anew, with both: the old one first, then the new one. Of each kind one is running
        // while the next one begins.
        drop(worker);
        let worker = installation.work(both);
        let (before, base) = installation.serve(both);
        let elder = owner.at(&base);
        assert_told(&elder, &clients).await;
        clients.push(register(&elder).await);
        drop(worker);
        let worker = installation.work(turned);
        let (after, base) = installation.serve(turned);
        let younger = owner.at(&base);
        clients.push(register(&younger).await);
        clients.push(register(&elder).await);
        for owner in [&elder, &younger] {
            assert_told(owner, &clients).await;
        }
        drop(before);
        let counted = installation.program(&["keys"], turned).await;
        assert!(
            !counted.text.contains(", 0 of them under"),
            "{}",
            counted.text
        );

        // People go on working, and nobody notices.
        let stop = Arc::new(AtomicBool::new(false));
        let rewrapping = async {
            let done = installation.program(&["keys", "rewrap"], turned).await;
            stop.store(true, Ordering::Relaxed);
            done
        };
        let (done, meanwhile) = tokio::join!(rewrapping, goes_on(younger.clone(), stop.clone()));
        assert_eq!(done.code, Some(0), "{}", done.text);
        assert!(
            done.text.contains("1 signing keys were put"),
            "{}",
            done.text
        );
        assert!(!done.text.contains(" 0 keys of people"), "{}", done.text);
        assert!(!meanwhile.is_empty());
        clients.extend(meanwhile);
        let counted = installation.program(&["keys"], turned).await;
        assert!(
            counted.text.contains(", 0 of them under"),
            "{}",
            counted.text
        );
        let again = installation.program(&["keys", "rewrap"], turned).await;
        assert!(
            again.text.contains("0 keys of people and 0 signing"),
            "{}",
            again.text
        );

        // Who runs on with the old one alone reads and writes nothing whose key it has to fetch: to be
        // asked again, not as if somebody was erased or nobody was there.
        let refused = try_register(&owner, "Nobody").await;
        assert_eq!(refused.code(), "OVERLOADED", "{}", refused.text);
        let refused = told(&owner, &clients[6]).await;
        assert_eq!(refused.code(), "OVERLOADED", "{}", refused.text);
        drop((untold, after, worker));

        // The new one alone opens all, and what happened since is sealed and signed by the same key.
        let worker = installation.work(new);
        let (serving, base) = installation.serve(new);
        let owner = owner.at(&base);
        assert_told(&owner, &clients).await;
        clients.push(register(&owner).await);
        assert_told(&owner, &clients).await;
        let auditor = Auditor::with(owner.clone(), &business.subdomain);
        let last: u64 = clients
            .last()
            .unwrap()
            .position
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        auditor.sealed(last).await;
        assert_eq!(auditor.keys().await.len(), 1);
        drop((worker, serving));

        // The old one alone, or before the new one, is not let in again.
        for (arguments, keys) in [
            (&["serve"][..], old),
            (&["work"], old),
            (&["keys", "rewrap"], old),
            (&["keys", "rewrap"], both),
        ] {
            let refused = installation.program(arguments, keys).await;
            assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.text);
            assert!(
                refused.text.contains("the master key does not open"),
                "{arguments:?}: {}",
                refused.text
            );
        }
        let counted = installation.program(&["keys"], new).await;
        assert!(
            counted.text.contains(", 0 of them under"),
            "{}",
            counted.text
        );
        store.close().await;
    });
}

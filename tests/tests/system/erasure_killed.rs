//! Does an erasure that is killed in its middle end like any other, and does no log name anybody?
//!
//! The processes are those of an installation, at debug level. Each person is erased while the
//! process that carries it out, or the one that was asked, is killed at another of its steps.

use std::path::Path;

use daybook_domain::tenancy::public::Role;
use daybook_postgres::testing::{Server, private};
use daybook_store::{Database, Store};
use daybook_tests::{Business, Client, Process, daybook, fresh_id, is_alive, run, signal, until};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::crash::{free_address, keep_master_key, open};
use crate::erasure::{SUBJECT, Words, dump, files, seed_client};
use crate::export::attack;

/// When a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The event is in the log, and nothing else may have happened.
    Decided,
    /// The journal has the person.
    Written,
    /// The key is gone.
    KeyDestroyed,
    /// The read models have passed the event.
    Posted,
}

/// An installation of two processes, on a server of its own.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) url: String,
    pub(crate) store: Store,
    pub(crate) business: Business,
    pub(crate) data: TempDir,
    pub(crate) address: String,
    /// All processes there were: what they said is read at the end.
    pub(crate) processes: Vec<Process>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let server = private();
        let url = server.socket_url("killed");
        let database = Database::from_url(&url).unwrap();
        assert!(database.create_where_missing().await.unwrap());
        let store = open(&url).await;
        let data = tempfile::tempdir().unwrap();
        keep_master_key(data.path());
        let business = Business::found(&store, &[Role::Owner]).await;
        Self {
            server,
            url,
            store,
            business,
            data,
            address: free_address(),
            processes: Vec::new(),
        }
    }

    /// Starts one; its place among the processes. Every other one writes its log as JSON.
    pub(crate) fn start(&mut self, duty: &str) -> usize {
        let format = ["pretty", "json"][self.processes.len() % 2];
        let variables = [
            ("DATABASE_URL", self.url.as_str()),
            ("DAYBOOK_LISTEN", self.address.as_str()),
            ("DAYBOOK_LOG", "debug"),
            ("DAYBOOK_LOG_FORMAT", format),
            ("DAYBOOK_WORKER_PAUSE", "20ms"),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
            ("DAYBOOK_TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let mut process = Process::start(&mut daybook(self.data.path(), &[duty], &variables));
        process.says("ready in ");
        self.processes.push(process);
        self.processes.len() - 1
    }

    pub(crate) async fn owner(&self) -> Client {
        let base = format!("http://{}", self.address);
        Client::new(&base, Some(&self.business.key().await))
    }

    async fn is(&self, condition: &str, subject: uuid::Uuid) -> bool {
        let mut admin = PgConnection::connect(&self.url).await.unwrap();
        let query = format!("select {condition}");
        sqlx::query_scalar(&query)
            .bind(subject)
            .fetch_one(&mut admin)
            .await
            .unwrap()
    }

    /// Waits until somebody's erasure has come so far.
    async fn reaches(&self, moment: Moment, subject: uuid::Uuid) {
        let journal = self.data.path().join("erasures.jsonl");
        until(&format!("{moment:?}"), async || match moment {
            Moment::Decided => {
                let decided = "exists (select from daybook.events where stream_id = $1 \
                               and event_type = 'crm.client.erased')";
                self.is(decided, subject).await
            }
            Moment::Written => {
                let written = std::fs::read_to_string(&journal).unwrap_or_default();
                written.contains(&subject.to_string())
            }
            Moment::KeyDestroyed => {
                let destroyed = "exists (select from keys.subject_keys where subject = $1 \
                                 and destroyed_at is not null)";
                self.is(destroyed, subject).await
            }
            Moment::Posted => {
                let posted = "not exists (select from daybook.crm_clients t \
                              where t.id = $1 and t::text like '%Zq%')";
                self.is(posted, subject).await
            }
        })
        .await;
    }

    /// Ends these processes; what all of them said names neither who was erased nor who stays.
    pub(crate) async fn ends_silent(
        &mut self,
        (erased, kept): (&Words, &Words),
        processes: [usize; 2],
    ) {
        for process in processes {
            self.processes[process].interrupt();
            assert_eq!(self.processes[process].ends().code(), Some(0));
        }
        let logs = self.logs().await;
        assert!(logs.contains("somebody was erased"), "{logs}");
        assert!(logs.contains("DEBUG"), "at debug level");
        assert_eq!(erased.found_in(&logs), [""; 0], "logs are about nobody");
        assert_eq!(kept.found_in(&logs), [""; 0], "not even about who stays");
    }

    /// What all of them said, and the server.
    pub(crate) async fn logs(&mut self) -> String {
        let mut admin = PgConnection::connect(&self.url).await.unwrap();
        let directory: String = sqlx::query_scalar("show data_directory")
            .fetch_one(&mut admin)
            .await
            .unwrap();
        let log = Path::new(&directory).join("../../server.log");
        let mut text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("ready to accept connections"), "{text}");
        for process in &mut self.processes {
            text.push_str(&process.log());
        }
        text
    }
}

async fn status(owner: &Client, id: &Value) -> Value {
    let document = "query($id: ID!) { dataSubject(id: $id) { status } }";
    let body = json!({ "query": document, "variables": { "id": id } });
    match owner.try_send(&body).await {
        Ok(answer) => answer.body["data"]["dataSubject"]["status"].clone(),
        Err(_) => Value::Null,
    }
}

fn stream_of(id: &Value) -> uuid::Uuid {
    let id = id.as_str().unwrap();
    id.strip_prefix("client_").unwrap().parse().unwrap()
}

#[test]
fn a_killed_process_leaves_nobody_half_erased_and_no_log_names_anybody() {
    run(async {
        let mut stage = Stage::set().await;
        let mut serve = stage.start("serve");
        let mut worker = stage.start("work");
        let owner = stage.owner().await;
        let (mut words, mut kept) = (Words::default(), Words::default());
        let mut people = Vec::new();
        for _ in 0..5 {
            people.push(seed_client(&owner, &mut words).await);
        }
        let stays = seed_client(&owner, &mut kept).await;
        // The server refuses something that has personal values in it.
        let external = words.word("Twice");
        let twice = || json!({ "name": "Twin", "externalId": external, "commandId": fresh_id() });
        let first = owner
            .mutate("clientRegister", twice(), "client { id }")
            .await;
        let refused = owner.attempt("clientRegister", twice(), "").await;
        assert_ne!(refused["userErrors"], json!([]), "{refused}");
        people.push(first["client"]["id"].clone());

        let moments = [
            Moment::Decided,
            Moment::Written,
            Moment::KeyDestroyed,
            Moment::Posted,
        ];
        for (moment, id) in moments.into_iter().zip(&people) {
            let body = Client::mutation("dataSubjectErase", json!({ "id": id }), SUBJECT);
            let killed = stage.processes[worker].id();
            let killing = async {
                stage.reaches(moment, stream_of(id)).await;
                signal("-KILL", killed);
            };
            let (asked, ()) = tokio::join!(owner.try_send(&body), killing);
            let answer = asked.unwrap();
            let state = &answer.body["data"]["dataSubjectErase"]["dataSubject"]["status"];
            assert!(
                state == "ERASING"
                    || answer.code() == "CONSISTENCY_TIMEOUT"
                    || moment == Moment::Posted,
                "{moment:?}: {}",
                answer.text
            );
            until("the end", async || !is_alive(killed)).await;
            worker = stage.start("work");
        }
        // The one who was asked dies: the person is erased all the same.
        let body = Client::mutation("dataSubjectErase", json!({ "id": people[4] }), SUBJECT);
        let asking = owner.try_send(&body);
        let killing = async {
            stage.reaches(Moment::Decided, stream_of(&people[4])).await;
            signal("-KILL", stage.processes[serve].id());
        };
        let (asked, ()) = tokio::join!(asking, killing);
        drop(asked);
        serve = stage.start("serve");
        let last = Client::mutation("dataSubjectErase", json!({ "id": people[5] }), SUBJECT);
        owner.send(&last).await;
        // A minute later: what a dead process had claimed may be claimed again.
        attack(
            &stage.url,
            "update timers set leased_until = now() where leased_until > now()",
        )
        .await;
        for id in &people {
            until("everybody is erased", async || {
                status(&owner, id).await == "ERASED"
            })
            .await;
        }

        assert_eq!(words.found_in(&dump(&stage.url).await), [""; 0]);
        assert_eq!(words.found_in(&files(stage.data.path())), [""; 0]);
        let one = "query($id: ID!) { client(id: $id) { name } }";
        let there = owner.data(one, json!({ "id": stays })).await;
        assert_eq!(kept.found_in(&there.to_string()).len(), 1);
        stage.ends_silent((&words, &kept), [serve, worker]).await;
        stage.store.close().await;
        drop(stage.server);
    });
}

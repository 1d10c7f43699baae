//! An installation of real processes on a database of its own.

use std::time::Duration;

use daybook_domain::tenancy::public::Role;
use daybook_store::Store;
use daybook_tests::{Business, Client, Ended, Process, database, daybook, fresh_id, until};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::backup::program;
use crate::crash::{keep_master_key, open};

/// A database with a business in it, and the processes of an installation that work on it.
pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) data: TempDir,
    pub(crate) store: Store,
    pub(crate) business: Business,
    pub(crate) running: Vec<Process>,
    pub(crate) owner: Client,
}

impl Stage {
    /// With these processes, the last of which answers.
    pub(crate) async fn set(duties: &[&str]) -> Self {
        let url = database().await;
        let store = open(&url).await;
        let data = tempfile::tempdir().unwrap();
        keep_master_key(data.path());
        let business = Business::found(&store, &[Role::Owner, Role::Member]).await;
        let mut stage = Self {
            owner: Client::new("", None),
            running: Vec::new(),
            url,
            data,
            store,
            business,
        };
        for duty in duties {
            stage.start(duty).await;
        }
        stage.do_business().await;
        stage
    }

    /// Starts another process; the owner signs in where it answers.
    pub(crate) async fn start(&mut self, duty: &str) {
        let variables = [
            ("DATABASE_URL", self.url.as_str()),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ];
        let mut process = Process::start(&mut daybook(self.data.path(), &[duty], &variables));
        if duty == "work" {
            process.says("ready in ");
        } else {
            let base = format!("http://{}", process.ready());
            self.owner = self.business.sign_in(&base, Role::Owner).await;
        }
        self.running.push(process);
    }

    /// A client with a note and a bill, and somebody who is invited: mail and timers follow.
    pub(crate) async fn do_business(&self) -> Value {
        let owner = &self.owner;
        let name = json!({ "name": "Ada" });
        let made = owner.mutate("clientRegister", name, "client { id }").await;
        let client = made["client"]["id"].clone();
        let note = json!({ "clientId": client, "text": "prefers mail" });
        owner.mutate("clientAddNote", note, "client { id }").await;
        let line = json!({ "description": "Lamp", "quantity": "2", "unitPrice": "10" });
        let bill = json!({ "clientId": client, "lines": [line] });
        owner.mutate("invoiceIssue", bill, "invoice { id }").await;
        let email = format!("{}@example.com", fresh_id().simple());
        let guest = json!({ "email": email, "role": "GUEST" });
        owner.mutate("memberInvite", guest, "member { id }").await;
        client
    }

    pub(crate) fn tenant(&self) -> String {
        self.business.tenant_id.to_string()
    }

    pub(crate) async fn program(&self, arguments: &[&str]) -> Ended {
        program(&self.url, self.data.path(), arguments).await
    }

    pub(crate) async fn replay(&self, arguments: &[&str]) -> Ended {
        let tenant = self.tenant();
        let all = [&["replay", "--tenant", &tenant], arguments].concat();
        self.program(&all).await
    }

    pub(crate) async fn administrator(&self) -> PgConnection {
        let mut admin = PgConnection::connect(&self.url).await.unwrap();
        admin.execute("set search_path = daybook").await.unwrap();
        admin
    }

    /// Everything that leaves the house or happens by itself, and all that was ever recorded.
    pub(crate) async fn effects(&self) -> Vec<String> {
        let mut admin = self.administrator().await;
        let mut all = Vec::new();
        for table in ["mail", "timers", "audit_export_jobs", "commands", "events"] {
            let rows = format!("select '{table} ' || t::text from {table} t order by 1");
            let rows: Vec<String> = sqlx::query_scalar(&rows)
                .fetch_all(&mut admin)
                .await
                .unwrap();
            assert!(!rows.is_empty() || table == "audit_export_jobs", "{table}");
            all.extend(rows);
        }
        all
    }

    /// Waits until what follows from the business by itself has happened.
    pub(crate) async fn rests(&self) -> Vec<String> {
        until("rest", async || {
            let before = self.effects().await;
            // Nothing says that nothing more will come: that is what half a second of quiet is for.
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.effects().await == before
        })
        .await;
        self.effects().await
    }

    /// What is kept of rebuilt rows, by name.
    pub(crate) async fn left_over(&self) -> Vec<String> {
        let left = "select 'vantage of ' || code from vantages \
            union all select 'reader ' || name from readers where generation < 0 \
            union all select nspname from pg_namespace where nspname ~ '^daybook_scratch_' \
            union all select 'clients' from crm_clients where generation < 0 \
            union all select 'invoices' from invoicing_invoices where generation < 0";
        let mut admin = self.administrator().await;
        let found = sqlx::query_scalar(left).fetch_all(&mut admin);
        found.await.unwrap()
    }

    /// The client of the business that was done at first.
    pub(crate) async fn first_client(&self) -> Value {
        let document = "{ clients(first: 1) { nodes { id } } }";
        self.owner.data(document, json!({})).await["clients"]["nodes"][0]["id"].clone()
    }

    /// How many clients there are.
    pub(crate) async fn clients(&self) -> Value {
        let document = "{ clients { totalCount } }";
        self.owner.data(document, json!({})).await["clients"]["totalCount"].clone()
    }
}

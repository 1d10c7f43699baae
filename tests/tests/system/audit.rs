//! Can an auditor who trusts nobody check a tenant's history over HTTP, and nobody else's?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::{Note, PublicKey};
use daybook_audit::proof::Proof;
use daybook_audit::tile::{Tile, changed};
use daybook_audit::tree::{Frontier, Hash, Head, leaf_hash, verify_consistency};
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::HistoryFilter;
use daybook_tests::{
    Answer, Business, Client, PATIENCE, Process, TestApp, database, daybook, fresh_id, run, shared,
    until,
};
use sqlx::{Connection, Executor, PgConnection};

/// An auditor, with a key that may read the trail and nothing else.
pub(crate) struct Auditor {
    client: Client,
    tenant: String,
}

impl Auditor {
    pub(crate) async fn of(app: &TestApp, business: &Business) -> Self {
        let key = business
            .key_for(BTreeSet::from([Permission::AuditRead]))
            .await;
        Self {
            client: app.client(&key),
            tenant: business.subdomain.clone(),
        }
    }

    /// Somebody who may read the trail of a tenant.
    pub(crate) fn with(client: Client, tenant: &str) -> Self {
        Self {
            client,
            tenant: tenant.to_owned(),
        }
    }

    pub(crate) async fn ask(&self, path: &str) -> Answer {
        self.client
            .get(&format!("/audit/{}/{path}", self.tenant))
            .await
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.ask(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    async fn bytes(&self, path: &str) -> Vec<u8> {
        let path = format!("/audit/{}/{path}", self.tenant);
        let request = self.client.request(reqwest::Method::GET, &path);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn keys(&self) -> Vec<PublicKey> {
        let text = self.text("keys").await;
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The newest checkpoint, believed.
    pub(crate) async fn checkpoint(&self) -> Checkpoint {
        let note: Note = self.text("checkpoint").await.parse().unwrap();
        Checkpoint::verified(&note, &self.keys().await).unwrap()
    }

    /// Waits until this many events are sealed.
    pub(crate) async fn sealed(&self, events: u64) -> Checkpoint {
        until("the seal", async || {
            let answer = self.ask("checkpoint").await;
            let size = answer.text.lines().nth(1).unwrap_or_default();
            answer.status == 200 && size.parse::<u64>().unwrap() >= events
        })
        .await;
        self.checkpoint().await
    }

    /// The proof of consistency between two sizes.
    pub(crate) async fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        let text = self.text(&format!("consistency?from={from}&to={to}")).await;
        let (head, checkpoint) = text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some(format!("old {from}").as_str()));
        let note: Note = checkpoint.parse().unwrap();
        let newer = Checkpoint::verified(&note, &self.keys().await).unwrap();
        assert_eq!(newer.size, to);
        let hashes = lines.map(|line| STANDARD.decode(line).unwrap().try_into().unwrap());
        hashes.collect()
    }
}

pub(crate) async fn events(business: &Business) -> Vec<daybook_store::Recorded> {
    let filter = HistoryFilter::default();
    let history = business
        .store
        .history(business.tenant_id, 0, &filter, 5_000);
    history.await.unwrap().events
}

#[test]
fn every_proof_that_is_fetched_verifies() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(app, &business).await;
        let first = auditor.sealed(3).await;
        assert_eq!(
            first.origin,
            format!("localhost/audit/{}", business.tenant_id)
        );
        for n in 0..300 {
            business.register(&format!("Client {n}")).await;
        }
        let recorded = events(&business).await;
        let last = auditor.sealed(recorded.len() as u64).await;
        let keys = auditor.keys().await;
        for event in recorded.iter().step_by(7).chain(recorded.last()) {
            let id = event.event_id;
            let proof: Proof = auditor
                .text(&format!("proof?event={id}"))
                .await
                .parse()
                .unwrap();
            let leaf = leaf_hash(&daybook_store::leaf_of(event));
            let checkpoint = proof.verify(&leaf, &first.origin, &keys).unwrap();
            assert!(checkpoint.size >= last.size);
        }
        let proof = auditor.consistency(first.size, last.size).await;
        verify_consistency(&first.head(), &last.head(), &proof).unwrap();
        // The tree from its leaves, as whoever trusts nobody computes it.
        let mut tree = Frontier::default();
        let mut leaves: BTreeMap<u64, Hash> = BTreeMap::new();
        for tile in changed(0, last.size) {
            let hashes = auditor.bytes(&tile.to_string()).await;
            assert_eq!(hashes.len(), tile.bytes());
            if tile.level() > 0 {
                continue;
            }
            let path = tile.to_string().replacen("tile/0/", "tile/entries/", 1);
            let mut bundle = auditor.bytes(&path).await;
            for (n, hash) in hashes.as_chunks::<32>().0.iter().enumerate() {
                let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
                let rest = bundle.split_off(2 + length);
                assert_eq!(leaf_hash(&bundle[2..]), *hash);
                bundle = rest;
                leaves.insert(tile.index() * 256 + n as u64, *hash);
            }
            assert!(bundle.is_empty());
        }
        tree.extend(leaves.into_values());
        let head = Head {
            size: tree.size(),
            root: tree.root(),
        };
        assert_eq!(head, last.head());
    });
}

#[test]
fn answers_say_what_they_are_and_how_long_they_keep() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        for n in 0..260 {
            business.register(&format!("Client {n}")).await;
        }
        let auditor = Auditor::of(app, &business).await;
        let size = auditor.sealed(260).await.size;
        let partial = Tile::in_tree(0, 1, size).unwrap().to_string();
        for (path, kind, cache) in [
            ("checkpoint", "text/plain; charset=utf-8", "no-store"),
            ("keys", "text/plain; charset=utf-8", "no-store"),
            (
                "tile/0/000",
                "application/octet-stream",
                "private, max-age=31536000, immutable",
            ),
            (&partial, "application/octet-stream", "private, max-age=60"),
            (
                "tile/0/000.p/5",
                "application/octet-stream",
                "private, max-age=60",
            ),
        ] {
            let path = format!("/audit/{}/{path}", business.subdomain);
            let request = auditor.client.request(reqwest::Method::GET, &path);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            assert_eq!(answer.headers()["content-type"], kind, "{path}");
            assert_eq!(answer.headers()["cache-control"], cache, "{path}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        }
        let problems = [
            (format!("proof?event={}", fresh_id()), 404, "NOT_FOUND"),
            ("proof?event=x".to_owned(), 400, "BAD_REQUEST"),
            ("proof".to_owned(), 400, "BAD_REQUEST"),
            ("consistency?from=a".to_owned(), 400, "BAD_REQUEST"),
            ("consistency?from=9999".to_owned(), 400, "BAD_REQUEST"),
            ("consistency?from=1&to=9999".to_owned(), 404, "NOT_FOUND"),
            ("tile/0/999".to_owned(), 404, "NOT_FOUND"),
            ("tile/9/000".to_owned(), 404, "NOT_FOUND"),
            ("tile/0/001".to_owned(), 404, "NOT_FOUND"),
            ("tile/0/../../x".to_owned(), 404, "NOT_FOUND"),
        ];
        for (path, status, code) in problems {
            let answer = auditor.ask(&path).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text);
            assert_eq!(answer.body["code"], code, "{path}");
        }
        let posted = auditor
            .client
            .post(
                &format!("/audit/{}/checkpoint", business.subdomain),
                &serde_json::json!({}),
            )
            .await;
        assert_eq!((posted.status, posted.header("allow")), (405, "GET,HEAD"));
    });
}

#[test]
fn only_who_may_reads_and_another_tenant_is_as_one_that_does_not_exist() {
    run(async {
        let app = shared().await;
        let roles = [Role::Owner, Role::Admin, Role::Manager, Role::Guest];
        let ours = Business::found(app.store(), &roles).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(app, &ours).await;
        auditor.sealed(1).await;
        let theirs_auditor = Auditor::of(app, &theirs).await;
        theirs_auditor.sealed(1).await;
        let names = |business: &Business| {
            let id = business.tenant_id.0;
            [
                business.subdomain.clone(),
                id.to_string(),
                format!("tenant_{}", id.simple()),
            ]
        };
        for name in names(&ours) {
            let answer = auditor
                .client
                .get(&format!("/audit/{name}/checkpoint"))
                .await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        }
        let event = events(&theirs).await[0].event_id;
        let id = fresh_id();
        let nowhere = [
            format!("t{}", id.simple()),
            id.to_string(),
            format!("tenant_{}", id.simple()),
        ];
        for path in ["checkpoint", "keys", "tile/0/000.p/1", "consistency?from=1"] {
            for (theirs, nobodys) in names(&theirs).iter().zip(&nowhere) {
                let theirs = auditor.client.get(&format!("/audit/{theirs}/{path}")).await;
                let nobodys = auditor
                    .client
                    .get(&format!("/audit/{nobodys}/{path}"))
                    .await;
                assert_eq!(theirs.status, 404, "{path}");
                assert_eq!(theirs.shape(""), nobodys.shape(""), "{path}");
            }
        }
        let unknown = auditor.ask(&format!("proof?event={event}")).await;
        assert_eq!(unknown.status, 404);
        // Roles and keys.
        for (role, status) in [
            (Role::Owner, 200),
            (Role::Admin, 200),
            (Role::Manager, 403),
            (Role::Guest, 403),
        ] {
            let client = ours.sign_in(&app.base, role).await;
            let answer = client
                .get(&format!("/audit/{}/checkpoint", ours.subdomain))
                .await;
            assert_eq!(answer.status, status, "{role}: {}", answer.text);
        }
        let key = ours
            .key_for(BTreeSet::from([Permission::ClientsRead]))
            .await;
        let answer = app
            .client(&key)
            .get(&format!("/audit/{}/keys", ours.subdomain))
            .await;
        assert_eq!(answer.status, 403);
        let answer = app
            .stranger()
            .get(&format!("/audit/{}/keys", ours.subdomain))
            .await;
        assert_eq!(answer.status, 401);
        // The auditor's key opens nothing else.
        let answer = auditor
            .client
            .graphql(&serde_json::json!({ "query": "{ clients { nodes { id } } }" }));
        let answer = answer.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("FORBIDDEN"), "{answer}");
    });
}

#[test]
fn the_checkpoint_is_kept_in_the_data_directory_and_with_the_anchors() {
    run(async {
        let anchor = tempfile::tempdir().unwrap();
        let setup = daybook_tests::Setup::default();
        let path = anchor.path().to_str().unwrap().to_owned();
        let (url, mut posted) = listener().await;
        let setup = setup
            .with("DAYBOOK_ANCHOR_DIRECTORY", &path)
            .with("DAYBOOK_ANCHOR_URL", &url)
            .with("DAYBOOK_AUDIT_HOST", "books.example");
        let app = setup.start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(&app, &business).await;
        let size = events(&business).await.len() as u64;
        let last = auditor.sealed(size).await;
        assert_eq!(
            last.origin,
            format!("books.example/audit/{}", business.tenant_id)
        );
        let note = auditor.text("checkpoint").await;
        let name = business.tenant_id.to_string();
        for directory in [&app.data.path().join("checkpoints"), anchor.path()] {
            until("the copy", async || {
                std::fs::read_to_string(directory.join(&name)).is_ok_and(|kept| kept == note)
            })
            .await;
        }
        // Refused once, it is posted again.
        loop {
            let body = posted.recv().await.unwrap();
            if body.ends_with(&note) {
                break;
            }
        }
        app.stop().await;
    });
}

/// An address that refuses the first post, and what is posted to it.
async fn listener() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", socket.local_addr().unwrap());
    let (sender, posted) = tokio::sync::mpsc::unbounded_channel();
    let serve = async move {
        for n in 0.. {
            let (mut stream, _) = socket.accept().await.unwrap();
            let mut request = Vec::new();
            loop {
                let text = String::from_utf8_lossy(&request).into_owned();
                let length = text
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                let head = text.find("\r\n\r\n");
                if let (Some(length), Some(head)) = (length, head)
                    && request.len() >= head + 4 + length
                {
                    break;
                }
                let mut part = [0; 4_096];
                let read = stream.read(&mut part).await.unwrap();
                request.extend(&part[..read]);
            }
            let status = if n == 0 { "500 No" } else { "204 Yes" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            if n > 0 && sender.send(String::from_utf8(request).unwrap()).is_err() {
                return;
            }
        }
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(serve);
    (url, posted)
}

/// What a command that goes through prints.
fn said(command: &mut std::process::Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_killed_sealer_goes_on_with_the_same_tree() {
    run(async {
        let url = database().await;
        let data = tempfile::tempdir().unwrap();
        crate::crash::keep_master_key(data.path());
        let variables = [("DATABASE_URL", url.as_str())];
        let mut process = Process::start(&mut daybook(data.path(), &["up"], &variables));
        let base = format!("http://{}", process.ready());
        let store = crate::crash::open(&url).await;
        let business = Business::found(&store, &[Role::Owner]).await;
        let key = business
            .key_for(BTreeSet::from([Permission::AuditRead]))
            .await;
        let mut auditor = Auditor {
            client: Client::new(&base, Some(&key)),
            tenant: business.subdomain.clone(),
        };
        let mut last = auditor.sealed(1).await;
        for round in 0..3 {
            // Killed while there is something to seal.
            for n in 0..120 {
                business.register(&format!("Client {round} {n}")).await;
            }
            process.kill();
            process = Process::start(&mut daybook(data.path(), &["up"], &variables));
            let base = format!("http://{}", process.ready());
            auditor.client = auditor.client.at(&base);
            let size = events(&business).await.len() as u64;
            let next = auditor.sealed(size).await;
            let proof = auditor.consistency(last.size, next.size).await;
            verify_consistency(&last.head(), &next.head(), &proof).unwrap();
            last = next;
        }
        // The same tree as in one go.
        let mut tree = Frontier::default();
        for event in events(&business).await {
            tree.append(event.leaf_hash.try_into().unwrap());
        }
        assert_eq!(last.root, tree.root());
        let checked = said(&mut daybook(data.path(), &["audit", "check"], &variables));
        assert!(
            checked.contains("are what was recorded and sealed"),
            "{checked}"
        );
        let listed = said(&mut daybook(data.path(), &["audit", "keys"], &variables));
        assert_eq!(listed.lines().count(), 1, "{listed}");
        said(&mut daybook(
            data.path(),
            &["audit", "keys", "rotate", "--reason", "yearly"],
            &variables,
        ));
        // Each tenant's history says so, once.
        let rotations = async |tenant: TenantId| {
            let filter = HistoryFilter {
                types: vec!["audit.seal.*".to_owned()],
                ..HistoryFilter::default()
            };
            store.history(tenant, 0, &filter, 10).await.unwrap().events
        };
        for tenant in [business.tenant_id, TenantId::PLATFORM] {
            let events = rotations(tenant).await;
            let [event] = events.as_slice() else {
                panic!("{events:?}");
            };
            assert_eq!(event.event_type, "audit.seal.key_rotated");
            let request: serde_json::Value = serde_json::from_slice(&event.request).unwrap();
            assert_eq!(request["reason"], "yearly");
        }
        business.register("After the rotation").await;
        auditor.sealed(last.size + 2).await;
        let note: Note = auditor.text("checkpoint").await.parse().unwrap();
        assert_eq!(note.signatures().len(), 2);
        assert_eq!(auditor.keys().await.len(), 2);
        drop(process);
        // As if it had been interrupted: the next process that seals sees to it, and says nothing twice.
        let late = Business::found(&store, &[Role::Owner]).await;
        let mut admin = PgConnection::connect(&url).await.unwrap();
        admin
            .execute("update daybook.audit_keys set noted = false where reason = 'yearly'")
            .await
            .unwrap();
        let mut process = Process::start(&mut daybook(data.path(), &["up"], &variables));
        process.ready();
        let noted = async {
            let open = "select count(*) from daybook.audit_keys where not noted";
            while sqlx::query_scalar::<_, i64>(open)
                .fetch_one(&mut admin)
                .await
                .unwrap()
                > 0
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, noted).await.unwrap();
        for tenant in [late.tenant_id, business.tenant_id] {
            assert_eq!(rotations(tenant).await.len(), 1);
        }
        drop(process);
        // Without its master key no process seals, and none makes another key.
        let key = data.path().join("master.key");
        std::fs::rename(&key, data.path().join("elsewhere")).unwrap();
        let mut process = Process::start(&mut daybook(data.path(), &["up"], &variables));
        assert_eq!(process.ends().code(), Some(2));
        process.says("is missing, and this database has keys");
        assert!(!key.exists());
        let wrong = [
            variables[0],
            (
                "DAYBOOK_MASTER_KEY",
                "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=",
            ),
        ];
        let mut process = Process::start(&mut daybook(data.path(), &["work"], &wrong));
        assert_eq!(process.ends().code(), Some(2));
        process.says("the master key does not open the keys of this database");
        store.close().await;
    });
}

//! Does what was proved before an erasure verify after it?
//!
//! What an auditor took home: a proof of each event, a full archive and a filtered one, checkpoints
//! and the proofs between them. All of it is checked by our verifier and by the one in Python, which
//! share nothing but the format.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::PublicKey;
use daybook_audit::proof::Proof;
use daybook_audit::testing::Twin;
use daybook_audit::tree::{Hash, leaf_hash, verify_consistency};
use daybook_domain::tenancy::public::Role;
use daybook_store::{Recorded, leaf_of};
use daybook_tests::registrations::register;
use daybook_tests::{Business, TestApp, daybook, finished, run};
use tempfile::TempDir;

use crate::audit::Auditor;
use crate::erasure::{Words, erase, files, seed_client};
use crate::export::{Desk, entry, events, sealed};

/// What somebody took home.
struct Home {
    folder: TempDir,
    proofs: Vec<String>,
    keys: Vec<PublicKey>,
    /// An older tree, a newer one, and that the newer continues the older.
    trees: [Checkpoint; 2],
    between: Vec<Hash>,
    full: Desk,
    filtered: Desk,
}

const FILTER: [&str; 2] = ["--types", "crm.*,privacy.*"];

impl Home {
    async fn taken(app: &TestApp, business: &Business) -> Self {
        let auditor = Auditor::of(app, business).await;
        let older = auditor.sealed(3).await;
        let folder = tempfile::tempdir().unwrap();
        let note = auditor.text("checkpoint").await;
        fs::write(folder.path().join("checkpoint"), note).unwrap();
        register(&business.store, business.tenant_id, 300).await;
        let newer = auditor.sealed(sealed(business).await).await;
        let mut proofs = Vec::new();
        for event in events(business).await {
            let path = format!("proof?event={}", event.event_id);
            proofs.push(auditor.text(&path).await);
        }
        let between = auditor.consistency(older.size, newer.size).await;
        let keys = auditor.text("keys").await;
        fs::write(folder.path().join("keys"), &keys).unwrap();
        let (full, filtered) = (Desk::at(app), Desk::at(app));
        for (desk, arguments) in [(&full, &[][..]), (&filtered, &FILTER[..])] {
            let ended = desk.export(&business.subdomain, arguments).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
        Self {
            folder,
            proofs,
            keys: keys.lines().map(|line| line.parse().unwrap()).collect(),
            trees: [older, newer],
            between,
            full,
            filtered,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The proofs hold for what the log has now, whoever looks.
    fn assert_proofs(&self, business: &Business, recorded: &[Recorded]) {
        let origin = format!("localhost/audit/{}", business.tenant_id);
        let mut lines = String::new();
        for (event, text) in recorded.iter().zip(&self.proofs) {
            let leaf = leaf_of(event);
            let proof: Proof = text.parse().unwrap();
            proof
                .verify(&leaf_hash(&leaf), &origin, &self.keys)
                .unwrap();
            let index = event.position - 1;
            let line = [STANDARD.encode(&leaf), STANDARD.encode(text)];
            lines.push_str(&format!("{index} {} {}\n", line[0], line[1]));
        }
        let input = self.path("proofs");
        fs::write(&input, lines).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/audit/verify.py");
        let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
        let said = twin.run(PROOFS, &[script, &input, &self.path("keys")]);
        assert_eq!(said.trim(), self.proofs.len().to_string());
    }

    /// Archives that were made then, or that were made now, hold against what was kept then.
    async fn assert_archive(&self, desk: &Desk, arguments: &[&str]) {
        desk.checked(&self.keys);
        let file = desk.file().display().to_string();
        let keys = self.path("keys");
        let first = ["audit", "verify", &file, "--key", &keys];
        let all = [&first, arguments].concat();
        let ended = finished(daybook(self.folder.path(), &all, &[])).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
        let said = twin.verify(&desk.file(), &all[3..]);
        assert_eq!(
            (said.code, said.result()),
            (Some(0), "result: sound"),
            "{said:?}"
        );
    }
}

/// Proofs as text (`c2sp.org/tlog-proof@v1`), checked with nothing but what `verify.py` has; prints
/// how many there are.
const PROOFS: &str = r#"
import base64, sys
script, proofs, keys = sys.argv[1:]
source = open(script, encoding="utf-8").read()
twin = {"__name__": "twin"}
exec(compile(source[:source.rindex("\nparser = ")], script, "exec"), twin)
keys = [twin["key_of"](line) for line in open(keys, encoding="utf-8").read().splitlines()]
count = 0
for line in open(proofs):
    index, leaf, text = line.split()
    head, _, note = base64.b64decode(text).decode().partition("\n\n")
    kind, at, *hashes = head.split("\n")
    assert kind == "c2sp.org/tlog-proof@v1" and at == "index " + index, head
    note = twin["note_of"](note)
    twin["check_signatures"]("the checkpoint", note, keys)
    node = twin["sha"](b"\0", base64.b64decode(leaf))
    assert twin["root_by"](hashes, int(index), note[3], node) == note[4]
    count += 1
print(count)
"#;

#[test]
fn what_was_proved_before_an_erasure_verifies_after_it() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        let id = seed_client(&owner, &mut words).await;
        let home = Home::taken(&app, &business).await;
        let before = events(&business).await;
        let said = serde_json::to_string(
            &owner
                .data(
                    "{ clients(first: 100) { nodes { name } } }",
                    serde_json::json!({}),
                )
                .await,
        );
        assert!(!words.found_in(&said.unwrap()).is_empty());

        erase(&owner, &id).await;

        let after = events(&business).await;
        assert!(after.len() > before.len());
        // A closed event has the bytes that it always had.
        for (was, is) in before.iter().zip(&after) {
            assert_eq!(leaf_of(was), leaf_of(is));
            assert_eq!((&was.payload, &was.personal), (&is.payload, &is.personal));
        }
        home.assert_proofs(&business, &after);
        let kept = home.path("checkpoint");
        home.assert_archive(&home.full, &["--checkpoint", &kept])
            .await;
        home.assert_archive(&home.filtered, &[]).await;
        assert_eq!(
            words.found_in(&files(home.full.file().parent().unwrap())),
            [""; 0]
        );
        assert_eq!(
            words.found_in(&files(home.filtered.file().parent().unwrap())),
            [""; 0]
        );
        let [older, newer] = &home.trees;
        verify_consistency(&older.head(), &newer.head(), &home.between).unwrap();

        // And what is issued now continues what was issued then.
        let auditor = Auditor::of(&app, &business).await;
        let newest = auditor.sealed(sealed(&business).await).await;
        for then in &home.trees {
            let between = auditor.consistency(then.size, newest.size).await;
            verify_consistency(&then.head(), &newest.head(), &between).unwrap();
        }
        let again = Desk::at(&app);
        let ended = again.export(&business.subdomain, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        home.assert_archive(&again, &["--checkpoint", &kept]).await;
        let lines = [&home.full, &again].map(|it| entry(&it.file(), "events.ndjson"));
        assert!(lines[1].starts_with(&lines[0]), "the same lines, and more");
        let part = Desk::at(&app);
        let ended = part.export(&business.subdomain, &FILTER).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        home.assert_archive(&part, &[]).await;
        app.stop().await;
    });
}

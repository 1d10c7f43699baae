//! Is a person who was erased known anywhere, and does everything else still hold?
//!
//! People are seeded with words that occur nowhere else, in every field that says something about
//! them. After the erasure those words are looked for where an attacker with everything in hand
//! would look: in every table of every schema, in the files Daybook writes, in what it logs, in
//! what any of its processes still answers; as text, in hexadecimal, in base64, packed. The words are
//! letters and digits: escaped for JSON or for an address they are what they were. Of those with others
//! only the end is looked for, which no escape changes.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use daybook::app::Duty;
use daybook_audit::note::PublicKey;
use daybook_audit::proof::Proof;
use daybook_audit::tree::leaf_hash;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::{HistoryFilter, Recorded};
use daybook_tests::{Business, Client, PASSWORD, Setup, TestApp, fresh_id, id_of, run, until};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Words that occur nowhere else.
#[derive(Debug, Default)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// One that is there already, such as an address.
    pub(crate) fn of(word: String) -> Self {
        Self(vec![word])
    }

    /// What is none of ours, such as a network address.
    pub(crate) fn add(&mut self, word: String) -> String {
        self.0.push(word.clone());
        word
    }

    /// A word for a field; long enough to be nobody's by chance.
    pub(crate) fn word(&mut self, field: &str) -> String {
        let bits = fresh_id().simple().to_string();
        let word = format!("Zq{field}{}", &bits[20..]);
        self.0.push(if field.is_ascii() {
            word.clone()
        } else {
            bits[20..].to_owned()
        });
        word
    }

    /// An address, of which the part before the sign is the word.
    pub(crate) fn address(&mut self, field: &str) -> String {
        format!("{}@seeded.example", self.word(field))
    }

    /// Those that occur in a text, in any of the forms in which we write.
    pub(crate) fn found_in(&self, text: &str) -> Vec<String> {
        let (mut plain, mut packed) = (Needles::default(), Needles::default());
        for (index, word) in self.0.iter().enumerate() {
            let small = word.to_lowercase();
            for form in [&small, &hex::encode(word), &hex::encode(&small)] {
                plain.add(index, form.clone());
            }
            for form in [word, &small].into_iter().flat_map(|it| base64_forms(it)) {
                packed.add(index, form);
            }
        }
        let mut found = packed.found_in(text, false);
        found.extend(plain.found_in(text, true));
        found.into_iter().map(|it| self.0[it].clone()).collect()
    }
}

/// Texts that are looked for all at once: there may be a server's whole disk to look through.
#[derive(Debug, Default)]
struct Needles {
    texts: Vec<String>,
    /// Whose each of them is.
    of: Vec<usize>,
}

impl Needles {
    fn add(&mut self, of: usize, text: String) {
        self.texts.push(text);
        self.of.push(of);
    }

    fn found_in(&self, text: &str, ignores_case: bool) -> BTreeSet<usize> {
        let mut search = AhoCorasick::builder();
        let search = search.ascii_case_insensitive(ignores_case);
        let search = search.build(&self.texts).unwrap();
        let matches = search.find_overlapping_iter(text);
        matches.map(|it| self.of[it.pattern().as_usize()]).collect()
    }
}

/// What base64 makes of a word that lies anywhere in something longer, in both alphabets.
fn base64_forms(word: &str) -> Vec<String> {
    let form = |skipped: usize| {
        let padded = [&b"___"[..skipped], word.as_bytes()].concat();
        // Only the letters that depend on nothing before or after the word.
        let from = (skipped * 8).div_ceil(6);
        let until = (skipped + word.len()) * 8 / 6;
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|it| it.encode(&padded)[from..until].to_owned())
    };
    (0..3).flat_map(form).collect()
}

#[test]
fn words_are_found_in_every_form() {
    let mut words = Words::default();
    let word = words.word("Name");
    for text in [
        format!("…{word}…"),
        word.to_uppercase(),
        hex::encode(format!("x{word}y")),
        STANDARD_NO_PAD.encode(format!("{{{word}}}")),
        STANDARD_NO_PAD.encode(format!("ab{word}cd")),
        URL_SAFE_NO_PAD.encode(format!("a{}b", word.to_lowercase())),
        format!("\"na\\u006de\":\"{word}\""),
        format!("?q=a%20{word}%2F"),
    ] {
        assert_eq!(words.found_in(&text), [word.as_str()], "{text}");
    }
    assert!(words.found_in("Zqname").is_empty());
}

/// Every row of every table of every schema, as text; bytes in hexadecimal.
pub(crate) async fn dump(database: &str) -> String {
    let mut connection = PgConnection::connect(database).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables \
         where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    let mut text = String::new();
    for table in tables {
        let rows: Vec<String> = sqlx::query_scalar(&format!("select t::text from {table} t"))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for row in rows {
            text.push_str(&table);
            text.push(' ');
            text.push_str(&row);
            text.push('\n');
        }
    }
    text
}

/// Everything in the files under a directory; what is packed is unpacked as well.
pub(crate) fn files(directory: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&files(&path));
        } else if path.is_file() {
            // Others may be at work: a file may be gone by now.
            let bytes = std::fs::read(&path).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(&bytes));
            if bytes.starts_with(&[0x1f, 0x8b]) {
                let mut unpacked = Vec::new();
                let mut packed = flate2::read::GzDecoder::new(bytes.as_slice());
                packed.read_to_end(&mut unpacked).unwrap();
                text.push_str(&String::from_utf8_lossy(&unpacked));
            }
        }
    }
    text
}

/// A client with a word in every field that says something about it, who did business.
pub(crate) async fn seed_client(owner: &Client, words: &mut Words) -> Value {
    let input = json!({ "key": "nickname", "label": "Nickname", "kind": "TEXT" });
    // Once for each tenant.
    drop(owner.attempt("clientFieldDeclare", input, "").await);
    let registered = json!({
        // Written in several ways, of which each ends as it is.
        "name": words.word("Näme\u{30c6}"),
        "externalId": words.word("External"),
        "email": words.address("Email"),
        "phone": words.word("Phone"),
        "website": format!("https://{}.example", words.word("Website").to_lowercase()),
        "company": words.word("Company"),
        "contact": words.word("Contact"),
        "country": "United Kingdom",
    });
    let client = owner
        .mutate("clientRegister", registered, "client { id }")
        .await;
    let id = client["client"]["id"].clone();
    let changed = json!({
        "clientId": id, "name": words.word("Renamed"), "email": words.address("Moved"),
    });
    owner
        .mutate("clientChangeDetails", changed, "client { id }")
        .await;
    let custom = json!({ "clientId": id, "values": { "nickname": words.word("Nick") } });
    owner
        .mutate("clientSetCustomFields", custom, "client { id }")
        .await;
    let billing = json!({
        "clientId": id,
        "name": words.word("BillingName"),
        "addressLines": [words.word("Street")],
        "postalCode": words.word("Code"),
        "city": words.word("City"),
        "vatNumber": words.word("Vat"),
    });
    owner
        .mutate("clientSetBillingDetails", billing, "client { id }")
        .await;
    let archived = json!({ "clientId": id, "reason": words.word("Archived") });
    owner
        .mutate("clientArchive", archived, "client { id }")
        .await;
    let back = json!({ "clientId": id });
    owner
        .mutate("clientReactivate", back, "client { id }")
        .await;
    let held = json!({ "id": id, "reason": words.word("Held") });
    owner.mutate("dataSubjectHold", held, SUBJECT).await;
    let released = json!({ "id": id });
    owner.mutate("dataSubjectRelease", released, SUBJECT).await;
    let note = json!({ "clientId": id, "text": words.word("Note") });
    owner.mutate("clientAddNote", note, "client { id }").await;
    let consent = json!({
        "clientId": id, "purpose": "news", "wording": words.word("Wording"),
        "source": words.word("Source"),
    });
    let given = owner.mutate("consentGive", consent, "consent { id }").await;
    let withdraw = json!({
        "consentId": given["consent"]["id"], "reason": words.word("Reason"),
    });
    owner
        .mutate("consentWithdraw", withdraw, "consent { id }")
        .await;
    do_business(owner, &id, words).await;
    id
}

/// An invoice that was sent and half paid, one that was credited, a draft, and one that came to nothing.
async fn do_business(owner: &Client, id: &Value, words: &mut Words) {
    let document = |words: &mut Words| {
        json!({
            "clientId": id,
            "notes": words.word("Below"),
            "reference": words.word("Reference"),
            "lines": [{ "description": "Lamp", "quantity": "2", "unitPrice": "12.5" }],
        })
    };
    let issued = owner
        .mutate("invoiceIssue", document(words), "invoice { id }")
        .await;
    let payment = json!({
        "invoiceId": issued["invoice"]["id"], "amount": "10", "receivedOn": "2026-11-20",
        "method": "BANK_TRANSFER", "reference": words.word("Payer"),
    });
    owner
        .mutate("invoiceRecordPayment", payment, "invoice { id }")
        .await;
    owner
        .mutate("invoiceDraft", document(words), "invoice { id }")
        .await;
    let dropped = owner
        .mutate("invoiceDraft", document(words), "invoice { id }")
        .await;
    let cancel = json!({
        "invoiceId": dropped["invoice"]["id"], "reason": words.word("Cancelled"),
    });
    owner
        .mutate("invoiceCancel", cancel, "invoice { id }")
        .await;
    let wrong = owner
        .mutate("invoiceIssue", document(words), "invoice { id }")
        .await;
    let credit = json!({
        "invoiceId": wrong["invoice"]["id"], "reason": words.word("Credited"),
    });
    owner
        .mutate("invoiceCredit", credit, "invoice { id }")
        .await;
}

async fn history(business: &Business) -> Vec<Recorded> {
    let filter = HistoryFilter::default();
    let page = business
        .store
        .history(business.tenant_id, 0, &filter, 5_000)
        .await;
    page.unwrap().events
}

/// A proof of every event of a tenant.
async fn proofs(app: &TestApp, business: &Business) -> (Vec<Proof>, Vec<PublicKey>) {
    let key = business
        .key_for(BTreeSet::from([Permission::AuditRead]))
        .await;
    let auditor = app.client(&key);
    let tenant = &business.subdomain;
    let events = history(business).await;
    let checkpoint = format!("/audit/{tenant}/checkpoint");
    until("the seal", async || {
        let answer = auditor.get(&checkpoint).await;
        let size = answer.text.lines().nth(1).unwrap_or_default();
        answer.status == 200 && size.parse::<usize>().unwrap() >= events.len()
    })
    .await;
    let mut proofs = Vec::new();
    for event in &events {
        let path = format!("/audit/{tenant}/proof?event={}", event.event_id);
        proofs.push(auditor.get(&path).await.text.parse().unwrap());
    }
    let keys = auditor.get(&format!("/audit/{tenant}/keys")).await.text;
    let keys = keys.lines().map(|line| line.parse().unwrap()).collect();
    (proofs, keys)
}

/// Every proof from before verifies against what the log holds now.
async fn assert_proven(business: &Business, (proofs, keys): &(Vec<Proof>, Vec<PublicKey>)) {
    let origin = format!("localhost/audit/{}", business.tenant_id);
    let events = history(business).await;
    assert!(proofs.len() > 3 && events.len() > proofs.len());
    for (event, proof) in events.iter().zip(proofs) {
        let leaf = leaf_hash(&daybook_store::leaf_of(event));
        proof.verify(&leaf, &origin, keys).unwrap();
    }
}

pub(crate) const SUBJECT: &str =
    "dataSubject { id subjectId kind status holdReason basis forgottenAt }";

pub(crate) async fn erase(caller: &Client, id: &Value) -> Value {
    let input = json!({ "id": id });
    let erased = caller.mutate("dataSubjectErase", input, SUBJECT).await;
    assert_eq!(erased["dataSubject"]["status"], "ERASED", "{erased}");
    erased
}

#[test]
fn an_erased_client_is_known_nowhere_and_everything_else_holds() {
    run(async {
        let app = TestApp::start().await;
        let other_node = app.join(Duty::Api).await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let neighbour = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let (mut words, mut kept) = (Words::default(), Words::default());
        let id = seed_client(&owner, &mut words).await;
        let stays = seed_client(&owner, &mut kept).await;
        let theirs = neighbour.sign_in(&app.base, Role::Owner).await;
        seed_client(&theirs, &mut kept).await;
        let before = proofs(&app, &business).await;
        let figures = "{ invoices(first: 10) { nodes { id number total { amount } \
                       outstanding { amount } } } receivables { currency outstanding { amount } } }";
        let figures_before = owner.data(figures, json!({})).await;
        // Whoever has seen the client somewhere else has it in memory there.
        let elsewhere = owner.at(&other_node.base);
        let lists = "{ clients(first: 10) { nodes { id name email notes(first: 5) { nodes { text } } } } \
                     invoices(first: 10) { nodes { clientName notes reference } } \
                     consents(first: 10) { nodes { wording source } } }";
        let seen = elsewhere.data(lists, json!({})).await.to_string();
        assert!(!words.found_in(&seen).is_empty());
        assert!(!words.found_in(&dump(&app.database).await).is_empty());

        erase(&owner, &id).await;

        let text = dump(&app.database).await;
        assert_eq!(words.found_in(&text), [""; 0], "still in the database");
        assert!(!kept.found_in(&text).is_empty(), "others are not touched");
        assert_eq!(
            words.found_in(&files(app.data.path())),
            [""; 0],
            "still in the data directory"
        );
        for node in [&owner, &elsewhere] {
            let seen = node.data(lists, json!({})).await.to_string();
            assert_eq!(words.found_in(&seen), [""; 0]);
            assert!(!kept.found_in(&seen).is_empty());
            let one = "query($id: ID!) { client(id: $id) { id } }";
            let gone = node.data(one, json!({ "id": id })).await;
            assert_eq!(gone["client"], Value::Null);
            let there = node.data(one, json!({ "id": stays })).await;
            assert_eq!(there["client"]["id"], stays);
        }
        assert_eq!(owner.data(figures, json!({})).await, figures_before);
        assert_proven(&business, &before).await;
        let again = json!({ "id": id });
        let again = owner.mutate("dataSubjectErase", again, SUBJECT).await;
        assert_eq!(again["dataSubject"]["status"], "ERASED");
        other_node.stop().await;
        app.stop().await;
    });
}

#[test]
fn a_person_is_handed_everything_about_them() {
    run(async {
        let app = TestApp::start().await;
        let mut business = Business::found(app.store(), &[Role::Owner]).await;
        business.add(Role::Member).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let everything = async |who: &Client, id: &Value| {
            let told = who
                .mutate(
                    "dataSubjectExport",
                    json!({ "id": id }),
                    "export hasMore endPosition",
                )
                .await;
            assert_eq!(told["hasMore"], false);
            told["export"].clone()
        };
        let (mut words, mut others) = (Words::default(), Words::default());
        let client = seed_client(&owner, &mut words).await;
        seed_client(&owner, &mut others).await;
        let held = json!({ "id": client, "reason": words.word("HeldNow") });
        owner.mutate("dataSubjectHold", held, SUBJECT).await;
        let told = everything(&owner, &client).await;
        let done = &told["dataSubject"];
        assert_eq!(done["holdReason"], json!(words.0.last()), "{done}");
        assert!(done["exportedAt"].is_string(), "{done}");
        let told = told.to_string();
        assert_eq!(words.found_in(&told).len(), words.0.len(), "{told}");
        assert_eq!(others.found_in(&told), [""; 0]);

        let mut words = Words::default();
        let invite = json!({ "email": words.address("Invited"), "role": "GUEST" });
        let invited = owner.mutate("memberInvite", invite, "member { id }").await;
        let told = everything(&owner, &invited["member"]["id"]).await;
        assert_eq!(words.found_in(&told.to_string()).len(), 1);

        // Of an account also what happened to its places in tenants.
        let person = business.sign_in(&app.base, Role::Member).await;
        let member = id_of("member", business.members[&Role::Member].member_id);
        let raised = json!({ "memberId": member, "role": "MANAGER" });
        owner
            .mutate("memberChangeRole", raised, "member { id }")
            .await;
        let me = person.data("{ me { user { id } } }", json!({})).await;
        // What happened a moment ago is in it.
        let person = business.sign_in(&app.base, Role::Member).await;
        let told = everything(&person, &me["me"]["user"]["id"]).await;
        assert_eq!(told["sessions"].as_array().unwrap().len(), 2);
        let started = told["events"].as_array().unwrap().iter();
        let started = started.filter(|it| it["type"] == "identity.session.started");
        assert_eq!(started.count(), 2);
        let events = told["memberships"][0]["events"].as_array().unwrap();
        let types: Vec<&str> = events
            .iter()
            .map(|it| it["type"].as_str().unwrap())
            .collect();
        assert_eq!(types.last(), Some(&"tenancy.member.role_changed"));
        assert!(types.contains(&"tenancy.member.joined"), "{types:?}");
        let email = business.members[&Role::Member].email.as_str();
        assert!(events[0].to_string().contains(email), "{events:?}");
        app.stop().await;
    });
}

#[test]
fn an_erased_member_and_user_are_known_nowhere() {
    run(async {
        let app = TestApp::start().await;
        let mut business = Business::found(app.store(), &[Role::Owner]).await;
        business.add(Role::Member).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        // Somebody who is invited and never comes.
        let address = words.address("Invited");
        let invite = json!({ "email": address, "role": "MEMBER" });
        let invited = owner.mutate("memberInvite", invite, "member { id }").await;
        let before = proofs(&app, &business).await;
        assert!(!words.found_in(&dump(&app.database).await).is_empty());
        erase(&owner, &invited["member"]["id"]).await;
        let text = dump(&app.database).await;
        assert_eq!(words.found_in(&text), [""; 0], "mails are gone as well");
        assert_proven(&business, &before).await;
        // The address is free again.
        let invite = json!({ "email": address, "role": "GUEST" });
        owner.mutate("memberInvite", invite, "member { id }").await;

        // A person who erases their own account, wherever it has a place.
        let mut words = Words::default();
        let person = business.sign_in(&app.base, Role::Member).await;
        let profile = json!({ "commandId": fresh_id(), "name": words.word("Person") });
        let rename = "mutation($input: UserUpdateProfileInput!) { \
                      userUpdateProfile(input: $input) { userErrors { code } } }";
        person.data(rename, json!({ "input": profile })).await;
        let member = business.members[&Role::Member].clone();
        words.0.push(member.email.as_str().to_owned());
        let id = json!(id_of("user", member.user_id));
        let exported = person
            .mutate("dataSubjectExport", json!({ "id": id }), "export")
            .await;
        let mut export = exported["export"].clone();
        assert_eq!(words.found_in(&export.to_string()).len(), words.0.len());
        assert!(!export.to_string().contains("argon2"));
        // What is known now, and what was said then: its events are told in clear.
        let events = export.as_object_mut().unwrap().remove("events").unwrap();
        assert_eq!(words.found_in(&events.to_string()).len(), words.0.len());
        assert!(!events.to_string().contains("erased"), "{events}");
        let text = dump(&app.database).await;
        assert_eq!(words.found_in(&text).len(), words.0.len());
        let someone_else = json!(id_of("user", business.members[&Role::Owner].user_id));
        let refused = person
            .attempt("dataSubjectErase", json!({ "id": someone_else }), SUBJECT)
            .await;
        assert_eq!(refused["userErrors"][0]["code"], "DATA_SUBJECT_NOT_FOUND");
        erase(&person, &id).await;
        let text = dump(&app.database).await;
        assert_eq!(words.found_in(&text), [""; 0], "still in the database");
        let answer = person.ask("{ me { user { id } } }", json!({})).await;
        assert_eq!(answer.status, 401, "all sessions end: {}", answer.text);
        let input = json!({ "email": member.email.as_str(), "password": PASSWORD });
        let answer = app.stranger().post("/auth/login", &input).await;
        assert_eq!(answer.status, 401);
        // The last owner stays.
        let id = json!({ "id": id_of("user", business.members[&Role::Owner].user_id) });
        let refused = owner.attempt("dataSubjectErase", id, SUBJECT).await;
        assert_eq!(refused["userErrors"][0]["code"], "LAST_OWNER");
        app.stop().await;
    });
}

#[test]
fn a_hold_stands_in_the_way_of_everybody() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        // A key's owner need not give a password, and time may pass.
        let owner = app.client(&business.key().await);
        let (held, free, active) = (
            business.register("Held").await,
            business.register("Free").await,
            business.register("Active").await,
        );
        for id in [held, free] {
            let archive = json!({ "clientId": id_of("client", id) });
            owner
                .mutate("clientArchive", archive, "client { id }")
                .await;
        }
        let input = json!({ "id": id_of("client", held), "reason": "case 7" });
        let holding = owner.mutate("dataSubjectHold", input, SUBJECT).await;
        assert_eq!(holding["dataSubject"]["status"], "HELD");
        assert_eq!(holding["dataSubject"]["holdReason"], "case 7");
        let input = json!({ "id": id_of("client", held) });
        let refused = owner
            .attempt("dataSubjectErase", input.clone(), SUBJECT)
            .await;
        assert_eq!(refused["userErrors"][0]["code"], "LEGAL_HOLD");
        let term = json!({ "kind": "ARCHIVED_CLIENTS", "days": 30 });
        let set = owner
            .mutate("retentionSet", term, "retention { kind days }")
            .await;
        assert_eq!(set["retention"][0]["days"], 30);
        let status = async |id| {
            let document = "query($id: ID!) { dataSubject(id: $id) { status basis } }";
            let found = owner.data(document, json!({ "id": id_of("client", id) }));
            found.await["dataSubject"]["status"].clone()
        };
        assert_eq!(status(free).await, "NONE", "its term is not over");
        app.clock.advance(chrono::TimeDelta::days(31));
        until("the term", async || status(free).await == "ERASED").await;
        assert_eq!(status(held).await, "HELD");
        assert_eq!(status(active).await, "NONE");
        owner
            .mutate("dataSubjectRelease", input.clone(), SUBJECT)
            .await;
        app.clock.advance(chrono::TimeDelta::days(1));
        until("the next day", async || status(held).await == "ERASED").await;
        let list =
            "{ dataSubjects(filter: { statusIn: [ERASED] }) { totalCount nodes { basis } } }";
        let listed = owner.data(list, json!({})).await;
        assert_eq!(listed["dataSubjects"]["totalCount"], 2);
        assert_eq!(
            listed["dataSubjects"]["nodes"][0]["basis"],
            "RETENTION_OVER"
        );
        app.stop().await;
    });
}

#[test]
fn an_erasure_outlives_the_restore_of_a_backup_from_before() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        let id = seed_client(&owner, &mut words).await;
        let before = proofs(&app, &business).await;
        let (app, backup) = back_up(app).await;
        let data = app.data.clone();
        let owner = owner.at(&app.base);
        erase(&owner, &id).await;
        app.stop().await;
        assert_eq!(words.found_in(&files(data.path())), [""; 0]);
        assert!(!words.found_in(&dump(&backup).await).is_empty());

        let app = start_on(&backup, &data).await;
        // Nobody was answered yet.
        let seen = "query($id: ID!) { client(id: $id) { name } dataSubject(id: $id) { basis } }";
        let owner = owner.at(&app.base);
        let seen = owner.data(seen, json!({ "id": id })).await;
        assert_eq!(seen["client"], Value::Null);
        assert_eq!(seen["dataSubject"]["basis"], "REQUEST");
        until("the erasure", async || {
            let status = "query($id: ID!) { dataSubject(id: $id) { status } }";
            let status = owner.data(status, json!({ "id": id })).await;
            status["dataSubject"]["status"] == "ERASED"
        })
        .await;
        assert_eq!(words.found_in(&dump(&backup).await), [""; 0]);
        let business = Business {
            store: app.store().clone(),
            ..business
        };
        assert_proven(&business, &before).await;
        app.stop().await;
    });
}

/// Makes a backup of an app's database, and starts the app again; the backup's address.
pub(crate) async fn back_up(app: TestApp) -> (TestApp, String) {
    let (data, original) = (app.data.clone(), app.database.clone());
    app.stop().await;
    let name = name_in(&original);
    let backup = original.replace(&name, &format!("{name}_backup"));
    copy_database(&original, &backup).await;
    (start_on(&original, &data).await, backup)
}

/// Starts an app on a database, with the files of a data directory.
pub(crate) async fn start_on(database: &str, data: &Arc<TempDir>) -> TestApp {
    let setup = Setup {
        database: Some(database.to_owned()),
        data: Some(data.clone()),
        ..Setup::default()
    };
    setup.start().await
}

/// What a database is called that is at this address.
fn name_in(url: &str) -> String {
    let path = url.split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

/// The same as it is written in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace("%5F", "_"))
}

/// As a backup would: whatever the database holds now, under another name.
async fn copy_database(from: &str, to: &str) {
    let (from_name, to_name) = (name_in(from), name_in(to));
    let mut admin = PgConnection::connect(&from.replace(&from_name, "postgres"))
        .await
        .unwrap();
    loop {
        // Connections of the app that was stopped may still be going, or be forgotten by it.
        let others: i64 = sqlx::query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1",
        )
        .bind(quoted(&from_name).trim_matches('"'))
        .fetch_one(&mut admin)
        .await
        .unwrap();
        if others == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let copy = format!(
        "create database {} template {}",
        quoted(&to_name),
        quoted(&from_name)
    );
    sqlx::query(&copy).execute(&mut admin).await.unwrap();
}

#[test]
fn only_who_may_and_gave_a_password_just_now_erases() {
    run(async {
        let app = TestApp::start().await;
        let mut business = Business::found(app.store(), &[Role::Owner]).await;
        business.add(Role::Manager).await;
        let client = id_of("client", business.register("Somebody").await);
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let manager = business.sign_in(&app.base, Role::Manager).await;
        let input = json!({ "id": client, "reason": "case 7" });
        for name in ["dataSubjectErase", "dataSubjectHold", "dataSubjectExport"] {
            let mut input = input.clone();
            if name != "dataSubjectHold" {
                input.as_object_mut().unwrap().remove("reason");
            }
            let body = Client::mutation(name, input, "");
            assert_eq!(manager.send(&body).await.code(), "FORBIDDEN", "{name}");
        }
        // A key does what it was given, and no more.
        let scopes = BTreeSet::from([Permission::PrivacyManage]);
        let key = app.client(&business.key_for(scopes).await);
        let body = Client::mutation("dataSubjectErase", json!({ "id": client }), "");
        assert_eq!(key.send(&body).await.code(), "FORBIDDEN");
        app.clock.advance(chrono::TimeDelta::minutes(16));
        let late = owner.send(&body).await;
        assert!(
            ["STEP_UP_REQUIRED", "UNAUTHENTICATED"].contains(&late.code()),
            "{}",
            late.text
        );
        let owner = business.sign_in(&app.base, Role::Owner).await;
        erase(&owner, &json!(client)).await;
        app.stop().await;
    });
}

//! Is a person of whom there is much handed all of it, once, part by part?

use std::collections::BTreeSet;

use daybook_domain::crm::client::AddNote;
use daybook_domain::kernel::{ClientId, NoteId};
use daybook_domain::privacy::data_subject::Subject;
use daybook_domain::tenancy::public::Role;
use daybook_store::HistoryFilter;
use daybook_tests::{Business, Client, TestApp, fresh_id, id_of, run};
use serde_json::{Value, json};
use uuid::Uuid;

/// Events in one part, as the schema says.
const PART: usize = 2_000;
/// More than two parts of them.
const NOTES: usize = 2 * PART + 50;

const WANTED: &str = "export hasMore endPosition";

async fn noted(business: &Business, client: ClientId, text: String) {
    let note = AddNote {
        note_id: NoteId(fresh_id()),
        text,
        author: None,
        at: (business.clock)(),
    };
    business.run(client, note).await;
}

/// The stream that an id of the API names.
fn stream_of(id: &Value) -> Uuid {
    let (_, id) = id.as_str().unwrap().rsplit_once('_').unwrap();
    id.parse().unwrap()
}

/// What happens to a client on another stream than its own; that stream.
async fn does_business(owner: &Client, client: ClientId, round: usize) -> Uuid {
    let id = id_of("client", client);
    if round.is_multiple_of(2) {
        let consent =
            json!({ "clientId": id, "purpose": format!("news{round}"), "wording": "Yes." });
        let given = owner.mutate("consentGive", consent, "consent { id }").await;
        return stream_of(&given["consent"]["id"]);
    }
    let lines = json!([{ "description": "Lamp", "quantity": "1", "unitPrice": "5" }]);
    let draft = json!({ "clientId": id, "lines": lines });
    let drafted = owner.mutate("invoiceDraft", draft, "invoice { id }").await;
    stream_of(&drafted["invoice"]["id"])
}

/// Positions and types of all events of the tenant.
async fn history(business: &Business) -> Vec<(i64, Uuid)> {
    let (filter, mut all) = (HistoryFilter::default(), Vec::new());
    loop {
        let last = all.last().map_or(0, |(position, _)| *position);
        let page = business
            .store
            .history(business.tenant_id, last, &filter, 1_000);
        let page = page.await.unwrap();
        all.extend(page.events.iter().map(|it| (it.position, it.stream_id)));
        if !page.has_more {
            return all;
        }
    }
}

fn positions(part: &Value) -> Vec<i64> {
    let events = part["export"]["events"].as_array().unwrap().iter();
    let position = |it: &Value| it["position"].as_str().unwrap().parse().unwrap();
    events.map(position).collect()
}

#[test]
fn many_events_are_handed_out_in_parts_each_once() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let (ada, eve) = (
            business.register("Ada").await,
            business.register("Eve").await,
        );
        let mut streams = BTreeSet::from([ada.0, Subject::from(ada).stream().0]);
        for n in 0..NOTES {
            noted(&business, ada, format!("note {n};")).await;
            if n % 600 == 0 {
                streams.insert(does_business(&owner, ada, n / 600).await);
                does_business(&owner, eve, n / 600).await;
                noted(&business, eve, "of Eve".to_owned()).await;
            }
        }
        let (mut parts, mut after) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "id": id_of("client", ada), "after": after });
            let part = owner.mutate("dataSubjectExport", input, WANTED).await;
            after = part["endPosition"].clone();
            let has_more = part["hasMore"] == json!(true);
            parts.push(part);
            if !has_more {
                break;
            }
        }
        assert_eq!(parts.len(), 3);
        assert!(parts[..2].iter().all(|part| positions(part).len() == PART));
        let told: Vec<i64> = parts.iter().flat_map(positions).collect();
        let ends: Vec<Value> = parts.iter().map(|it| it["endPosition"].clone()).collect();
        let last = |part: &Value| json!(positions(part).last().unwrap().to_string());
        assert_eq!(ends, parts.iter().map(last).collect::<Vec<_>>());
        let all = history(&business).await;
        let theirs = all.iter().filter(|(_, stream)| streams.contains(stream));
        let theirs: Vec<i64> = theirs.map(|(position, _)| *position).collect();
        assert_eq!(told, theirs, "nothing twice, nothing missing, in order");
        // What is known now comes once, with the first part.
        assert_eq!(parts[0]["export"]["client"]["name"], "Ada");
        for part in &parts[1..] {
            let fields = part["export"].as_object().unwrap();
            assert_eq!(fields.keys().collect::<Vec<_>>(), ["events"]);
        }
        let events: Vec<&Value> = parts.iter().map(|it| &it["export"]["events"]).collect();
        let text = json!(events).to_string();
        for n in [0, PART - 1, PART, 2 * PART, NOTES - 1] {
            assert_eq!(text.matches(&format!("\"note {n};\"")).count(), 1, "{n}");
        }
        assert!(!text.contains("of Eve"));

        // After the end there is what handing it out added.
        let input = json!({ "id": id_of("client", ada), "after": after });
        let rest = owner.mutate("dataSubjectExport", input, WANTED).await;
        let types = &rest["export"]["events"];
        assert_eq!(types.as_array().unwrap().len(), 1);
        assert_eq!(types[0]["type"], "privacy.data_subject.exported");
        app.stop().await;
    });
}

#[test]
fn a_wrong_position_is_refused_and_nothing_is_recorded() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let ada = id_of("client", business.register("Ada").await);
        let me = id_of("user", business.members[&Role::Owner].user_id);
        let before = history(&business).await;
        let beyond = (before.len() + 1).to_string();
        for (id, after) in [(&ada, json!(beyond)), (&me, json!(i64::MAX.to_string()))] {
            let input = json!({ "id": id, "after": after });
            let refused = owner
                .send(&Client::mutation("dataSubjectExport", input, WANTED))
                .await;
            assert_eq!(refused.code(), "BAD_USER_INPUT", "{}", refused.text);
            assert!(refused.text.contains("endPosition"), "{}", refused.text);
        }
        for after in [json!("-1"), json!("next"), json!(""), json!(7)] {
            let input = json!({ "id": ada, "after": after });
            let refused = owner
                .send(&Client::mutation("dataSubjectExport", input, WANTED))
                .await;
            assert!(!refused.code().is_empty(), "{after}: {}", refused.text);
            assert_eq!(refused.body["data"], Value::Null, "{after}");
        }
        assert_eq!(history(&business).await, before);
        let head = json!(before.len().to_string());
        let input = json!({ "id": ada, "after": head });
        let rest = owner.mutate("dataSubjectExport", input, WANTED).await;
        assert_eq!(positions(&rest).len(), 1, "only that it was handed out");
        app.stop().await;
    });
}

#[test]
fn somebody_of_another_tenant_is_one_who_is_not_there() {
    run(async {
        let app = TestApp::start().await;
        let ours = Business::found(app.store(), &[Role::Owner]).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let owner = ours.sign_in(&app.base, Role::Owner).await;
        let foreign = theirs.register("Eve").await;
        let befores = (history(&ours).await, history(&theirs).await);
        let member = &theirs.members[&Role::Owner];
        for (kind, there) in [
            ("client", foreign.0),
            ("member", member.member_id.0),
            ("user", member.user_id.0),
        ] {
            for after in [Value::Null, json!("0"), json!("2")] {
                let asked = async |id: Uuid| {
                    let input = json!({ "id": id_of(kind, id), "after": after });
                    let payload = owner.attempt("dataSubjectExport", input, WANTED).await;
                    let code = &payload["userErrors"][0]["code"];
                    assert_eq!(code, "DATA_SUBJECT_NOT_FOUND", "{kind}: {payload}");
                    assert_eq!(payload["export"], Value::Null);
                    payload
                };
                assert_eq!(asked(there).await, asked(fresh_id()).await, "{kind}");
            }
        }
        assert_eq!((history(&ours).await, history(&theirs).await), befores);
        app.stop().await;
    });
}

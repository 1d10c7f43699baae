//! Is a person handed what they did and from where, in every tenant, and what stands open for them
//! there: and does that end with the account?

use daybook_domain::kernel::Email;
use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, Client, PASSWORD, TestApp, id_of, run};
use serde_json::{Value, json};

use crate::address::{HOME, OFFICE, SERVER, behind_a_proxy, register};
use crate::erasure::{SUBJECT, erase};
use crate::subject_mails::{exported, invites, token};

async fn signs_in(base: &str, email: &Email) -> Client {
    let body = json!({ "email": email.as_str(), "password": PASSWORD });
    let answer = Client::new(base, None).post("/auth/login", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Client::new(base, answer.body["accessToken"].as_str())
}

async fn account_of(client: &Client) -> Value {
    let me = client.data("{ me { user { id } } }", json!({})).await;
    me["me"]["user"]["id"].clone()
}

/// Addresses and how many events came from each, the latest first.
fn addresses(told: &Value) -> Vec<(&str, u64)> {
    let rows = told["addresses"].as_array().unwrap().iter();
    let row = |it: &'_ Value| it["events"].as_u64().unwrap();
    rows.map(|it| (it["address"].as_str().unwrap(), row(it)))
        .collect()
}

/// How often somebody did that.
fn times(told: &Value, event_type: &str) -> u64 {
    let mut rows = told["activity"].as_array().unwrap().iter();
    let found = rows.find(|it| it["type"] == event_type);
    found.map_or(0, |it| it["events"].as_u64().unwrap())
}

const REGISTERED: &str = "crm.client.registered";

#[test]
fn a_member_is_handed_what_they_and_their_programs_did() {
    run(async {
        let app = behind_a_proxy().await;
        let business = Business::found(app.store(), &[Role::Owner, Role::Manager]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let manager = business.sign_in(&app.base, Role::Manager).await;
        let program = app.client(&business.key().await);
        register(&owner.coming_from(OFFICE), "One").await;
        register(&manager.coming_from(HOME), "Two").await;
        register(&program.coming_from(SERVER), "Three").await;
        register(&program.coming_from(SERVER), "Four").await;

        let owner = owner.coming_from(OFFICE);
        let of = |role| json!(id_of("member", business.members[&role].member_id));
        let told = exported(&owner, &of(Role::Owner)).await;
        // This export is the latest.
        assert_eq!(addresses(&told), [(OFFICE, 2), (SERVER, 2)]);
        assert_eq!(times(&told, REGISTERED), 3);
        let mut rows = told["activity"].as_array().unwrap().iter();
        let row = rows.find(|it| it["type"] == REGISTERED).unwrap();
        assert!(row["firstAt"].as_str() < row["lastAt"].as_str(), "{row}");
        assert_eq!(told["activityIsWhole"], json!(true));

        let told = exported(&owner, &of(Role::Manager)).await;
        assert_eq!(addresses(&told), [(HOME, 1)]);
        assert_eq!(times(&told, REGISTERED), 1);
        // It was exported by the owner, who is told so, in this very part.
        assert_eq!(times(&told, "privacy.data_subject.exported"), 0);
        let told = exported(&owner, &of(Role::Owner)).await;
        assert_eq!(times(&told, "privacy.data_subject.exported"), 3);
        app.stop().await;
    });
}

#[test]
fn an_account_is_handed_what_its_owner_did_in_every_tenant() {
    run(async {
        let app = behind_a_proxy().await;
        let ours = Business::found(app.store(), &[Role::Owner, Role::Manager]).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let email = ours.members[&Role::Manager].email.clone();
        let person = ours.sign_in(&app.base, Role::Manager).await;
        register(&person.coming_from(HOME), "Ours").await;
        invites(&theirs, &app.base, email.as_str()).await;
        let accept = json!({ "token": token(&app, email.as_str()).await });
        let office = person.coming_from(OFFICE);
        office
            .mutate("invitationAccept", accept, "member { id }")
            .await;
        let owner = ours.sign_in(&app.base, Role::Owner).await;
        let member = id_of("member", ours.members[&Role::Manager].member_id);
        let hold = json!({ "id": member, "reason": "case 7" });
        owner.mutate("dataSubjectHold", hold, SUBJECT).await;
        let theirs_owner = theirs.sign_in(&app.base, Role::Owner).await;
        register(&theirs_owner.coming_from(SERVER), "Not theirs").await;

        let told = exported(&office, &account_of(&person).await).await;
        let places = told["memberships"].as_array().unwrap();
        let place = |tenant: &Business| {
            let mut places = places.iter();
            let found = places.find(|it| it["tenantId"] == json!(tenant.tenant_id));
            found.unwrap_or_else(|| panic!("{told}"))
        };
        assert_eq!(places.len(), 2);
        assert_eq!(addresses(place(&ours)), [(HOME, 1)]);
        assert_eq!(times(place(&ours), REGISTERED), 1);
        assert_eq!(addresses(place(&theirs)), [(OFFICE, 1)]);
        assert_eq!(times(place(&theirs), "tenancy.member.joined"), 1);
        assert_eq!(times(place(&theirs), REGISTERED), 0);
        assert_eq!(place(&ours)["dataSubject"]["holdReason"], "case 7");
        let held = place(&ours)["events"].as_array().unwrap().last().unwrap();
        assert_eq!(held["type"], "privacy.data_subject.held");
        // What was done with the account itself, from where it was: signed in, and this export.
        assert_eq!(addresses(&told)[0], (OFFICE, 1));
        assert_eq!(times(&told, "privacy.data_subject.exported"), 1);
        assert!(
            !told.to_string().contains(SERVER),
            "somebody else was there"
        );
        app.stop().await;
    });
}

#[test]
fn an_invitation_that_nobody_accepted_is_handed_out_and_ends_with_the_account() {
    run(async {
        let app = TestApp::start().await;
        let inviting = Business::found(app.store(), &[Role::Owner]).await;
        let holding = Business::found(app.store(), &[Role::Owner]).await;
        let email = inviting.newcomer().await;
        let invited = invites(&inviting, &app.base, &email.as_str().to_uppercase()).await;
        let link = token(&app, email.as_str()).await;
        let other = invites(&inviting, &app.base, "somebody-else@example.com").await;
        let kept = invites(&holding, &app.base, email.as_str()).await;
        let owner = holding.sign_in(&app.base, Role::Owner).await;
        let hold = json!({ "id": kept, "reason": "case 7" });
        owner.mutate("dataSubjectHold", hold, SUBJECT).await;

        let person = signs_in(&app.base, &email).await;
        let account = account_of(&person).await;
        let told = exported(&person, &account).await;
        let places = told["memberships"].as_array().unwrap();
        assert_eq!(places.len(), 2, "{told}");
        for place in places {
            assert_eq!(place["member"]["status"], "invited");
            assert_eq!(place["events"][0]["type"], "tenancy.member.invited");
            assert_eq!(place["mails"].as_array().unwrap().len(), 1);
            assert_eq!(place["addresses"], json!([]), "they did nothing there");
        }
        assert!(
            !told.to_string().contains(&link),
            "it lets whoever has it in"
        );
        assert!(!told.to_string().contains("somebody-else"));

        erase(&person, &account).await;
        let owner = inviting.sign_in(&app.base, Role::Owner).await;
        let members = "{ members(first: 9) { nodes { id } } }";
        let left = owner.data(members, json!({})).await.to_string();
        assert!(!left.contains(invited.as_str().unwrap()), "{left}");
        assert!(left.contains(other.as_str().unwrap()), "{left}");
        let owner = holding.sign_in(&app.base, Role::Owner).await;
        let left = owner.data(members, json!({})).await.to_string();
        assert!(left.contains(kept.as_str().unwrap()), "it is held");
        app.stop().await;
    });
}

//! From which network address did a command come, and who can tell?

use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::{HistoryFilter, Recorded};
use daybook_tests::{Business, Client, Setup, TestApp, fresh_id, run};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::erasure::erase;

/// Of the blocks that RFC 5737 and RFC 3849 set aside for documents.
pub(crate) const OFFICE: &str = "203.0.113.7";
pub(crate) const HOME: &str = "198.51.100.23";
pub(crate) const SERVER: &str = "2001:db8::7";

pub(crate) async fn behind_a_proxy() -> TestApp {
    let setup = Setup::default().with("DAYBOOK_TRUSTED_PROXIES", "127.0.0.1");
    setup.start().await
}

pub(crate) async fn register(client: &Client, name: &str) {
    let input = json!({ "name": name });
    client
        .mutate("clientRegister", input, "client { id }")
        .await;
}

/// The addresses of the tenant's events of a type, as somebody sees them.
async fn seen(reader: &Client, event_type: &str) -> Vec<Value> {
    let events = "query($types: [String!]) { events(first: 100, types: $types) {
        nodes { address requestId } } }";
    let found = reader.data(events, json!({ "types": [event_type] })).await;
    let nodes = found["events"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["address"].clone()).collect()
}

/// How many rows of a tenant's log have one of these texts in clear.
async fn in_clear(app: &TestApp, texts: &[&str]) -> i64 {
    let mut admin = PgConnection::connect(&app.database).await.unwrap();
    let patterns: Vec<String> = texts.iter().map(|text| format!("%{text}%")).collect();
    let sql = "select count(*) from daybook.events \
               where encode(request, 'escape') || encode(payload, 'escape') like any ($1)";
    sqlx::query_scalar(sql)
        .bind(patterns)
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

#[test]
fn an_event_tells_those_who_may_know_and_nobody_once_the_person_is_erased() {
    run(async {
        let app = behind_a_proxy().await;
        let business = Business::found(app.store(), &[Role::Owner, Role::Manager]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let manager = business.sign_in(&app.base, Role::Manager).await;
        let scopes = [Permission::ClientsWrite, Permission::ClientsRead].into();
        let program = app.client(&business.key_for(scopes).await);
        register(&owner.coming_from(OFFICE), "First").await;
        register(&manager.coming_from(HOME), "Second").await;
        register(&program.coming_from(SERVER), "Third").await;
        register(&manager.coming_from(OFFICE), "Fourth").await;
        let registered = "crm.client.registered";
        assert_eq!(
            seen(&owner, registered).await,
            [json!(OFFICE), json!(HOME), json!(SERVER), json!(OFFICE)]
        );
        assert_eq!(in_clear(&app, &[OFFICE, HOME, SERVER]).await, 0);
        let of_manager = business.members[&Role::Manager].member_id;
        // It is theirs to know; of an event about them that somebody else brought about, it is not.
        let id = daybook_tests::id_of("member", of_manager);
        let demote = json!({ "memberId": id, "role": "MEMBER" });
        let owner_at_home = owner.coming_from(HOME);
        owner_at_home
            .mutate("memberChangeRole", demote, "member { id }")
            .await;
        let dossier = owner.mutate("dataSubjectExport", json!({ "id": id }), "export");
        let dossier = dossier.await["export"].clone();
        assert_eq!(
            dossier["member"]["userId"],
            json!(business.members[&Role::Manager].user_id)
        );
        let addresses = dossier["addresses"].as_array().unwrap().iter();
        let addresses: Vec<&Value> = addresses.map(|it| &it["address"]).collect();
        assert_eq!(addresses, [OFFICE, HOME]);
        let after = json!({ "id": id, "after": "1" });
        let part = owner.mutate("dataSubjectExport", after, "export").await;
        assert_eq!(part["export"]["addresses"], Value::Null, "once is enough");
        let events = dossier["events"].as_array().unwrap();
        assert!(events.len() > 2, "{dossier}");
        assert!(events.iter().all(|it| it["address"].is_null()), "{dossier}");
        let leaves = leaves(&app, business.tenant_id).await;

        let id = json!(daybook_tests::id_of("member", of_manager));
        erase(&owner.coming_from(OFFICE), &id).await;
        assert_eq!(
            seen(&owner, registered).await,
            [json!(OFFICE), Value::Null, json!(SERVER), Value::Null]
        );
        let after = self::leaves(&app, business.tenant_id).await;
        assert_eq!(
            after[..leaves.len()],
            leaves,
            "what was proved is as it was"
        );
        app.stop().await;
    });
}

async fn leaves(app: &TestApp, tenant: TenantId) -> Vec<Vec<u8>> {
    let all = HistoryFilter::default();
    let page = app.store().history(tenant, 0, &all, 1_000).await.unwrap();
    page.events.iter().map(daybook_store::leaf_of).collect()
}

#[test]
fn what_happens_to_an_account_tells_its_owner_alone() {
    run(async {
        let app = behind_a_proxy().await;
        let business = Business::found(app.store(), &[Role::Owner, Role::Admin]).await;
        let member = &business.members[&Role::Admin];
        let email = json!({ "email": member.email.as_str() });
        let asked = app.stranger().coming_from(HOME);
        assert_eq!(asked.post("/auth/reset-password", &email).await.status, 202);
        let signed_in = business.sign_in(&app.base, Role::Admin).await;
        let signed_in = signed_in.coming_from(OFFICE);
        let profile = json!({ "commandId": fresh_id(), "name": "Another name" });
        let rename = "mutation($input: UserUpdateProfileInput!) {
            userUpdateProfile(input: $input) { userErrors { code } } }";
        let renamed = signed_in.data(rename, json!({ "input": profile })).await;
        assert_eq!(renamed["userUpdateProfile"]["userErrors"], json!([]));

        let user = daybook_tests::id_of("user", member.user_id);
        let history = "query($id: ID!) { history(id: $id, first: 50) {
            nodes { event { type address } } } }";
        let told = signed_in.data(history, json!({ "id": user })).await;
        let from = |event_type: &str| {
            let nodes = told["history"]["nodes"].as_array().unwrap().iter();
            let mut events = nodes.map(|node| &node["event"]);
            let found = events.rfind(|event| event["type"] == event_type);
            found.unwrap_or_else(|| panic!("{told}"))["address"].clone()
        };
        assert_eq!(from("identity.user.password_reset_requested"), json!(HOME));
        assert_eq!(from("identity.user.profile_updated"), json!(OFFICE));
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let other = owner.data(history, json!({ "id": user })).await;
        assert_eq!(other["history"], Value::Null);
        assert_eq!(in_clear(&app, &[OFFICE, HOME]).await, 0);

        // Who erases themselves leaves no address with what comes last.
        erase_account(&signed_in, &user).await;
        let stream = member.user_id.0;
        let filter = HistoryFilter {
            stream_id: Some(stream),
            ..HistoryFilter::default()
        };
        let page = app.store().history(TenantId::PLATFORM, 0, &filter, 100);
        let events = page.await.unwrap().events;
        let events: Vec<&Recorded> = events.iter().collect();
        let addresses = app.store().addresses(&events).await.unwrap();
        assert!(addresses.iter().all(Option::is_none), "{addresses:?}");
        app.stop().await;
    });
}

async fn erase_account(client: &Client, user: &str) {
    let input = json!({ "commandId": fresh_id(), "id": user });
    let erase = "mutation($input: DataSubjectEraseInput!) {
        dataSubjectErase(input: $input) { dataSubject { status } userErrors { code } } }";
    let erased = client.data(erase, json!({ "input": input })).await;
    let erased = &erased["dataSubjectErase"];
    assert_eq!(erased["dataSubject"]["status"], "ERASED", "{erased}");
}

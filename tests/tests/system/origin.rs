//! Does an event say through which sign-in it came, and on whose behalf a program acted?

use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::{HistoryFilter, Recorded, Store};
use daybook_tests::{Business, Client, PASSWORD, TestApp, run};
use serde_json::{Value, json};
use uuid::Uuid;

/// What is known of where the events of a stream came from, oldest first: type, and request.
async fn requests(store: &Store, tenant: TenantId, stream: Uuid) -> Vec<(String, Value)> {
    let filter = HistoryFilter {
        stream_id: Some(stream),
        ..HistoryFilter::default()
    };
    let page = store.history(tenant, 0, &filter, 1_000).await.unwrap();
    let request = |it: &Recorded| serde_json::from_slice(&it.request).unwrap();
    let events = page.events.iter();
    events
        .map(|it| (it.event_type.clone(), request(it)))
        .collect()
}

/// The sign-in that an access token is of.
fn session_of(token: &Value) -> Uuid {
    let (session, _) = token.as_str().unwrap().split_once('.').unwrap();
    Uuid::try_parse(session).unwrap()
}

#[test]
fn what_is_done_over_rest_says_through_which_sign_in() {
    run(async {
        let app = TestApp::start().await;
        let store = app.store();
        let ours = Business::found(store, &[Role::Owner]).await;
        let member = &ours.members[&Role::Owner];
        let person = json!({ "email": member.email.as_str(), "password": PASSWORD });
        let signed_in = app.stranger().post("/auth/login", &person).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        let first = session_of(&signed_in.body["accessToken"]);

        let refresh = json!({ "refreshToken": signed_in.body["refreshToken"] });
        let refreshed = app.stranger().post("/auth/refresh", &refresh).await;
        let token = refreshed.body["accessToken"].as_str().unwrap().to_owned();
        let input = json!({ "tenant": ours.subdomain, "password": PASSWORD });
        let switched = app.client(&token).post("/auth/switch-tenant", &input).await;
        assert_eq!(switched.status, 200, "{}", switched.body);
        let second = session_of(&switched.body["accessToken"]);
        assert_ne!(first, second);
        let client = app.client(switched.body["accessToken"].as_str().unwrap());
        // That the first one ended, the list shows in a moment.
        app.caught_up().await;
        let seen = "{ me { sessions { isCurrent address } } }";
        let seen = client.data(seen, json!({})).await["me"]["sessions"].clone();
        assert_eq!(seen, json!([{ "isCurrent": true, "address": "127.0.0.1" }]));
        let password = "an other password of 2026";
        let input = json!({ "currentPassword": PASSWORD, "newPassword": password });
        let changed = client.post("/auth/update-password", &input).await;
        assert_eq!(changed.status, 204, "{}", changed.body);
        let left = client.post("/auth/logout", &json!({})).await;
        assert_eq!(left.status, 204, "{}", left.body);

        let through = async |stream: Uuid, event: &str| {
            let told = requests(store, TenantId::PLATFORM, stream).await;
            let last = told.iter().rfind(|(name, _)| name == event);
            let (_, request) = last.unwrap_or_else(|| panic!("no {event} among {told:?}"));
            (request["route"].clone(), request["sessionId"].clone())
        };
        let of = |route: &str, session: Uuid| (json!(route), json!(session));
        let user = member.user_id.0;
        assert_eq!(
            through(user, "identity.user.password_changed").await,
            of("rest:/auth/update-password", second)
        );
        assert_eq!(
            through(first, "identity.session.refreshed").await,
            of("rest:/auth/refresh", first)
        );
        // The new sign-in came out of the one that ended with it.
        assert_eq!(
            through(second, "identity.session.started").await,
            of("rest:/auth/switch-tenant", first)
        );
        assert_eq!(
            through(first, "identity.session.revoked").await,
            of("rest:/auth/switch-tenant", first)
        );
        assert_eq!(
            through(second, "identity.session.revoked").await,
            of("rest:/auth/logout", second)
        );
        app.stop().await;
    });
}

#[test]
fn what_a_program_does_says_on_whose_behalf() {
    run(async {
        let app = TestApp::start().await;
        let ours = Business::found(app.store(), &[Role::Owner]).await;
        let scopes = [Permission::AuditRead, Permission::ClientsWrite].into();
        let program: Client = app.client(&ours.key_for(scopes).await);
        let creator = json!(ours.members[&Role::Owner].member_id);
        let asked = program
            .mutate("auditExport", json!({}), "export { id }")
            .await;
        let id = asked["export"]["id"].clone();
        let document = format!("{{ auditExport(id: {id}) {{ state archive {{ url }} }} }}");
        let mut url = Value::Null;
        while url.is_null() {
            let shown = program.data(&document, json!({})).await;
            url = shown["auditExport"]["archive"]["url"].clone();
        }
        let url = reqwest::Url::parse(url.as_str().unwrap()).unwrap();
        assert_eq!(program.get(url.path()).await.status, 200);

        let id = id.as_str().unwrap().split_once('_').unwrap().1;
        let export = Uuid::try_parse(id).unwrap();
        let told = requests(app.store(), ours.tenant_id, export).await;
        let by_program = told.iter().filter(|(_, it)| !it["onBehalfOf"].is_null());
        let by_program: Vec<_> = by_program
            .map(|(name, it)| (name.as_str(), it["route"].clone(), it["onBehalfOf"].clone()))
            .collect();
        assert_eq!(
            by_program,
            [
                (
                    "audit.export.requested",
                    json!("graphql:auditExport"),
                    creator.clone()
                ),
                (
                    "audit.export.handed_out",
                    json!(format!("rest:{}", url.path())),
                    creator
                ),
            ]
        );
        app.stop().await;
    });
}

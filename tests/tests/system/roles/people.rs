//! Who is there to ask, in the order of the tables' columns.

use daybook_domain::tenancy::public::{Permission, Role};
use daybook_tests::{Business, Client, PASSWORD, TestApp};
use serde_json::json;

/// How many there are.
pub(super) const PEOPLE: usize = 10;

/// Somebody who asks.
pub(super) struct Somebody {
    pub(super) name: String,
    pub(super) client: Client,
}

/// A tenant with everybody in it, and those who are not.
pub(super) async fn everybody(app: &TestApp) -> (Business, Vec<Somebody>) {
    let business = Business::found(app.store(), &Role::ALL).await;
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push(Somebody {
            name: role.to_string(),
            client: business.sign_in(&app.base, role).await,
        });
    }
    // No key can be given what is a person's own.
    let all = Permission::all().filter(|it| *it != Permission::ProfileManage);
    let key = business.key_for(all.collect()).await;
    let reader = business.key_for([Permission::ClientsRead].into()).await;
    let others = [
        ("key", app.client(&key)),
        ("clients.read key", app.client(&reader)),
        ("newcomer", newcomer(app, &business).await),
        ("nobody", app.stranger()),
    ];
    people.extend(others.map(|(name, client)| Somebody {
        name: name.to_owned(),
        client,
    }));
    assert_eq!(people.len(), PEOPLE);
    (business, people)
}

/// Somebody who is signed in and has a place nowhere.
async fn newcomer(app: &TestApp, business: &Business) -> Client {
    let email = business.newcomer().await;
    let input = json!({ "email": email.as_str(), "password": PASSWORD });
    let answer = app.stranger().post("/auth/login", &input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Client::new(&app.base, answer.body["accessToken"].as_str())
}

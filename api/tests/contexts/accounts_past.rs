//! What does somebody see of their own account, sessions and places as of an instant?

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::world::{Caller, Moved, PASSWORD, Person, World, moved, until};

/// The caller's own account, sessions and places, as of an instant or now.
fn own(at: Option<DateTime<Utc>>) -> String {
    let as_of = at.map_or_else(String::new, |at| {
        format!("(asOf: {{ at: \"{}\" }})", at.to_rfc3339())
    });
    format!(
        "{{ me {{ user{as_of} {{ id email emailVerifiedAt name passwordChangedAt version updatedAt }}
             memberships{as_of} {{ tenantId tenantName subdomain isActive memberId role clientId }}
             sessions{as_of} {{ id tenantId startedAt lastUsedAt expiresAt version }} }} }}"
    )
}

/// Somebody's own things as they saw them at instants, by what had happened before.
struct Diary<'w> {
    clock: Moved,
    who: Caller<'w>,
    then: Vec<(&'static str, DateTime<Utc>, Value)>,
}

impl Diary<'_> {
    /// Notes what is live now; what comes next comes later.
    async fn note(&mut self, what: &'static str) {
        let store = &self.who.world.store;
        let head = store.tail().head();
        until("all read models", async || {
            let live = store.live_positions().await.unwrap();
            live.iter().all(|(_, reached)| *reached >= head)
        })
        .await;
        let seen = self.who.sees(&own(None)).await;
        self.then.push((what, (self.clock.read)(), seen));
        self.clock.on(TimeDelta::seconds(15));
    }

    fn noted(&self, what: &str) -> (DateTime<Utc>, &Value) {
        let found = self.then.iter().find(|(noted, _, _)| *noted == what);
        let (_, at, seen) = found.unwrap();
        (*at, &seen["me"])
    }
}

async fn lets_in(other: &Person<'_>, ada: &Person<'_>) -> Value {
    let token = other.invites(&ada.email, "MEMBER").await;
    let input = json!({ "token": token });
    let joined = ada.does("invitationAccept", input, "member { id }").await;
    joined["member"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_its_sessions_and_its_places_are_shown_again_as_they_were() {
    let clock = moved::<9>();
    let world = World::at(clock).await;
    let ada = world.owner("acme").await;
    let other = world.owner("other").await;
    let before = (clock.read)() - TimeDelta::days(1);
    let mut diary = Diary {
        clock,
        who: ada.caller.clone(),
        then: Vec::new(),
    };
    diary.note("signed up").await;
    let name = json!({ "name": "Ada Lovelace" });
    ada.does("userUpdateProfile", name, "").await;
    diary.note("renamed").await;
    let there = world.sign_in(&ada.email, None).await;
    diary.note("signed in elsewhere").await;
    assert_eq!(there.refreshes().await.status, 200);
    diary.note("refreshed").await;
    let member = lets_in(&other, &ada).await;
    diary.note("joined").await;
    let role = json!({ "memberId": member, "role": "MANAGER" });
    other.does("memberChangeRole", role, "").await;
    ada.does("tenantRename", json!({ "name": "Zebra" }), "")
        .await;
    diary.note("promoted").await;
    other
        .does("memberRemove", json!({ "memberId": member }), "")
        .await;
    diary.note("removed").await;
    let once = world.sign_in(&ada.email, None).await;
    diary.note("signed in once more").await;
    assert_eq!(once.posts("/auth/logout", &json!({})).await.status, 204);
    diary.note("signed out").await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "three silver spoons" });
    let changed = ada.posts("/auth/update-password", &change).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    diary.note("new password").await;

    // What the diary holds is what had happened, so that it is not compared with nothing.
    let sessions = |what: &str| diary.noted(what).1["sessions"].as_array().unwrap().len();
    assert_eq!(sessions("renamed") + 1, sessions("signed in elsewhere"));
    assert_eq!(sessions("signed out") + 1, sessions("signed in once more"));
    assert_eq!(sessions("new password"), 1);
    let roles = |what: &str| {
        let places = diary.noted(what).1["memberships"].as_array().unwrap();
        let place = |it: &Value| (it["tenantName"].clone(), it["role"].clone());
        places.iter().map(place).collect::<Vec<_>>()
    };
    let (acme, zebra) = (json!("acme"), json!("Zebra"));
    let (owner, guest) = (json!("owner"), |role: &str| (json!("other"), json!(role)));
    assert_eq!(roles("joined"), [(acme, owner.clone()), guest("member")]);
    assert_eq!(
        roles("promoted"),
        [(zebra.clone(), owner.clone()), guest("manager")]
    );
    assert_eq!(roles("removed"), [(zebra, owner)]);

    // Long after, when none of those sessions opens anything any more.
    clock.on(TimeDelta::days(40));
    let body = json!({ "email": ada.email, "password": "three silver spoons" });
    let late = world.sign_in_with(body).await;
    let now = late.sees(&own(None)).await;
    assert_eq!(now["me"]["sessions"].as_array().unwrap().len(), 1);
    for (what, at, seen) in &diary.then {
        let reply = late.ask(&own(Some(*at)), json!({})).await;
        assert_eq!(&reply.body["data"], seen, "{what}");
        // Of the platform's own log nobody is told a position.
        let told = &reply.body["extensions"]["consistency"];
        assert!(told.get("asOf").is_none(), "{told}");
    }
    // Nothing before there was an account, and nothing of it to anybody else.
    let nothing = json!({ "me": { "user": null, "memberships": [], "sessions": [] } });
    assert_eq!(late.sees(&own(Some(before))).await, nothing);
    let other = world.sign_in(&other.email, None).await;
    let (at, theirs) = diary.noted("promoted");
    let seen = other.sees(&own(Some(at))).await.to_string();
    for own in [&theirs["user"]["id"], &theirs["sessions"][0]["id"], &member] {
        assert!(!seen.contains(own.as_str().unwrap()), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_an_instant_that_has_come_and_no_position() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let scopes = json!({ "name": "till", "scopes": ["TENANT_READ"] });
    let made = owner.does("apiKeyCreate", scopes, "key").await;
    let key = world.with_token(made["key"].as_str().unwrap());
    for who in [&owner.caller, &key] {
        for (as_of, code) in [
            ("position: \"1\"", "BAD_USER_INPUT"),
            ("", "BAD_USER_INPUT"),
            (
                "position: \"1\", at: \"2026-01-01T00:00:00Z\"",
                "BAD_USER_INPUT",
            ),
            ("at: \"2999-12-31T23:59:59Z\"", "AS_OF_BEYOND_HEAD"),
        ] {
            for field in ["user", "memberships", "sessions"] {
                let selected = if field == "memberships" {
                    "memberId"
                } else {
                    "id"
                };
                let query = format!("{{ me {{ {field}(asOf: {{ {as_of} }}) {{ {selected} }} }} }}");
                assert_eq!(who.error(&query).await, code, "{query}");
            }
        }
    }
    // A program has none of these, then as now.
    let created = owner.sees("{ me { user { createdAt } } }").await["me"]["user"].clone();
    let at = created["createdAt"].as_str().unwrap().parse().unwrap();
    let none = json!({ "me": { "user": null, "memberships": [], "sessions": [] } });
    assert_eq!(key.sees(&own(Some(at))).await, none);
    assert_ne!(owner.sees(&own(Some(at))).await, none);
}

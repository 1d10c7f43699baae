//! How does a tenant look, and how much may it use?

use serde_json::{Value, json};

use crate::world::{Person, World, command_id};

const BRAND: &str = "tenantBrand";
const CHANGE_PLAN: &str = "tenantChangePlan";
const LOGO: &str = "https://cdn.acme.example/logo.svg";

async fn looks(who: &Person<'_>) -> Value {
    let query = "{ tenant { brand { logoUrl primaryColour accentColour } } }";
    who.sees(query).await["tenant"]["brand"].clone()
}

async fn version(who: &Person<'_>) -> Value {
    who.sees("{ tenant { version } }").await["tenant"]["version"].clone()
}

/// What it pays, how many members it may have and how many it has.
async fn plan(who: &Person<'_>) -> Value {
    let query =
        "{ tenant { plan { name monthlyPriceCents limits { members } } usage { members } } }";
    who.sees(query).await["tenant"].clone()
}

fn on(plan: &str) -> Value {
    json!({ "plan": plan })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_looks_that_are_given_change_and_null_goes_back_to_our_own() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let ours = json!({ "logoUrl": null, "primaryColour": null, "accentColour": null });
    assert_eq!(looks(&guest).await, ours);
    let selection = "tenant { version brand { logoUrl primaryColour accentColour } }";
    let first = json!({ "logoUrl": LOGO, "primaryColour": "#1A2B3C" });
    let branded = owner.does(BRAND, first.clone(), selection).await;
    let expected = json!({ "logoUrl": LOGO, "primaryColour": "#1a2b3c", "accentColour": null });
    assert_eq!(branded["tenant"]["brand"], expected);
    assert_eq!(looks(&guest).await, expected);
    // What looks so already changes nothing, nor does nothing at all.
    for input in [first, json!({})] {
        let again = owner.does(BRAND, input, selection).await;
        assert_eq!(again["tenant"], branded["tenant"]);
    }
    let second = json!({ "logoUrl": null, "accentColour": "#ffffff" });
    owner.does(BRAND, second, "").await;
    let expected =
        json!({ "logoUrl": null, "primaryColour": "#1a2b3c", "accentColour": "#ffffff" });
    assert_eq!(looks(&guest).await, expected);
    owner.does(BRAND, ours.clone(), "").await;
    assert_eq!(looks(&guest).await, ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn says_which_look_is_none_and_changes_nothing() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let good = json!({ "logoUrl": LOGO, "primaryColour": "#1a2b3c", "accentColour": "#ffffff" });
    owner.does(BRAND, good.clone(), "").await;
    let long = format!("https://a.example/{}", "x".repeat(2_048));
    for (field, bad, code) in [
        ("logoUrl", "", "FIELD_MALFORMED"),
        (
            "logoUrl",
            "http://cdn.acme.example/logo.svg",
            "FIELD_MALFORMED",
        ),
        ("logoUrl", "https://127.0.0.1/logo.svg", "FIELD_MALFORMED"),
        ("logoUrl", "javascript:alert(1)", "FIELD_MALFORMED"),
        ("logoUrl", &long, "FIELD_TOO_LONG"),
        ("primaryColour", "red", "FIELD_MALFORMED"),
        ("accentColour", "#12345", "FIELD_MALFORMED"),
    ] {
        // One that is wrong keeps the others from going through.
        let mut input = json!({ "primaryColour": "#000000", "accentColour": "#000000" });
        input[field] = json!(bad);
        let payload = owner.mutate(BRAND, input, "tenant { name }").await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], code, "{field} {bad:.40}");
        assert_eq!(error["path"], json!(["input", field]));
        let rest = (&payload["tenant"], &payload["commit"]);
        assert_eq!(rest, (&Value::Null, &Value::Null), "{field} {bad:.40}");
    }
    let stale = json!({ "primaryColour": "#000000", "expectedVersion": 1 });
    assert_eq!(owner.fails(BRAND, stale).await, "VERSION_CONFLICT");
    let unknown = json!({ "primaryColor": "#000000" });
    assert_eq!(owner.fails(BRAND, unknown).await, "BAD_USER_INPUT");
    assert_eq!(looks(&owner).await, good);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_plan_takes_nothing_away_and_gives_no_more() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let invite =
        |number: usize| json!({ "email": format!("{number}@example.com"), "role": "GUEST" });
    for number in 0..10 {
        owner.does("memberInvite", invite(number), "").await;
    }
    let selection =
        "tenant { version plan { name monthlyPriceCents limits { members } } usage { members } }";
    let smaller = owner.does(CHANGE_PLAN, on("FREE"), selection).await;
    let free = json!({
        "plan": { "name": "FREE", "monthlyPriceCents": 0, "limits": { "members": 10 } },
        "usage": { "members": 11 },
    });
    assert_eq!(smaller["tenant"]["plan"], free["plan"]);
    assert_eq!(plan(&owner).await, free);
    assert_eq!(
        owner.is_refused("memberInvite", invite(10)).await,
        "MEMBER_LIMIT_REACHED"
    );
    // The plan that it is on already changes nothing.
    let again = owner.does(CHANGE_PLAN, on("FREE"), selection).await;
    assert_eq!(again["tenant"], smaller["tenant"]);
    owner.does(CHANGE_PLAN, on("STARTER"), "").await;
    owner.does("memberInvite", invite(10), "").await;
    let starter = json!({
        "plan": { "name": "STARTER", "monthlyPriceCents": 2_900, "limits": { "members": 25 } },
        "usage": { "members": 12 },
    });
    assert_eq!(plan(&owner).await, starter);
    let stale = json!({ "plan": "FREE", "expectedVersion": 1 });
    assert_eq!(owner.fails(CHANGE_PLAN, stale).await, "VERSION_CONFLICT");
    for bad in [json!({}), on("GOLD"), on("free"), json!({ "plan": null })] {
        let failed = owner.fails(CHANGE_PLAN, bad.clone()).await;
        assert_eq!(failed, "BAD_USER_INPUT", "{bad}");
    }
    assert_eq!(plan(&owner).await, starter);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_manage_the_tenant_change_its_looks_and_its_plan_and_nobody_else_does() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let manager = owner.lets_join("manager", "MANAGER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let admin = owner.lets_join("admin", "ADMIN").await;
    let scopes = json!({ "name": "till", "scopes": ["TENANT_READ", "TENANT_SECURE"] });
    let made = owner.does("apiKeyCreate", scopes, "key").await;
    let key = world.with_token(made["key"].as_str().unwrap());
    let nobody = world.with_token("");
    let before = version(&owner).await;
    let changes = [
        (BRAND, json!({ "primaryColour": "#1a2b3c" })),
        (CHANGE_PLAN, on("ENTERPRISE")),
    ];
    for (mutation, input) in &changes {
        for who in [&manager.caller, &guest.caller, &key] {
            let failed = who.fails(mutation, input.clone()).await;
            assert_eq!(failed, "FORBIDDEN", "{mutation}");
        }
        let failed = nobody.fails(mutation, input.clone()).await;
        assert_eq!(failed, "UNAUTHENTICATED", "{mutation}");
    }
    assert_eq!(version(&owner).await, before);
    let none = json!({ "plan": null, "usage": null });
    assert_eq!(plan(&manager).await, none);
    for (mutation, input) in &changes {
        admin.does(mutation, input.clone(), "").await;
    }
    assert_eq!(looks(&owner).await["primaryColour"], "#1a2b3c");
    assert_eq!(plan(&owner).await["plan"]["name"], "ENTERPRISE");
    // Where business stands still neither is changed.
    let reason = json!({ "reason": "unpaid" });
    owner.does("tenantSuspend", reason, "").await;
    for (mutation, input) in changes {
        assert_eq!(
            owner.fails(mutation, input).await,
            "FORBIDDEN",
            "{mutation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let cases = [
        (
            BRAND,
            json!({ "primaryColour": "#1a2b3c" }),
            json!({ "primaryColour": "#ffffff" }),
        ),
        (CHANGE_PLAN, on("ENTERPRISE"), on("STARTER")),
    ];
    for (mutation, mut first, mut second) in cases {
        first["commandId"] = json!(command_id());
        let selection = "commit { position version replayed }";
        let done = owner.does(mutation, first.clone(), selection).await;
        // Also after something else has changed it back.
        owner.does(mutation, second.clone(), "").await;
        let repeat = owner.does(mutation, first.clone(), selection).await;
        assert_eq!(repeat["commit"]["position"], done["commit"]["position"]);
        assert_eq!(repeat["commit"]["version"], done["commit"]["version"]);
        let replayed = (&done["commit"]["replayed"], &repeat["commit"]["replayed"]);
        assert_eq!(replayed, (&json!(false), &json!(true)), "{mutation}");
        second["commandId"] = first["commandId"].clone();
        let failed = owner.fails(mutation, second).await;
        assert_eq!(failed, "IDEMPOTENCY_KEY_REUSED", "{mutation}");
    }
    assert_eq!(looks(&owner).await["primaryColour"], "#ffffff");
    assert_eq!(plan(&owner).await["plan"]["name"], "STARTER");
}

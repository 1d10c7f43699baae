//! What clients agreed to.

use serde_json::{Value, json};

use crate::world::{Caller, World};

const SHOWN: &str =
    "consent { id clientId purpose status wording source withdrawalReason version }";

async fn client(owner: &Caller<'_>) -> Value {
    let input = json!({ "name": "Ada" });
    let payload = owner.does("clientRegister", input, "client { id }").await;
    payload["client"]["id"].clone()
}

fn news(client: &Value, wording: &str) -> Value {
    json!({
        "clientId": client, "purpose": "newsletter", "wording": wording, "source": "web form",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_is_given_withdrawn_and_given_anew() {
    let world = World::new().await;
    let owner = world.owner("consenting").await;
    let client = client(&owner).await;
    let given = owner
        .does("consentGive", news(&client, "I want news."), SHOWN)
        .await;
    let consent = &given["consent"];
    assert_eq!(
        (&consent["clientId"], &consent["status"]),
        (&client, &json!("GIVEN"))
    );
    assert_eq!(consent["wording"], "I want news.");
    let again = owner
        .does("consentGive", news(&client, "I want news."), SHOWN)
        .await;
    assert_eq!(&again["consent"], consent, "the same words change nothing");
    let withdraw = json!({ "consentId": consent["id"], "reason": "too many" });
    let withdrawn = owner.does("consentWithdraw", withdraw, SHOWN).await;
    assert_eq!(withdrawn["consent"]["status"], "WITHDRAWN");
    assert_eq!(withdrawn["consent"]["withdrawalReason"], "too many");
    let stale = json!({ "consentId": consent["id"], "expectedVersion": 1 });
    assert_eq!(
        owner.fails("consentWithdraw", stale).await,
        "VERSION_CONFLICT"
    );
    let anew = owner
        .does("consentGive", news(&client, "Send me news."), SHOWN)
        .await;
    assert_eq!(anew["consent"]["id"], consent["id"]);
    assert_eq!(anew["consent"]["version"], 3);

    let list = "{ consents(filter: { purposeIn: [\"newsletter\"], statusIn: [GIVEN] }) {
        totalCount nodes { id wording } } }";
    let seen = owner.sees(list).await;
    assert_eq!(seen["consents"]["totalCount"], 1);
    assert_eq!(seen["consents"]["nodes"][0]["wording"], "Send me news.");
    let node = format!(
        "{{ node(id: {}) {{ id ... on Consent {{ purpose }} }} }}",
        consent["id"]
    );
    assert_eq!(owner.sees(&node).await["node"]["purpose"], "newsletter");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_is_wrong() {
    let world = World::new().await;
    let owner = world.owner("refusing").await;
    let client = client(&owner).await;
    let nobody = json!("client_00000000000000000000000000000001");
    let malformed = json!({ "clientId": client, "purpose": "News!", "wording": "yes" });
    for (input, code) in [
        (news(&nobody, "yes"), "CLIENT_NOT_FOUND"),
        (news(&client, " "), "FIELD_EMPTY"),
        (malformed, "FIELD_MALFORMED"),
    ] {
        assert_eq!(owner.is_refused("consentGive", input).await, code);
    }
    let never = json!({ "consentId": "consent_00000000000000000000000000000001" });
    assert_eq!(
        owner.is_refused("consentWithdraw", never).await,
        "CONSENT_NEVER_GIVEN"
    );
    let seen = owner.sees("{ consents { totalCount } }").await;
    assert_eq!(seen["consents"]["totalCount"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_see_no_consents_and_members_record_them() {
    let world = World::new().await;
    let owner = world.owner("roles").await;
    let client = client(&owner).await;
    let member = owner.lets_join("mia", "MEMBER").await;
    let given = member
        .does("consentGive", news(&client, "yes"), SHOWN)
        .await;
    let guest = owner.lets_join("gus", "GUEST").await;
    assert_eq!(
        guest.error("{ consents { totalCount } }").await,
        "FORBIDDEN"
    );
    assert_eq!(
        guest.fails("consentGive", news(&client, "yes")).await,
        "FORBIDDEN"
    );
    let node = format!("{{ node(id: {}) {{ id }} }}", given["consent"]["id"]);
    assert_eq!(guest.sees(&node).await["node"], Value::Null);
    assert!(member.sees(&node).await["node"].is_object());
}

//! Is a person handed the mails that are kept for them, and their places on lists of recipients?
//!
//! All that an erasure would take away by their addresses: sent or not, whatever name stands before the
//! address; nothing of another tenant's, and no token with which somebody else could act in their name.

use chrono::TimeDelta;
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::Role;
use daybook_store::{Attachment, ClaimedMail, Mail};
use daybook_tests::{Business, Client, TestApp, fresh_id, id_of, run};
use serde_json::{Value, json};

use crate::erasure::{Words, erase};

pub(crate) async fn exported(who: &Client, id: &Value) -> Value {
    let input = json!({ "id": id });
    who.mutate("dataSubjectExport", input, "export").await["export"].take()
}

pub(crate) async fn invites(business: &Business, base: &str, email: &str) -> Value {
    let owner = business.sign_in(base, Role::Owner).await;
    let input = json!({ "email": email, "role": "GUEST" });
    let invited = owner.mutate("memberInvite", input, "member { id }").await;
    invited["member"]["id"].clone()
}

async fn lists(business: &Business, base: &str, recipients: Value) {
    let owner = business.sign_in(base, Role::Owner).await;
    let input = json!({ "recipients": recipients });
    let name = "tenantSetCheckpointRecipients";
    owner.mutate(name, input, "tenant { id }").await;
}

/// Keeps a mail of that tenant.
async fn mails(app: &TestApp, tenant: TenantId, to: &str, text: &str) {
    let mail = Mail {
        effect_id: fresh_id(),
        to: to.to_owned(),
        subject: "Checkpoint".to_owned(),
        text: text.to_owned(),
        html: None,
        attachment: Some(Attachment {
            name: "checkpoint-7.txt".to_owned(),
            text: "signed".to_owned(),
        }),
        expires_at: None,
    };
    assert!(app.store().outbox().enqueue(tenant, &mail).await.unwrap());
}

/// Every mail of the tenant that waits, on its way.
async fn claimed(app: &TestApp, tenant: TenantId) -> Vec<ClaimedMail> {
    let later = app.clock.now() + TimeDelta::minutes(1);
    let claimed = app.store().outbox().claim(later, 1_000).await.unwrap();
    claimed
        .into_iter()
        .filter(|it| it.tenant == tenant)
        .collect()
}

/// The token that the newest mail to an address holds.
pub(crate) async fn token(app: &TestApp, to: &str) -> String {
    let kept = app.store().outbox().newest(Some(to), 1).await.unwrap();
    let mut lines = kept[0].mail.text.lines();
    lines
        .find_map(|it| it.strip_prefix("Token: "))
        .unwrap()
        .to_owned()
}

#[test]
fn an_invited_person_is_handed_this_tenants_mails_and_no_token() {
    run(async {
        let app = TestApp::start().await;
        let ours = Business::found(app.store(), &[Role::Owner]).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let owner = ours.sign_in(&app.base, Role::Owner).await;
        let address = Words::default().address("Invited");
        let id = invites(&ours, &app.base, &address).await;
        let first = token(&app, &address).await;
        let sent = claimed(&app, ours.tenant_id).await;
        let (outbox, now) = (app.store().outbox(), app.clock.now());
        assert!(outbox.sent(&sent[0], now).await.unwrap());
        let again = json!({ "memberId": id });
        owner.mutate("memberReinvite", again, "member { id }").await;
        let second = token(&app, &address).await;
        let failed = claimed(&app, ours.tenant_id).await;
        let reason = format!("550 {address} is unknown");
        assert!(outbox.give_up(&failed[0], now, &reason).await.unwrap());
        mails(
            &app,
            ours.tenant_id,
            &format!("Ada <{}>", address.to_uppercase()),
            "Hello",
        )
        .await;
        // Somebody else's, and another tenant's.
        mails(&app, ours.tenant_id, "auditor@example.com", "Not for them").await;
        invites(&theirs, &app.base, &address).await;
        let third = token(&app, &address).await;
        lists(&ours, &app.base, json!(["auditor@example.com", address])).await;
        lists(&theirs, &app.base, json!([address])).await;

        let told = exported(&owner, &id).await;
        let kept = told["mails"].as_array().unwrap();
        let seen: Vec<_> = kept
            .iter()
            .map(|it| (&it["state"], &it["attempts"]))
            .collect();
        assert_eq!(
            seen,
            [
                (&json!("sent"), &json!(1)),
                (&json!("given_up"), &json!(1)),
                (&json!("waiting"), &json!(0)),
            ],
            "{told}"
        );
        assert_eq!(kept[0]["recipient"], json!(address));
        let subject = format!("You are invited to Tenant {}", ours.subdomain);
        assert_eq!(kept[0]["subject"], json!(subject));
        assert!(
            kept[0]["text"]
                .as_str()
                .unwrap()
                .contains("#token=(left out)")
        );
        assert!(kept[0]["finishedAt"].is_string() && kept[0]["enqueuedAt"].is_string());
        assert_eq!(kept[1]["lastError"], json!(reason));
        assert_eq!(kept[2]["text"], "Hello");
        assert_eq!(kept[2]["attachment"], "checkpoint-7.txt");
        assert_eq!(kept[2]["finishedAt"], Value::Null);
        let places = told["checkpointRecipients"].as_array().unwrap();
        let last = places.last().unwrap();
        assert_eq!(
            (&last["email"], &last["isInForce"]),
            (&json!(address), &json!(true))
        );
        let text = told.to_string();
        for hidden in [&first, &second, &third, &theirs.subdomain] {
            assert!(!text.contains(hidden.as_str()), "{hidden} in {text}");
        }
        for hidden in ["auditor@example.com", "Not for them"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }

        // What was shown is what goes, and the other tenant's stays.
        erase(&owner, &id).await;
        let addresses = [address.to_lowercase()];
        let left = outbox.to_one_of(ours.tenant_id, &addresses).await.unwrap();
        assert_eq!(left, []);
        let left = outbox
            .to_one_of(theirs.tenant_id, &addresses)
            .await
            .unwrap();
        assert_eq!(left.len(), 1);
        app.stop().await;
    });
}

#[test]
fn a_client_is_handed_mails_to_every_address_it_ever_had() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        let (former, now) = (words.address("Former"), words.address("Now"));
        let input = json!({ "name": "Ada", "email": former });
        let client = owner.mutate("clientRegister", input, "client { id }").await;
        let id = client["client"]["id"].clone();
        let moved = json!({ "clientId": id, "email": now });
        owner
            .mutate("clientChangeDetails", moved, "client { id }")
            .await;
        mails(&app, business.tenant_id, &former, "To the former one").await;
        mails(&app, business.tenant_id, &now, "To the new one").await;
        let told = exported(&owner, &id).await;
        let texts: Vec<&Value> = told["mails"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["text"])
            .collect();
        assert_eq!(texts, ["To the former one", "To the new one"]);
        assert_eq!(told["checkpointRecipients"], json!([]));
        // Whoever was never written to has none.
        let other = json!(id_of("client", business.register("Eve").await));
        assert_eq!(exported(&owner, &other).await["mails"], json!([]));
        app.stop().await;
    });
}

#[test]
fn an_account_is_handed_its_own_mails_and_those_of_its_places() {
    run(async {
        let app = TestApp::start().await;
        let mut business = Business::found(app.store(), &[Role::Owner]).await;
        business.add(Role::Member).await;
        let member = business.members[&Role::Member].clone();
        let email = member.email.as_str();
        let person = business.sign_in(&app.base, Role::Member).await;
        let asked = app
            .stranger()
            .post("/auth/reset-password", &json!({ "email": email }))
            .await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let token = token(&app, email).await;
        mails(&app, business.tenant_id, email, "From the tenant").await;
        lists(&business, &app.base, json!([email])).await;

        let told = exported(&person, &json!(id_of("user", member.user_id))).await;
        assert_eq!(told["mails"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(told["mails"][0]["subject"], "Reset your password");
        assert!(!told.to_string().contains(&token), "{told}");
        let place = &told["memberships"][0];
        assert_eq!(place["mails"][0]["text"], "From the tenant");
        assert_eq!(place["checkpointRecipients"][0]["email"], json!(email));

        // The tenant has no business with mails about the account.
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let told = exported(&owner, &json!(id_of("member", member.member_id))).await;
        assert_eq!(told["mails"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(told["mails"][0]["text"], "From the tenant");
        app.stop().await;
    });
}

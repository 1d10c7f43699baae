//! Does a term take away what it says and nothing else, and does a hold on a member stand in its way?

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::tenancy::public::Role;
use daybook_store::{ClaimedMail, Mail, MailState};
use daybook_tests::{
    Business, Client, Member, PASSWORD, Setup, TestApp, fresh_id, id_of, run, until,
};
use serde_json::{Value, json};

use crate::erasure::{SUBJECT, Words, dump, erase};

fn place(business: &Business, role: Role) -> Value {
    json!(id_of("member", business.members[&role].member_id))
}

async fn removes(owner: &Client, member: &Value) {
    let input = json!({ "memberId": member });
    owner.mutate("memberRemove", input, "member { id }").await;
}

async fn invites(owner: &Client) -> Value {
    let email = format!("{}@example.com", fresh_id().simple());
    let input = json!({ "email": email, "role": "GUEST" });
    let invited = owner.mutate("memberInvite", input, "member { id }").await;
    invited["member"]["id"].clone()
}

async fn holds(owner: &Client, member: &Value) {
    let input = json!({ "id": member, "reason": "case 7" });
    let held = owner.mutate("dataSubjectHold", input, SUBJECT).await;
    assert_eq!(held["dataSubject"]["status"], "HELD");
    assert_eq!(held["dataSubject"]["kind"], "MEMBER");
}

async fn subject(owner: &Client, id: &Value) -> Value {
    let document = "query($id: ID!) { dataSubject(id: $id) { status basis } }";
    owner.data(document, json!({ "id": id })).await["dataSubject"].clone()
}

async fn is_erased(owner: &Client, id: &Value) -> bool {
    subject(owner, id).await["status"] == "ERASED"
}

/// The members that are listed, with their status, in order.
async fn listed(owner: &Client) -> Vec<(Value, Value)> {
    let document = "{ members(first: 50) { nodes { id status } } }";
    let found = owner.data(document, json!({})).await;
    let nodes = found["members"]["nodes"].as_array().unwrap();
    let row = |node: &Value| (node["id"].clone(), node["status"].clone());
    let mut rows: Vec<_> = nodes.iter().map(row).collect();
    rows.sort_by_key(|(id, _)| id.to_string());
    rows
}

/// The same rows, in order.
fn rows(of: &[(&Value, &str)]) -> Vec<(Value, Value)> {
    let row = |(id, status): &(&Value, &str)| ((*id).clone(), json!(status));
    let mut rows: Vec<_> = of.iter().map(row).collect();
    rows.sort_by_key(|(id, _)| id.to_string());
    rows
}

/// The places that a person had in tenants at an instant, as they see them themselves.
async fn places_of(app: &TestApp, person: &Member, at: DateTime<Utc>) -> Value {
    let body = json!({ "email": person.email.as_str(), "password": PASSWORD, "tenant": null });
    let answer = app.stranger().post("/auth/login", &body).await;
    let person = app.client(answer.body["accessToken"].as_str().unwrap());
    let at = at.to_rfc3339();
    let document = format!("{{ me {{ memberships(asOf: {{ at: \"{at}\" }}) {{ memberId }} }} }}");
    person.data(&document, json!({})).await["me"]["memberships"].clone()
}

#[test]
fn members_who_ended_long_enough_ago_are_erased_and_nobody_else() {
    run(async {
        let app = TestApp::start().await;
        let roles = [
            Role::Owner,
            Role::Admin,
            Role::Manager,
            Role::Member,
            Role::Guest,
            Role::Client,
        ];
        let ours = Business::found(app.store(), &roles).await;
        let theirs = Business::found(app.store(), &[Role::Owner, Role::Manager]).await;
        // Keys outlive the days that pass here, and need not give a password.
        let owner = app.client(&ours.key().await);
        let neighbour = app.client(&theirs.key().await);
        let archived = id_of("client", ours.register("Archived").await);
        let input = json!({ "clientId": archived });
        owner.mutate("clientArchive", input, "client { id }").await;

        let term = json!({ "kind": "ENDED_MEMBERS", "days": 30 });
        owner
            .mutate("retentionSet", term, "retention { kind days }")
            .await;
        let [active, removed, held, left, late] = [
            Role::Admin,
            Role::Manager,
            Role::Member,
            Role::Guest,
            Role::Client,
        ]
        .map(|role| place(&ours, role));
        let (open, revoked) = (invites(&owner).await, invites(&owner).await);
        let (manager, in_place) = (&ours.members[&Role::Manager], app.clock.now());
        removes(&owner, &removed).await;
        removes(&owner, &held).await;
        holds(&owner, &held).await;
        let guest = ours.sign_in(&app.base, Role::Guest).await;
        guest
            .mutate("memberLeave", json!({}), "member { id }")
            .await;
        let input = json!({ "memberId": revoked });
        owner
            .mutate("memberRevokeInvitation", input, "member { id }")
            .await;
        let foreign = place(&theirs, Role::Manager);
        removes(&neighbour, &foreign).await;

        app.clock.advance(TimeDelta::days(20));
        removes(&owner, &late).await;
        let places = places_of(&app, manager, in_place).await;
        assert_eq!(places, json!([{ "memberId": removed }]));
        app.clock.advance(TimeDelta::days(11));
        for id in [&removed, &left, &revoked] {
            until("the term", async || is_erased(&owner, id).await).await;
            assert_eq!(subject(&owner, id).await["basis"], "RETENTION_OVER");
        }
        let founder = place(&ours, Role::Owner);
        let stay = [
            (&founder, "ACTIVE"),
            (&active, "ACTIVE"),
            (&open, "INVITED"),
            (&held, "REMOVED"),
        ];
        let with_late = [stay.as_slice(), &[(&late, "REMOVED")]].concat();
        assert_eq!(listed(&owner).await, rows(&with_late));
        // Whoever was erased there had a place there, and nobody knows any more.
        assert_eq!(places_of(&app, manager, in_place).await, json!([]));

        // Another look, after which whatever the first one had begun is over.
        app.clock.advance(TimeDelta::days(20));
        until("the other term", async || is_erased(&owner, &late).await).await;
        assert_eq!(listed(&owner).await, rows(&stay));
        assert_eq!(subject(&owner, &held).await["status"], "HELD");
        for id in [&founder, &active, &open, &json!(archived)] {
            assert_eq!(subject(&owner, id).await["status"], "NONE", "{id}");
        }
        // A tenant without a term keeps what it has.
        let kept = (foreign.clone(), json!("REMOVED"));
        assert!(listed(&neighbour).await.contains(&kept));
        assert_eq!(subject(&neighbour, &foreign).await["status"], "NONE");
        // Once nothing holds it any more, it goes with the next look.
        let release = json!({ "id": held });
        owner.mutate("dataSubjectRelease", release, SUBJECT).await;
        app.clock.advance(TimeDelta::days(1));
        until("the next day", async || is_erased(&owner, &held).await).await;
        assert_eq!(listed(&owner).await, rows(&stay[..3]));
        app.stop().await;
    });
}

#[test]
fn invitations_that_nobody_took_up_are_erased_and_no_others() {
    run(async {
        let app = TestApp::start().await;
        let ours = Business::found(app.store(), &[Role::Owner, Role::Member]).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let owner = app.client(&ours.key().await);
        let neighbour = app.client(&theirs.key().await);
        let term = json!({ "kind": "EXPIRED_INVITATIONS", "days": 30 });
        owner
            .mutate("retentionSet", term, "retention { kind days }")
            .await;
        let mut words = Words::default();
        let email = words.address("Invited");
        let input = json!({ "email": email, "role": "GUEST" });
        let invited = owner.mutate("memberInvite", input, "member { id }").await;
        let forgotten = invited["member"]["id"].clone();
        let [renewed, held, foreign] = [
            invites(&owner).await,
            invites(&owner).await,
            invites(&neighbour).await,
        ];
        holds(&owner, &held).await;
        // Good for another week from here on, and then kept for thirty days.
        app.clock.advance(TimeDelta::days(20));
        let input = json!({ "memberId": renewed });
        owner.mutate("memberReinvite", input, "member { id }").await;
        app.clock.advance(TimeDelta::days(18));
        until("the term", async || is_erased(&owner, &forgotten).await).await;
        assert_eq!(subject(&owner, &forgotten).await["basis"], "RETENTION_OVER");
        assert_eq!(words.found_in(&dump(&app.database).await), [""; 0]);
        let (founder, member) = (place(&ours, Role::Owner), place(&ours, Role::Member));
        let stay = [
            (&founder, "ACTIVE"),
            (&member, "ACTIVE"),
            (&renewed, "INVITED"),
            (&held, "INVITED"),
        ];
        assert_eq!(listed(&owner).await, rows(&stay));
        assert_eq!(subject(&owner, &held).await["status"], "HELD");
        assert_eq!(subject(&neighbour, &foreign).await["status"], "NONE");

        app.clock.advance(TimeDelta::days(20));
        until("the other", async || is_erased(&owner, &renewed).await).await;
        assert_eq!(listed(&owner).await, rows(&[stay[0], stay[1], stay[3]]));
        app.stop().await;
    });
}

/// Mails of a tenant, and how they end.
struct Mails<'a> {
    app: &'a TestApp,
    business: &'a Business,
}

impl Mails<'_> {
    /// Another one that waits; its id.
    async fn waits(&self) -> uuid::Uuid {
        let mail = Mail {
            effect_id: fresh_id(),
            to: "Somebody <somebody@example.com>".to_owned(),
            subject: "Hello".to_owned(),
            text: "Somebody wrote.".to_owned(),
            html: None,
            attachment: None,
            expires_at: None,
        };
        let outbox = self.app.store().outbox();
        let tenant = self.business.tenant_id;
        assert!(outbox.enqueue(tenant, &mail).await.unwrap());
        mail.effect_id
    }

    async fn claimed(&self, id: uuid::Uuid) -> ClaimedMail {
        let now = self.app.clock.now();
        let claimed = self.app.store().outbox().claim(now, 100).await.unwrap();
        let mut found = claimed.into_iter().filter(|it| it.mail.effect_id == id);
        found.next().unwrap()
    }

    async fn is_sent(&self) -> uuid::Uuid {
        let id = self.waits().await;
        let (claimed, now) = (self.claimed(id).await, self.app.clock.now());
        let outbox = self.app.store().outbox();
        assert!(outbox.sent(&claimed, now).await.unwrap());
        id
    }

    async fn is_given_up(&self) -> uuid::Uuid {
        let id = self.waits().await;
        let (claimed, now) = (self.claimed(id).await, self.app.clock.now());
        let outbox = self.app.store().outbox();
        assert!(outbox.give_up(&claimed, now, "550").await.unwrap());
        id
    }
}

#[test]
fn mails_that_were_finished_long_enough_ago_are_taken_away_and_nothing_else() {
    run(async {
        // Longer than the term: else mails would go by themselves.
        let setup = Setup::default().with("DAYBOOK_MAIL_KEEP", "300d");
        let app = setup.start().await;
        let ours = Business::found(app.store(), &[Role::Owner]).await;
        let theirs = Business::found(app.store(), &[Role::Owner]).await;
        let mails = |business| Mails {
            app: &app,
            business,
        };
        let owner = app.client(&ours.key().await);
        let archived = id_of("client", ours.register("Archived").await);
        let input = json!({ "clientId": archived });
        owner.mutate("clientArchive", input, "client { id }").await;
        let ended = invites(&owner).await;
        let input = json!({ "memberId": ended });
        owner
            .mutate("memberRevokeInvitation", input, "member { id }")
            .await;

        let (sent, given_up) = (
            mails(&ours).is_sent().await,
            mails(&ours).is_given_up().await,
        );
        let foreign = mails(&theirs).is_sent().await;
        let waiting = mails(&ours).waits().await;
        let term = json!({ "kind": "FINISHED_MAIL", "days": 30 });
        owner
            .mutate("retentionSet", term, "retention { kind days }")
            .await;
        app.clock.advance(TimeDelta::days(20));
        let late = mails(&ours).is_sent().await;
        let state = async |id| {
            let found = app.store().outbox().find(id).await.unwrap();
            found.map(|kept| kept.state)
        };
        for id in [sent, given_up] {
            assert!(state(id).await.is_some(), "its term is not over");
        }
        app.clock.advance(TimeDelta::days(11));
        for id in [sent, given_up] {
            until("the term", async || state(id).await.is_none()).await;
        }
        assert_eq!(state(late).await, Some(MailState::Sent));
        assert_eq!(state(waiting).await, Some(MailState::Waiting));
        assert_eq!(state(foreign).await, Some(MailState::Sent));
        // Clients and members have no term.
        app.clock.advance(TimeDelta::days(20));
        until("the other term", async || state(late).await.is_none()).await;
        for id in [&json!(archived), &ended] {
            assert_eq!(subject(&owner, id).await["status"], "NONE", "{id}");
        }
        assert_eq!(state(waiting).await, Some(MailState::Waiting));
        assert_eq!(state(foreign).await, Some(MailState::Sent));
        app.stop().await;
    });
}

#[test]
fn a_held_member_is_not_erased_by_anybody_and_stays_known_when_the_account_goes() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner, Role::Manager]).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let member = place(&business, Role::Manager);
        holds(&owner, &member).await;
        let erasing = json!({ "id": member });
        for who in [&owner, &app.client(&business.key().await)] {
            let refused = who
                .attempt("dataSubjectErase", erasing.clone(), SUBJECT)
                .await;
            assert_eq!(refused["userErrors"][0]["code"], "LEGAL_HOLD");
        }
        let shown = "query($id: ID!) { member(id: $id) { email status } }";
        let shown = async || owner.data(shown, json!({ "id": member })).await["member"].clone();
        let email = business.members[&Role::Manager].email.as_str().to_owned();
        assert_eq!(shown().await, json!({ "email": email, "status": "ACTIVE" }));

        // Whoever erases their own account leaves; the tenant keeps what it has to keep.
        let person = business.sign_in(&app.base, Role::Manager).await;
        let user = json!(id_of("user", business.members[&Role::Manager].user_id));
        erase(&person, &user).await;
        assert_eq!(shown().await, json!({ "email": email, "status": "LEFT" }));
        assert_eq!(subject(&owner, &member).await["status"], "HELD");
        let refused = owner
            .attempt("dataSubjectErase", erasing.clone(), SUBJECT)
            .await;
        assert_eq!(refused["userErrors"][0]["code"], "LEGAL_HOLD");

        owner
            .mutate("dataSubjectRelease", erasing.clone(), SUBJECT)
            .await;
        erase(&owner, &member).await;
        assert_eq!(shown().await, Value::Null);
        let address = Words::of(email);
        assert_eq!(address.found_in(&dump(&app.database).await), [""; 0]);
        app.stop().await;
    });
}

//! When is a document due, and when is it overdue?

use chrono::{NaiveTime, TimeDelta};
use serde_json::{Value, json};

use crate::world::{Caller, Person, World, command_id, moved};

const SET_DUE_DATE: &str = "invoiceSetDueDate";
const MARK_OVERDUE: &str = "invoiceMarkOverdue";
const STATE: &str = "invoice { id status dueOn version outstanding { amount } }";

/// An owner whose tenant numbers its documents, and a client.
async fn business(world: &World) -> (Person<'_>, String) {
    let owner = world.owner("acme").await;
    let settings = json!({ "currency": "EUR", "numberStyle": "GAPLESS", "paymentTermsDays": 14 });
    owner.does("tenantChangeSettings", settings, "").await;
    let made = owner.does("clientRegister", json!({ "name": "Bob" }), "client { id }");
    let client = made.await["client"]["id"].as_str().unwrap().to_owned();
    (owner, client)
}

/// A document of 100 euros, with whatever more is said of it.
async fn document(who: &Caller<'_>, mutation: &str, client: &str, more: Value) -> Value {
    let line = json!({ "description": "lanterns", "quantity": "1", "unitPrice": "100" });
    let mut input = json!({ "clientId": client, "lines": [line] });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    let made = who.does(mutation, input, "invoice { id }").await;
    made["invoice"]["id"].clone()
}

async fn drafted(who: &Caller<'_>, client: &str, more: Value) -> Value {
    document(who, "invoiceDraft", client, more).await
}

/// One that was to be paid years ago.
async fn long_due(who: &Caller<'_>, client: &str) -> Value {
    let days = json!({ "issueOn": "2020-01-01", "dueOn": "2020-01-15" });
    document(who, "invoiceIssue", client, days).await
}

async fn state(who: &Caller<'_>, invoice: &Value) -> Value {
    let query = format!(
        "{{ invoice(id: {invoice}) {{ id status dueOn version outstanding {{ amount }} }} }}"
    );
    who.sees(&query).await["invoice"].clone()
}

fn of(invoice: &Value) -> Value {
    json!({ "invoiceId": invoice })
}

fn due(invoice: &Value, on: impl Into<Value>) -> Value {
    json!({ "invoiceId": invoice, "dueOn": on.into() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_due_when_it_says_or_by_the_usual_terms() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let draft = drafted(&owner, &client, json!({})).await;
    assert_eq!(state(&owner, &draft).await["dueOn"], Value::Null);
    let set = owner
        .does(SET_DUE_DATE, due(&draft, "2026-04-30"), STATE)
        .await;
    assert_eq!(set["invoice"]["dueOn"], "2026-04-30");
    assert_eq!(state(&owner, &draft).await, set["invoice"]);
    // The same date again changes nothing.
    let again = owner
        .does(SET_DUE_DATE, due(&draft, "2026-04-30"), STATE)
        .await;
    assert_eq!(again["invoice"], set["invoice"]);
    let send = json!({ "invoiceId": draft, "issuedOn": "2026-03-01" });
    owner.does("invoiceSend", send, "").await;
    assert_eq!(state(&owner, &draft).await["dueOn"], "2026-04-30");
    // Null takes it away again: then it is two weeks after the day it bears.
    let usual = drafted(&owner, &client, json!({ "dueOn": "2026-04-30" })).await;
    let cleared = owner.does(SET_DUE_DATE, due(&usual, Value::Null), STATE);
    assert_eq!(cleared.await["invoice"]["dueOn"], Value::Null);
    assert_eq!(state(&owner, &usual).await["dueOn"], Value::Null);
    let send = json!({ "invoiceId": usual, "issuedOn": "2026-03-01" });
    owner.does("invoiceSend", send, "").await;
    assert_eq!(state(&owner, &usual).await["dueOn"], "2026-03-15");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_drafted_invoice_gets_another_due_date_and_none_before_its_own() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let dated = drafted(&owner, &client, json!({ "issueOn": "2026-03-01" })).await;
    let adjustment = drafted(&owner, &client, json!({ "kind": "ADJUSTMENT" })).await;
    let sent = long_due(&owner, &client).await;
    let cancelled = drafted(&owner, &client, json!({})).await;
    owner.does("invoiceCancel", of(&cancelled), "").await;
    let unknown = json!(format!("invoice_{}", command_id().simple()));
    for (invoice, due_on, code, path) in [
        (
            &dated,
            "2026-02-28",
            "DUE_BEFORE_ISSUE",
            json!(["input", "dueOn"]),
        ),
        (
            &dated,
            "1899-12-31",
            "FIELD_MALFORMED",
            json!(["input", "dueOn"]),
        ),
        (
            &dated,
            "9999-01-01",
            "FIELD_MALFORMED",
            json!(["input", "dueOn"]),
        ),
        (&adjustment, "2026-04-30", "NOT_AN_INVOICE", json!([])),
        (&sent, "2026-04-30", "INVOICE_SENT", json!([])),
        (&cancelled, "2026-04-30", "INVOICE_CANCELLED", json!([])),
        (&unknown, "2026-04-30", "INVOICE_NOT_FOUND", json!([])),
    ] {
        let payload = owner
            .mutate(SET_DUE_DATE, due(invoice, due_on), STATE)
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &path));
        let rest = (&payload["invoice"], &payload["commit"]);
        assert_eq!(rest, (&Value::Null, &Value::Null), "{code}");
    }
    assert_eq!(state(&owner, &dated).await["dueOn"], Value::Null);
    assert_eq!(state(&owner, &sent).await["dueOn"], "2020-01-15");
    // On the very day is early enough.
    owner
        .does(SET_DUE_DATE, due(&dated, "2026-03-01"), "")
        .await;
    let mut stale = due(&dated, "2026-03-02");
    stale["expectedVersion"] = json!(1);
    assert_eq!(owner.fails(SET_DUE_DATE, stale).await, "VERSION_CONFLICT");
    for bad in [
        due(&dated, "2026-02-30"),
        due(&dated, "tomorrow"),
        due(&json!(client), "2026-04-30"),
    ] {
        let failed = owner.fails(SET_DUE_DATE, bad.clone()).await;
        assert_eq!(failed, "BAD_USER_INPUT", "{bad}");
    }
    assert_eq!(state(&owner, &dated).await["dueOn"], "2026-03-01");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_overdue_the_day_after_it_is_due_by_the_tenants_calendar() {
    let clock = moved::<8>();
    // Half past noon by universal time, when the next day has begun on Kiritimati.
    let now = (clock.read)();
    let tomorrow = now.date_naive() + TimeDelta::days(1);
    let noon = tomorrow.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(750);
    clock.on(noon - now);
    let world = World::at(clock).await;
    let (owner, client) = business(&world).await;
    let days = json!({ "issueOn": tomorrow, "dueOn": tomorrow });
    let invoice = document(&owner, "invoiceIssue", &client, days).await;
    let zone = |name: &str| json!({ "timeZone": name });
    owner
        .does("tenantChangeSettings", zone("Etc/UTC"), "")
        .await;
    assert_eq!(
        owner.is_refused(MARK_OVERDUE, of(&invoice)).await,
        "INVOICE_NOT_DUE"
    );
    assert_eq!(state(&owner, &invoice).await["status"], "SENT");
    let away = zone("Pacific/Kiritimati");
    owner.does("tenantChangeSettings", away, "").await;
    let marked = owner.does(MARK_OVERDUE, of(&invoice), STATE).await;
    assert_eq!(marked["invoice"]["status"], "OVERDUE");
    assert_eq!(state(&owner, &invoice).await, marked["invoice"]);
    let filter = "{ invoices(filter: { statusIn: [OVERDUE] }) { nodes { id } } }";
    let seen = owner.sees(filter).await;
    assert_eq!(seen["invoices"]["nodes"], json!([{ "id": invoice }]));
    // Marked once more it changes nothing.
    let again = owner.does(MARK_OVERDUE, of(&invoice), STATE).await;
    assert_eq!(again["invoice"], marked["invoice"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_sent_invoice_with_something_outstanding_is_marked() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let pay = |invoice: &Value, amount: &str| json!({ "invoiceId": invoice, "amount": amount, "receivedOn": "2020-02-01" });
    let draft = drafted(&owner, &client, json!({})).await;
    let cancelled = drafted(&owner, &client, json!({})).await;
    owner.does("invoiceCancel", of(&cancelled), "").await;
    let paid = long_due(&owner, &client).await;
    owner
        .does("invoiceRecordPayment", pay(&paid, "100"), "")
        .await;
    let credited = long_due(&owner, &client).await;
    let credit = owner.does("invoiceCredit", of(&credited), "creditNote { id }");
    let credit_note = credit.await["creditNote"]["id"].clone();
    let unknown = json!(format!("invoice_{}", command_id().simple()));
    for (invoice, code) in [
        (&draft, "INVOICE_NOT_SENT"),
        (&cancelled, "INVOICE_CANCELLED"),
        (&paid, "INVOICE_PAID"),
        (&credited, "INVOICE_CANCELLED"),
        (&credit_note, "NOT_AN_INVOICE"),
        (&unknown, "INVOICE_NOT_FOUND"),
    ] {
        let refused = owner.is_refused(MARK_OVERDUE, of(invoice)).await;
        assert_eq!(refused, code);
    }
    let wrong = of(&json!(client));
    assert_eq!(owner.fails(MARK_OVERDUE, wrong).await, "BAD_USER_INPUT");
    let part = long_due(&owner, &client).await;
    let seen = state(&owner, &part).await;
    owner
        .does("invoiceRecordPayment", pay(&part, "40"), "")
        .await;
    let mut stale = of(&part);
    stale["expectedVersion"] = seen["version"].clone();
    assert_eq!(owner.fails(MARK_OVERDUE, stale).await, "VERSION_CONFLICT");
    let marked = owner.does(MARK_OVERDUE, of(&part), STATE).await;
    assert_eq!(marked["invoice"]["status"], "OVERDUE");
    assert_eq!(marked["invoice"]["outstanding"]["amount"], "60.00");
    // It is overdue until all of it is paid.
    for (amount, status) in [("10", "OVERDUE"), ("50", "PAID")] {
        let payment = pay(&part, amount);
        owner.does("invoiceRecordPayment", payment, "").await;
        assert_eq!(state(&owner, &part).await["status"], status);
    }
    let refused = owner.is_refused(MARK_OVERDUE, of(&part)).await;
    assert_eq!(refused, "INVOICE_PAID");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_with_due_dates_what_the_table_says_and_in_its_own_tenant() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let manager = owner.lets_join("manager", "MANAGER").await;
    let member = owner.lets_join("member", "MEMBER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let draft = drafted(&owner, &client, json!({})).await;
    let sent = long_due(&owner, &client).await;
    let set = due(&draft, "2026-04-30");
    assert_eq!(guest.fails(SET_DUE_DATE, set.clone()).await, "FORBIDDEN");
    for who in [&guest, &member] {
        assert_eq!(who.fails(MARK_OVERDUE, of(&sent)).await, "FORBIDDEN");
    }
    let nobody = world.with_token("");
    let stranger = world.owner("zebra").await;
    for (mutation, input) in [(SET_DUE_DATE, &set), (MARK_OVERDUE, &of(&sent))] {
        let failed = nobody.fails(mutation, input.clone()).await;
        assert_eq!(failed, "UNAUTHENTICATED", "{mutation}");
        let refused = stranger.is_refused(mutation, input.clone()).await;
        assert_eq!(refused, "INVOICE_NOT_FOUND", "{mutation}");
    }
    assert_eq!(state(&guest, &draft).await["dueOn"], Value::Null);
    assert_eq!(state(&guest, &sent).await["status"], "SENT");
    member.does(SET_DUE_DATE, set, "").await;
    manager.does(MARK_OVERDUE, of(&sent), "").await;
    assert_eq!(state(&guest, &draft).await["dueOn"], "2026-04-30");
    assert_eq!(state(&guest, &sent).await["status"], "OVERDUE");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let draft = drafted(&owner, &client, json!({})).await;
    let (sent, other) = (
        long_due(&owner, &client).await,
        long_due(&owner, &client).await,
    );
    for (mutation, mut first, mut second) in [
        (
            SET_DUE_DATE,
            due(&draft, "2026-04-30"),
            due(&draft, "2026-05-31"),
        ),
        (MARK_OVERDUE, of(&sent), of(&other)),
    ] {
        let same = json!(command_id());
        first["commandId"] = same.clone();
        second["commandId"] = same;
        let done = owner.does(mutation, first.clone(), STATE).await;
        let repeat = owner.does(mutation, first, STATE).await;
        assert_eq!(repeat["invoice"], done["invoice"], "{mutation}");
        let replayed = (&done["commit"]["replayed"], &repeat["commit"]["replayed"]);
        assert_eq!(replayed, (&json!(false), &json!(true)), "{mutation}");
        let failed = owner.fails(mutation, second).await;
        assert_eq!(failed, "IDEMPOTENCY_KEY_REUSED", "{mutation}");
    }
    assert_eq!(state(&owner, &draft).await["dueOn"], "2026-04-30");
    assert_eq!(state(&owner, &other).await["status"], "SENT");
    // A repeat is one also when it would be refused by now.
    let same = command_id();
    let mut set = due(&draft, "2026-06-30");
    set["commandId"] = json!(same);
    owner.does(SET_DUE_DATE, set.clone(), "").await;
    let send = json!({ "invoiceId": draft, "issuedOn": "2026-03-01" });
    owner.does("invoiceSend", send, "").await;
    let repeat = owner.does(SET_DUE_DATE, set, "").await;
    assert_eq!(repeat["commit"]["replayed"], true);
}

//! Documents: drafts, numbers, payments and credit.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{Person, World, command_id};

/// An owner whose tenant numbers its documents without gaps, in euros, and a client.
async fn business(world: &World) -> (Person<'_>, String) {
    let owner = world.owner("acme").await;
    let settings = json!({ "currency": "EUR", "numberStyle": "GAPLESS", "paymentTermsDays": 14 });
    owner.does("tenantChangeSettings", settings, "").await;
    let made = owner
        .does("clientRegister", json!({ "name": "Bob" }), "client { id }")
        .await;
    let client = made["client"]["id"].as_str().unwrap().to_owned();
    (owner, client)
}

fn line(quantity: &str, unit_price: &str) -> Value {
    json!({ "description": "lanterns", "quantity": quantity, "unitPrice": unit_price })
}

fn of(client: &str, lines: &[Value]) -> Value {
    json!({ "clientId": client, "lines": lines })
}

const FIGURES: &str = "id number status version net { amount } tax { amount } total { amount } \
                       paid { amount } credited { amount } outstanding { amount }";

impl Person<'_> {
    async fn invoice(&self, mutation: &str, input: Value) -> Value {
        let selection = format!("invoice {{ {FIGURES} }}");
        let payload = self.does(mutation, input, &selection).await;
        payload["invoice"].clone()
    }

    async fn issues(&self, client: &str, amount: &str) -> Value {
        self.invoice("invoiceIssue", of(client, &[line("1", amount)]))
            .await
    }
}

fn amounts<const N: usize>(invoice: &Value, names: [&str; N]) -> [String; N] {
    names.map(|name| invoice[name]["amount"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_changes_until_it_is_sent_and_never_after() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let mut draft = of(&client, &[line("2", "10"), line("3", "0.335")]);
    draft["taxRate"] = json!("20");
    let draft = owner.invoice("invoiceDraft", draft).await;
    // 3 × 0.335 is 1.005, and half goes to the even cent.
    assert_eq!(
        amounts(&draft, ["net", "tax", "total"]),
        ["21.00", "4.20", "25.20"]
    );
    assert_eq!(
        (&draft["status"], &draft["number"]),
        (&json!("DRAFT"), &Value::Null)
    );
    let invoice_id = &draft["id"];
    let mut add = line("0.5", "0.01");
    add["invoiceId"] = invoice_id.clone();
    let added = owner.invoice("invoiceAddLine", add).await;
    assert_eq!(amounts(&added, ["net"]), ["21.00"]);
    let query = format!(
        "{{ invoice(id: {invoice_id}) {{ lines {{ nodes {{ id total {{ amount }} }} }} }} }}"
    );
    let seen = owner.sees(&query).await;
    let lines = seen["invoice"]["lines"]["nodes"].as_array().unwrap();
    let totals: Vec<&str> = lines
        .iter()
        .map(|line| line["total"]["amount"].as_str().unwrap())
        .collect();
    assert_eq!(totals, ["20.00", "1.00", "0.00"]);
    let change = json!({ "invoiceId": invoice_id, "lineId": lines[0]["id"], "quantity": "-1" });
    let changed = owner.invoice("invoiceChangeLine", change).await;
    assert_eq!(amounts(&changed, ["net"]), ["-9.00"]);
    let send = json!({ "invoiceId": invoice_id, "issuedOn": "2026-03-01" });
    assert_eq!(
        owner.is_refused("invoiceSend", send.clone()).await,
        "TOTAL_NOT_POSITIVE"
    );
    let remove = json!({ "invoiceId": invoice_id, "lineId": lines[0]["id"] });
    owner.invoice("invoiceRemoveLine", remove).await;
    let tax = json!({ "invoiceId": invoice_id, "taxRate": null });
    let untaxed = owner.invoice("invoiceSetTax", tax).await;
    assert_eq!(amounts(&untaxed, ["tax", "total"]), ["0.00", "1.00"]);
    let sent = owner.invoice("invoiceSend", send).await;
    assert_eq!(
        (&sent["status"], &sent["number"]),
        (&json!("SENT"), &json!("INV-000001"))
    );
    let seen = owner
        .sees(&format!(
            "{{ invoice(id: {invoice_id}) {{ issuedOn dueOn }} }}"
        ))
        .await;
    assert_eq!(
        seen["invoice"],
        json!({ "issuedOn": "2026-03-01", "dueOn": "2026-03-15" })
    );
    let mut late = line("1", "1");
    late["invoiceId"] = invoice_id.clone();
    for (mutation, input) in [
        ("invoiceAddLine", late),
        (
            "invoiceRemoveLine",
            json!({ "invoiceId": invoice_id, "lineId": lines[1]["id"] }),
        ),
        (
            "invoiceSetTax",
            json!({ "invoiceId": invoice_id, "taxRate": "10" }),
        ),
        (
            "invoiceChangeDetails",
            json!({ "invoiceId": invoice_id, "notes": "thanks" }),
        ),
        ("invoiceCancel", json!({ "invoiceId": invoice_id })),
    ] {
        assert_eq!(
            owner.is_refused(mutation, input).await,
            "INVOICE_SENT",
            "{mutation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_without_gaps_also_when_some_documents_fail_and_all_come_at_once() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let issue = |number: usize| {
        // Every third has nothing to pay, and is refused.
        let amount = if number.is_multiple_of(3) { "0" } else { "5" };
        owner.mutate(
            "invoiceIssue",
            of(&client, &[line("1", amount)]),
            "invoice { number }",
        )
    };
    let payloads = join_all((0..45).map(issue)).await;
    let numbers = payloads
        .iter()
        .filter_map(|payload| payload["invoice"]["number"].as_str());
    let numbers: BTreeSet<&str> = numbers.collect();
    let expected: Vec<String> = (1..=30).map(|n| format!("INV-{n:06}")).collect();
    assert!(numbers.iter().eq(expected.iter()), "{numbers:?}");
    // A number that a document brings along is not drawn, and leaves no gap.
    let brought = json!({ "clientId": client, "number": "X-1", "lines": [line("1", "5")] });
    assert_eq!(
        owner.invoice("invoiceIssue", brought).await["number"],
        "X-1"
    );
    assert_eq!(owner.issues(&client, "5").await["number"], "INV-000031");
    let draft = owner
        .invoice("invoiceDraft", of(&client, &[line("1", "5")]))
        .await;
    let send = json!({ "invoiceId": draft["id"], "number": "X-2" });
    assert_eq!(
        owner.is_refused("invoiceSend", send).await,
        "NUMBER_IS_DRAWN"
    );
    let reserved = json!({ "clientId": client, "number": "INV-000099", "lines": [line("1", "5")] });
    assert_eq!(
        owner.is_refused("invoiceIssue", reserved).await,
        "NUMBER_RESERVED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_are_given_belong_to_one_document() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    owner
        .does(
            "tenantChangeSettings",
            json!({ "numberStyle": "MANUAL" }),
            "",
        )
        .await;
    let issue = |number: &str| {
        let mut input = of(&client, &[line("1", "5")]);
        input["number"] = json!(number);
        input
    };
    assert_eq!(
        owner.invoice("invoiceIssue", issue("2026-7")).await["number"],
        "2026-7"
    );
    assert_eq!(
        owner.is_refused("invoiceIssue", issue("2026-7")).await,
        "NUMBER_TAKEN"
    );
    let nameless = of(&client, &[line("1", "5")]);
    assert_eq!(
        owner.is_refused("invoiceIssue", nameless).await,
        "NUMBER_MISSING"
    );
    let at_once = (0..10).map(|_| owner.mutate("invoiceIssue", issue("2026-8"), ""));
    let payloads = join_all(at_once).await;
    let done = payloads
        .iter()
        .filter(|payload| payload["commit"].is_object())
        .count();
    assert_eq!(done, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_come_in_parts_and_never_exceed_what_is_outstanding() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let invoice = owner.issues(&client, "100").await;
    let pay = |amount: &str| json!({ "invoiceId": invoice["id"], "amount": amount, "receivedOn": "2026-03-02" });
    let paid = owner.invoice("invoiceRecordPayment", pay("40")).await;
    assert_eq!(paid["status"], "PARTIALLY_PAID");
    assert_eq!(amounts(&paid, ["paid", "outstanding"]), ["40.00", "60.00"]);
    let code = owner.is_refused("invoiceRecordPayment", pay("60.01")).await;
    assert_eq!(code, "EXCEEDS_OUTSTANDING");
    // Ten at once of 20 each: three find room.
    let at_once = (0..10).map(|_| owner.mutate("invoiceRecordPayment", pay("20"), ""));
    let payloads = join_all(at_once).await;
    let went_in = payloads
        .iter()
        .filter(|payload| payload["commit"].is_object());
    assert_eq!(went_in.count(), 3);
    let query = format!(
        "{{ invoice(id: {}) {{ {FIGURES} payments {{ totalCount }} }} \
         balances {{ outstanding {{ amount }} paid {{ amount }} }} }}",
        invoice["id"]
    );
    let seen = owner.sees(&query).await;
    assert_eq!(seen["invoice"]["status"], "PAID");
    assert_eq!(seen["invoice"]["payments"]["totalCount"], 4);
    assert_eq!(
        amounts(&seen["balances"][0], ["outstanding", "paid"]),
        ["0.00", "100.00"]
    );
    assert_eq!(
        owner.is_refused("invoiceRecordPayment", pay("1")).await,
        "INVOICE_PAID"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn receivables_are_told_by_age() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    for (due_on, amount) in [
        ("2026-03-01", "100"),
        ("2026-01-15", "40"),
        ("2026-04-01", "7"),
    ] {
        let mut issue = of(&client, &[line("1", amount)]);
        issue["issueOn"] = json!("2026-01-01");
        issue["dueOn"] = json!(due_on);
        owner.invoice("invoiceIssue", issue).await;
    }
    let query = |arguments: &str| {
        format!(
            "{{ receivables{arguments} {{ currency invoiceCount outstanding {{ amount }} \
             overdue {{ amount }} buckets {{ age invoiceCount outstanding {{ amount }} }} }} }}"
        )
    };
    let seen = owner.sees(&query("(on: \"2026-03-02\")")).await;
    let figures = &seen["receivables"][0];
    assert_eq!(
        amounts(figures, ["outstanding", "overdue"]),
        ["147.00", "140.00"]
    );
    assert_eq!(figures["invoiceCount"], 3);
    let buckets: Vec<_> = figures["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let amount = it["outstanding"]["amount"].as_str().unwrap();
            (it["age"].as_str().unwrap(), amount)
        })
        .collect();
    let expected = [
        ("NOT_DUE", "7.00"),
        ("DAYS_1_TO_30", "100.00"),
        ("DAYS_31_TO_60", "40.00"),
        ("DAYS_61_TO_90", "0.00"),
        ("OVER_90_DAYS", "0.00"),
    ];
    assert_eq!(buckets, expected);
    // Left out, the day is today in the tenant's calendar.
    let today = owner.sees(&query("")).await;
    assert_eq!(today["receivables"][0]["outstanding"]["amount"], "147.00");
    let of_client = query(&format!("(clientId: {})", json!(client)));
    let of_client = owner.sees(&of_client).await;
    assert_eq!(of_client["receivables"][0]["invoiceCount"], 3);
    let other = world.owner("elsewhere").await;
    assert_eq!(other.sees(&query("")).await["receivables"], json!([]));
    assert_eq!(
        world.with_token("").error(&query("")).await,
        "UNAUTHENTICATED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_note_takes_back_what_was_sent_and_no_more() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let issue = of(&client, &[line("4", "10"), line("1", "60")]);
    let invoice = owner.invoice("invoiceIssue", issue).await;
    let credit = async |extent: Value| {
        let input = json!({ "invoiceId": invoice["id"], "extent": extent, "reason": "broken" });
        let selection = format!("creditNote {{ kind {FIGURES} }} invoice {{ {FIGURES} }}");
        owner.does("invoiceCredit", input, &selection).await
    };
    let query = format!(
        "{{ invoice(id: {}) {{ lines {{ nodes {{ id }} }} }} }}",
        invoice["id"]
    );
    let seen = owner.sees(&query).await;
    let first = &seen["invoice"]["lines"]["nodes"][0]["id"];
    let part = credit(json!({ "lines": [{ "lineId": first, "quantity": "1" }] })).await;
    assert_eq!(part["creditNote"]["number"], "CN-000001");
    assert_eq!(part["creditNote"]["kind"], "CREDIT_NOTE");
    assert_eq!(
        amounts(&part["invoice"], ["credited", "outstanding"]),
        ["10.00", "90.00"]
    );
    let amount = credit(json!({ "amount": "30" })).await;
    assert_eq!(
        amounts(&amount["invoice"], ["credited", "outstanding"]),
        ["40.00", "60.00"]
    );
    let more = json!({ "invoiceId": invoice["id"], "extent": { "amount": "60.01" } });
    assert_eq!(
        owner.is_refused("invoiceCredit", more).await,
        "EXCEEDS_CREDITABLE"
    );
    let rest = credit(Value::Null).await;
    assert_eq!(
        amounts(&rest["creditNote"], ["total"]).map(|it| it.replace('-', "")),
        ["60.00"]
    );
    assert_eq!(
        amounts(&rest["invoice"], ["credited", "outstanding"]),
        ["100.00", "0.00"]
    );
    let nothing = json!({ "invoiceId": invoice["id"] });
    assert_eq!(
        owner.is_refused("invoiceCredit", nothing).await,
        "NOTHING_TO_CREDIT"
    );
    let both = json!({
        "invoiceId": invoice["id"], "extent": { "amount": "1", "lines": [{ "lineId": first }] },
    });
    assert_eq!(owner.fails("invoiceCredit", both).await, "BAD_USER_INPUT");
    let draft = owner
        .invoice("invoiceDraft", of(&client, &[line("1", "5")]))
        .await;
    let early = json!({ "invoiceId": draft["id"] });
    assert_eq!(
        owner.is_refused("invoiceCredit", early).await,
        "INVOICE_NOT_SENT"
    );
    let revenue = owner.sees("{ revenue { total { amount } } }").await;
    assert_eq!(revenue["revenue"][0]["total"]["amount"], "0.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let command = |id: uuid::Uuid, amount: &str| {
        let mut input = of(&client, &[line("1", amount)]);
        input["commandId"] = json!(id);
        input
    };
    let same = command_id();
    let selection = "invoice { id number }";
    let at_once = (0..12).map(|_| owner.does("invoiceIssue", command(same, "5"), selection));
    let payloads = join_all(at_once).await;
    assert!(
        payloads
            .iter()
            .all(|payload| payload["invoice"] == payloads[0]["invoice"])
    );
    let fresh = payloads
        .iter()
        .filter(|payload| payload["commit"]["replayed"] == false);
    assert_eq!(fresh.count(), 1);
    let code = owner.fails("invoiceIssue", command(same, "6")).await;
    assert_eq!(code, "IDEMPOTENCY_KEY_REUSED");
    let contested = command_id();
    let amounts = ["1", "2", "3", "4", "5", "6"];
    let at_once =
        amounts.map(|amount| owner.mutation("invoiceIssue", command(contested, amount), ""));
    let replies = join_all(at_once).await;
    let lost = replies.iter().filter(|reply| {
        let code = &reply.body["errors"][0]["extensions"]["code"];
        code == "IDEMPOTENCY_KEY_REUSED"
    });
    assert_eq!(lost.count(), 5);
    let payment = command_id();
    let pay = |amount: &str| {
        json!({
            "commandId": payment, "invoiceId": payloads[0]["invoice"]["id"], "amount": amount,
            "receivedOn": "2026-03-02",
        })
    };
    let at_once = (0..6).map(|_| owner.does("invoiceRecordPayment", pay("2"), ""));
    let paid = join_all(at_once).await;
    let fresh = paid
        .iter()
        .filter(|payload| payload["commit"]["replayed"] == false);
    assert_eq!(fresh.count(), 1);
    assert_eq!(
        owner.fails("invoiceRecordPayment", pay("3")).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    let seen = owner
        .sees("{ invoices { totalCount } balances { paid { amount } } }")
        .await;
    assert_eq!(seen["invoices"]["totalCount"], 2);
    assert_eq!(seen["balances"][0]["paid"]["amount"], "2.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_client_and_a_stale_version_take_no_document() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let draft = owner
        .invoice("invoiceDraft", of(&client, &[line("1", "5")]))
        .await;
    let invoice_id = &draft["id"];
    let stale = json!({ "invoiceId": invoice_id, "notes": "hello", "expectedVersion": 1 });
    owner.invoice("invoiceChangeDetails", stale.clone()).await;
    let mut again = stale;
    again["notes"] = json!("goodbye");
    assert_eq!(
        owner.fails("invoiceChangeDetails", again).await,
        "VERSION_CONFLICT"
    );
    owner
        .does("clientArchive", json!({ "clientId": client }), "")
        .await;
    let new = of(&client, &[line("1", "5")]);
    assert_eq!(
        owner.is_refused("invoiceDraft", new).await,
        "CLIENT_ARCHIVED"
    );
    let send = json!({ "invoiceId": invoice_id });
    assert_eq!(
        owner.is_refused("invoiceSend", send).await,
        "CLIENT_ARCHIVED"
    );
    for (quantity, price, code) in [
        ("0", "1", "QUANTITY_INVALID"),
        ("1", "-1", "UNIT_PRICE_INVALID"),
        ("1", "0.0000001", "UNIT_PRICE_INVALID"),
    ] {
        let mut add = line(quantity, price);
        add["invoiceId"] = invoice_id.clone();
        assert_eq!(
            owner.is_refused("invoiceAddLine", add).await,
            code,
            "{quantity} × {price}"
        );
    }
    let unknown = json!({ "clientId": format!("client_{}", command_id().simple()) });
    assert_eq!(
        owner.is_refused("invoiceDraft", unknown).await,
        "CLIENT_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_with_documents_what_the_table_says() {
    let world = World::new().await;
    let (owner, client) = business(&world).await;
    let member = owner.lets_join("member", "MEMBER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let portal = owner.lets_join_portal(&client).await;
    let draft = member
        .invoice("invoiceDraft", of(&client, &[line("1", "5")]))
        .await;
    let send = json!({ "invoiceId": draft["id"] });
    let issue = of(&client, &[line("1", "5")]);
    for who in [&member, &guest, &portal] {
        assert_eq!(who.fails("invoiceSend", send.clone()).await, "FORBIDDEN");
        assert_eq!(who.fails("invoiceIssue", issue.clone()).await, "FORBIDDEN");
    }
    for who in [&guest, &portal] {
        assert_eq!(who.fails("invoiceDraft", issue.clone()).await, "FORBIDDEN");
        assert_eq!(who.error("{ revenue { period } }").await, "FORBIDDEN");
    }
    // The portal shows what was sent to its client, and no draft.
    let list = "{ invoices { nodes { status } } }";
    assert_eq!(portal.sees(list).await["invoices"]["nodes"], json!([]));
    let one = format!("{{ invoice(id: {}) {{ status }} }}", draft["id"]);
    assert_eq!(portal.sees(&one).await["invoice"], Value::Null);
    owner.invoice("invoiceSend", send).await;
    assert_eq!(
        portal.sees(list).await["invoices"]["nodes"],
        json!([{ "status": "SENT" }])
    );
    assert_eq!(portal.sees(&one).await["invoice"]["status"], "SENT");
}

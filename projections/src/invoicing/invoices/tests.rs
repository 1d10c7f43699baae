//! Do rows of documents follow their events, and do lists find them?

use daybook_domain::crm::client::fixtures as client;
use daybook_domain::invoicing::invoice::fixtures::{self as invoice, day, dec, invoice_id};
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent, Kind, Status};
use daybook_domain::kernel::{ClientId, InvoiceId, TenantId};
use daybook_store::TenantTx;

use super::*;
use crate::list::{self, Direction, Window};
use crate::testing::{World, id, recorded, row_after, try_rows_after};

fn row(events: &[InvoiceEvent]) -> InvoiceRow {
    row_after::<Invoices>(invoice_id(1), events)
}

#[test]
fn a_draft_has_what_it_was_drafted_with() {
    let row = row(&[invoice::drafted_as(|it| {
        it.number = Some("Old-7".to_owned());
        it.due_on = Some(day("2024-04-01"));
        it.notes = Some("Thank you.".to_owned());
    })]);
    assert_eq!((row.kind, row.status), (Kind::Invoice, Status::Draft));
    assert_eq!(
        (row.number.as_deref(), row.number_key.as_str()),
        (Some("Old-7"), "old-7")
    );
    assert_eq!(
        (row.client_id, row.client_name.as_str()),
        (client::client_id(), "Ada Ltd")
    );
    assert_eq!(
        (row.net, row.tax, row.total),
        (dec("15.30"), dec("3.06"), dec("18.36"))
    );
    assert_eq!((row.total_key, row.outstanding), (183_600, dec("0")));
    assert_eq!((row.due_on, row.issued_on), (Some(day("2024-04-01")), None));
    assert_eq!(
        (row.line_count, row.version, row.created_position),
        (1, 1, 1)
    );
    assert_eq!((row.created_at, row.sent_at), (recorded(1), None));
}

#[test]
fn lines_move_the_totals() {
    let more = invoice::totals("17.85", "3.57", "21.42");
    let added = invoice::line_added(2, "1", "2.55", more);
    let row = row(&[invoice::drafted(), added]);
    assert_eq!((row.line_count, row.total), (2, dec("21.42")));
    assert_eq!((row.version, row.position, row.created_position), (2, 2, 1));
}

#[test]
fn sending_settles_number_dates_and_billing() {
    let row = row(&[invoice::drafted(), invoice::sent()]);
    assert_eq!(
        (row.status, row.number.as_deref()),
        (Status::Sent, Some("INV-000001"))
    );
    assert_eq!(row.billing, Some(client::billing()));
    assert_eq!(row.country, Some(client::country("United Kingdom")));
    assert_eq!(
        (row.issued_on, row.due_on),
        (Some(day("2024-03-01")), Some(day("2024-03-15")))
    );
    assert_eq!(
        (row.outstanding, row.sent_at),
        (dec("18.36"), Some(recorded(2)))
    );
}

#[test]
fn credit_notes_and_adjustments_owe_nothing() {
    for kind in [Kind::CreditNote, Kind::Adjustment] {
        let events = [
            invoice::drafted_as(|it| it.kind = kind),
            invoice::sent_as(|it| it.kind = kind),
        ];
        assert_eq!(
            (row(&events).outstanding, row(&events).status),
            (dec("0"), Status::Sent)
        );
    }
}

#[test]
fn payments_credits_and_the_clock_move_the_status() {
    let past = |more: &[InvoiceEvent]| {
        let mut events = vec![invoice::drafted(), invoice::sent()];
        events.extend_from_slice(more);
        row(&events)
    };
    let first = invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid);
    let row = past(&[first, invoice::overdue("10.00")]);
    assert_eq!(
        (row.status, row.paid, row.outstanding),
        (Status::Overdue, dec("8.36"), dec("10.00"))
    );
    let row = past(&[invoice::credited_in_full()]);
    assert_eq!(
        (row.status, row.credited, row.outstanding),
        (Status::Cancelled, dec("18.36"), dec("0"))
    );
    let row = self::row(&[invoice::drafted(), invoice::cancelled()]);
    assert_eq!(
        (row.status, row.cancelled_at),
        (Status::Cancelled, Some(recorded(2)))
    );
}

#[test]
fn sending_what_was_never_drafted_is_a_fault() {
    assert!(try_rows_after::<Invoices>(invoice_id(1).0, &[invoice::sent()]).is_err());
}

/// A sent invoice with a number, days and a client of its own.
async fn send(world: &World, tenant: TenantId, (n, issued, due): (u8, &str, &str)) -> ClientId {
    let client = ClientId(id());
    let draft = invoice::drafted_as(|it| it.client_id = client);
    let sent = invoice::sent_as(|it| {
        it.number = format!("INV-{n:06}");
        it.client_id = client;
        it.client_name = format!("Client {n}");
        it.issued_on = day(issued);
        it.due_on = Some(day(due));
        it.totals.total = dec("10.01") * dec(&n.to_string());
        it.totals.net = it.totals.total;
    });
    world
        .happen::<Invoice>(tenant, InvoiceId(id()), &[draft, sent])
        .await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_survive_the_database_whole() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let events = [
        invoice::drafted(),
        invoice::sent(),
        invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid),
        invoice::overdue("10.00"),
    ];
    for event in events.chunks(2) {
        world.happen::<Invoice>(tenant, invoice_id(1), event).await;
        world.post(&crate::invoicing::projections()).await;
    }
    let mut tx = world.tx(tenant).await;
    let mut found = find(&mut tx, invoice_id(1)).await.unwrap().unwrap();
    let mut expected = row(&events);
    for row in [&mut found, &mut expected] {
        // The log's own times.
        (row.created_at, row.updated_at, row.sent_at) = (client::at(), client::at(), None);
    }
    assert_eq!(found, expected);
    assert_eq!(found.total.to_string(), "18.36");
}

/// Invoices 2, 1 and 10, and a draft, drafted in this order; and the clients of the first three.
async fn four(world: &World, tenant: TenantId) -> Vec<ClientId> {
    let mut clients = Vec::new();
    for (n, issued, due) in [
        (2, "2024-03-03", "2024-03-10"),
        (1, "2024-03-01", "2024-05-01"),
        (10, "2024-03-02", "2024-04-01"),
    ] {
        clients.push(send(world, tenant, (n, issued, due)).await);
    }
    world
        .happen::<Invoice>(tenant, invoice_id(1), &[invoice::drafted()])
        .await;
    world.post(&crate::invoicing::projections()).await;
    clients
}

/// The last two digits of the numbers in a list, read row by row; `--` for a draft.
async fn numbers(
    tx: &mut TenantTx,
    filter: &Filter,
    order: OrderBy,
    direction: Direction,
) -> String {
    let mut numbers = Vec::new();
    let mut window = Window {
        first: 1,
        after: None,
        order,
        direction,
    };
    loop {
        let page = list::page::<Invoices>(tx, filter, &window).await.unwrap();
        window.after = page
            .rows
            .last()
            .map(|row| list::place::<Invoices>(order, row));
        let number = |row: InvoiceRow| match row.number {
            Some(number) => number.trim_start_matches("INV-0000").to_owned(),
            None => "--".to_owned(),
        };
        numbers.extend(page.rows.into_iter().map(number));
        if !page.has_more {
            return numbers.join(" ");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_ordered_and_paged() {
    let world = World::new().await;
    let tenant = TenantId(id());
    four(&world, tenant).await;
    let mut tx = world.tx(tenant).await;
    let all = Filter::default();
    let (up, down) = (Direction::Ascending, Direction::Descending);
    for (order, direction, expected) in [
        (OrderBy::Created, up, "02 01 10 --"),
        (OrderBy::Updated, down, "-- 10 01 02"),
        (OrderBy::Number, up, "-- 01 02 10"),
        (OrderBy::Number, down, "10 02 01 --"),
        (OrderBy::IssuedOn, up, "01 10 02 --"),
        (OrderBy::IssuedOn, down, "-- 02 10 01"),
        (OrderBy::DueOn, up, "02 10 01 --"),
        (OrderBy::Total, up, "01 -- 02 10"),
    ] {
        let found = numbers(&mut tx, &all, order, direction).await;
        assert_eq!(found, expected, "{order:?} {direction:?}");
    }
    let mut other = world.tx(TenantId(id())).await;
    assert_eq!(list::count::<Invoices>(&mut other, &all).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_and_counted() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let clients = four(&world, tenant).await;
    let mut tx = world.tx(tenant).await;
    let by = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let numbered = by(&|it| it.numbers = vec!["INV-000010".to_owned()]);
    let tenth = list::matching::<Invoices>(&mut tx, &numbered)
        .await
        .unwrap()[0]
        .id;
    for (filter, expected) in [
        (by(&|it| it.statuses = Some(vec![Status::Draft])), "--"),
        (by(&|it| it.statuses = Some(Vec::new())), ""),
        (by(&|it| it.only_sent = true), "02 01 10"),
        (by(&|it| it.ids = Some(Vec::new())), ""),
        (by(&|it| it.ids = Some(vec![tenth])), "10"),
        (by(&|it| it.kinds = vec![Kind::CreditNote]), ""),
        (by(&|it| it.clients = clients[..2].to_vec()), "02 01"),
        (by(&|it| it.search = Some("inv-00001".to_owned())), "10"),
        (by(&|it| it.search = Some("CLIENT 1".to_owned())), "01 10"),
        (by(&|it| it.numbers = vec!["inv-000002".to_owned()]), "02"),
        (by(&|it| it.issued_from = Some(day("2024-03-02"))), "02 10"),
        (by(&|it| it.issued_until = Some(day("2024-03-02"))), "01 10"),
        (by(&|it| it.due_from = Some(day("2024-04-01"))), "01 10"),
        (by(&|it| it.due_until = Some(day("2024-04-01"))), "02 10"),
        (by(&|it| it.total_from = Some(dec("18.37"))), "02 10"),
        (by(&|it| it.total_until = Some(dec("18.36"))), "01 --"),
        (by(&|it| it.countries = vec!["Nowhere".to_owned()]), ""),
        (by(&|it| it.changed_after = Some(4)), "10 --"),
    ] {
        let found = numbers(&mut tx, &filter, OrderBy::Created, Direction::Ascending).await;
        assert_eq!(found, expected, "{filter:?}");
        let count = list::count::<Invoices>(&mut tx, &filter).await.unwrap();
        let rows = expected.split_whitespace().count();
        assert_eq!(usize::try_from(count).unwrap(), rows);
    }
}

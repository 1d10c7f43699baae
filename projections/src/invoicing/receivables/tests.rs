//! Is what is to be paid the sum of what is outstanding, at its age?

use chrono::TimeDelta;
use daybook_domain::crm::client::fixtures::client_id;
use daybook_domain::invoicing::invoice::fixtures::{self as invoice, day, dec, invoice_id};
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent, Kind, Status};
use daybook_domain::kernel::{ClientId, Currency, TenantId};

use super::*;
use crate::engine::{Contribution, Sign, Summary};
use crate::invoicing::invoices::Invoices;
use crate::testing::{World, id, row_after};

fn row(events: &[InvoiceEvent]) -> Option<ReceivableRow> {
    let document = row_after::<Invoices>(invoice_id(1), events);
    let mut row = None;
    for (key, share) in Receivables::shares(&document) {
        let (sign, share) = (Sign::Plus, &share);
        Receivables::apply(&mut row, &key, Contribution { share, sign });
    }
    row
}

#[test]
fn only_what_is_outstanding_on_sent_invoices_counts() {
    let (drafted, sent) = (invoice::drafted(), invoice::sent());
    assert_eq!(row(std::slice::from_ref(&drafted)), None);
    let open = row(&[drafted.clone(), sent.clone()]).unwrap();
    assert_eq!(
        (open.client_id, open.currency),
        (client_id(), Currency::GBP)
    );
    assert_eq!(
        (open.due_on, open.outstanding),
        (day("2024-03-15"), dec("18.36"))
    );
    let part = invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid);
    let part = row(&[drafted.clone(), sent.clone(), part]).unwrap();
    assert_eq!((part.outstanding, part.invoices), (dec("10.00"), 1));
    let all = invoice::paid(1, ["18.36", "18.36", "0.00"], Status::Paid);
    assert_eq!(row(&[drafted, sent, all]), None);
    for kind in [Kind::CreditNote, Kind::Adjustment] {
        let events = [
            invoice::drafted_as(|it| it.kind = kind),
            invoice::sent_as(|it| it.kind = kind),
        ];
        assert_eq!(row(&events), None, "{kind:?}");
    }
}

#[test]
fn what_is_taken_away_leaves_nothing() {
    let document = row_after::<Invoices>(invoice_id(1), &[invoice::drafted(), invoice::sent()]);
    let shares = Receivables::shares(&document);
    let (key, share) = &shares[0];
    let mut row = None;
    for sign in [Sign::Plus, Sign::Minus] {
        Receivables::apply(&mut row, key, Contribution { share, sign });
    }
    assert_eq!(row, None);
}

#[test]
fn an_age_begins_the_day_after_the_due_date() {
    let due_on = day("2024-03-15");
    for (days, age) in [
        (-1, Age::NotDue),
        (0, Age::NotDue),
        (1, Age::Days1To30),
        (30, Age::Days1To30),
        (31, Age::Days31To60),
        (60, Age::Days31To60),
        (61, Age::Days61To90),
        (90, Age::Days61To90),
        (91, Age::Over90Days),
        (4_000, Age::Over90Days),
    ] {
        assert_eq!(
            Age::on(due_on + TimeDelta::days(days), due_on),
            age,
            "{days}"
        );
    }
}

fn of(number: u128, due_on: &str, client_id: ClientId) -> [InvoiceEvent; 2] {
    [
        invoice::drafted_as(|it| it.client_id = client_id),
        invoice::sent_as(|it| {
            it.number = number.to_string();
            it.due_on = Some(day(due_on));
            it.client_id = client_id;
        }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivables_follow_their_invoices_and_are_sorted_by_age() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let other = ClientId(id());
    for (number, due_on, client) in [
        (1, "2024-03-15", client_id()),
        (2, "2024-03-15", other),
        (3, "2024-02-01", other),
    ] {
        let events = of(number, due_on, client);
        world
            .happen::<Invoice>(tenant, invoice_id(number), &events)
            .await;
        // Each in a batch of its own: sums go on from what was written.
        world.post(&crate::invoicing::projections()).await;
    }
    let mut euros = of(4, "2023-01-01", other);
    for event in &mut euros {
        if let InvoiceEvent::Drafted(drafted) = event {
            drafted.currency = Currency::EUR;
        } else if let InvoiceEvent::Sent(sent) = event {
            sent.currency = Currency::EUR;
        }
    }
    world.happen::<Invoice>(tenant, invoice_id(4), &euros).await;
    let payment = invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid);
    world
        .happen::<Invoice>(tenant, invoice_id(1), &[payment])
        .await;
    world.post(&crate::invoicing::projections()).await;
    let today = day("2024-03-16");
    let seen = async |client| {
        let mut tx = world.tx(tenant).await;
        let aged = by_age(&mut tx, today, client).await.unwrap();
        let figures = |aged: &Aged| {
            let buckets = aged.buckets.iter().filter(|bucket| bucket.invoices > 0);
            buckets
                .map(|it| (aged.currency, it.age, it.outstanding, it.invoices))
                .collect::<Vec<_>>()
        };
        aged.iter().flat_map(figures).collect::<Vec<_>>()
    };
    let euros = (Currency::EUR, Age::Over90Days, dec("18.36"), 1);
    let old = (Currency::GBP, Age::Days31To60, dec("18.36"), 1);
    let recent = |sum, count| (Currency::GBP, Age::Days1To30, dec(sum), count);
    assert_eq!(seen(None).await, [euros, recent("28.36", 2), old]);
    assert_eq!(seen(Some(client_id())).await, [recent("10.00", 1)]);
    assert_eq!(seen(Some(other)).await, [euros, recent("18.36", 1), old]);
    assert_eq!(seen(Some(ClientId(id()))).await, []);
}

//! Is what a client owes the sum of its documents?

use daybook_domain::crm::client::fixtures::client_id;
use daybook_domain::invoicing::invoice::fixtures::{self as invoice, dec, invoice_id};
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent, Kind, Status};
use daybook_domain::kernel::{ClientId, Currency, TenantId};

use super::*;
use crate::engine::{Contribution, Sign, Summary};
use crate::invoicing::invoices::Invoices;
use crate::testing::{World, id, row_after};

/// The account after documents, each with its own past.
fn account(documents: &[&[InvoiceEvent]]) -> Option<BalanceRow> {
    let mut account = None;
    for events in documents {
        let row = row_after::<Invoices>(invoice_id(1), events);
        for (key, share) in Balances::shares(&row) {
            let contribution = Contribution {
                share: &share,
                sign: Sign::Plus,
            };
            Balances::apply(&mut account, &key, contribution);
        }
    }
    account
}

/// Balance, outstanding and overdue.
type Figures = (&'static str, &'static str, &'static str);

fn of_kind(kind: Kind) -> [InvoiceEvent; 2] {
    [
        invoice::drafted_as(|it| it.kind = kind),
        invoice::sent_as(|it| it.kind = kind),
    ]
}

#[test]
fn drafts_do_not_count() {
    assert_eq!(account(&[&[invoice::drafted()]]), None);
    assert_eq!(
        account(&[&[invoice::drafted(), invoice::cancelled()]]),
        None
    );
}

#[test]
fn documents_and_payments_add_up() {
    let part = invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid);
    let late = [
        invoice::drafted(),
        invoice::sent(),
        part,
        invoice::overdue("10.00"),
    ];
    let fresh = [invoice::drafted(), invoice::sent()];
    let note = of_kind(Kind::CreditNote);
    let correction = of_kind(Kind::Adjustment);
    let row = account(&[&late, &fresh, &note, &correction]).unwrap();
    assert_eq!((row.client_id, row.currency), (client_id(), Currency::GBP));
    assert_eq!(
        (row.invoiced, row.credited, row.adjusted),
        (dec("36.72"), dec("18.36"), dec("18.36"))
    );
    assert_eq!((row.paid, row.balance), (dec("8.36"), dec("28.36")));
    assert_eq!((row.outstanding, row.overdue), (dec("28.36"), dec("10.00")));
    assert_eq!((row.documents, row.overdue_documents), (4, 1));
}

#[test]
fn what_is_taken_away_leaves_nothing() {
    let row = row_after::<Invoices>(invoice_id(1), &[invoice::drafted(), invoice::sent()]);
    let shares = Balances::shares(&row);
    let (key, share) = &shares[0];
    let mut account = None;
    for sign in [Sign::Plus, Sign::Minus] {
        Balances::apply(&mut account, key, Contribution { share, sign });
    }
    assert_eq!(account, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn balances_follow_their_documents_from_batch_to_batch() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let steps: [(&[InvoiceEvent], Option<Figures>); 5] = [
        (&[invoice::drafted()], None),
        (&[invoice::sent()], Some(("18.36", "18.36", "0"))),
        (
            &[invoice::paid(
                1,
                ["8.36", "8.36", "10.00"],
                Status::PartiallyPaid,
            )],
            Some(("10.00", "10.00", "0.00")),
        ),
        (
            &[invoice::overdue("10.00")],
            Some(("10.00", "10.00", "10.00")),
        ),
        (
            &[invoice::paid(2, ["10.00", "18.36", "0.00"], Status::Paid)],
            Some(("0.00", "0.00", "0.00")),
        ),
    ];
    for (events, expected) in steps {
        world.happen::<Invoice>(tenant, invoice_id(1), events).await;
        world.post(&crate::invoicing::projections()).await;
        let mut tx = world.tx(tenant).await;
        let rows = of_clients(&mut tx, &[client_id()]).await.unwrap();
        let found = rows
            .first()
            .map(|row| (row.balance, row.outstanding, row.overdue));
        let expected = expected.map(|(b, o, d)| (dec(b), dec(o), dec(d)));
        assert_eq!(found, expected, "after {events:?}");
    }
    // The whole tenant: another client, another currency.
    let (drafted, sent) = (
        invoice::drafted_as(|it| it.currency = Currency::EUR),
        invoice::sent_as(|it| {
            it.currency = Currency::EUR;
            it.number = "2".to_owned();
            it.client_id = ClientId(id());
        }),
    );
    world
        .happen::<Invoice>(tenant, invoice_id(2), &[drafted, sent])
        .await;
    let third = [
        invoice::drafted(),
        invoice::sent_as(|it| it.number = "3".to_owned()),
    ];
    world.happen::<Invoice>(tenant, invoice_id(3), &third).await;
    world.post(&crate::invoicing::projections()).await;
    let rows = of_tenant(&mut world.tx(tenant).await).await.unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|r| (r.currency, r.invoiced, r.paid, r.documents))
        .collect();
    let expected = [
        (Currency::EUR, dec("18.36"), dec("0"), 1),
        (Currency::GBP, dec("36.72"), dec("18.36"), 2),
    ];
    assert_eq!(found, expected);
}

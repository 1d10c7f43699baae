//! Do rows of payments follow what was paid and credited?

use daybook_domain::crm::client::fixtures::client_id;
use daybook_domain::invoicing::invoice::fixtures::{
    self as invoice, day, dec, invoice_id, payment_id,
};
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent, PaymentMethod, Status};
use daybook_domain::kernel::{Currency, InvoiceId, TenantId};

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, recorded, rows_after};

fn twice_paid() -> [InvoiceEvent; 4] {
    [
        invoice::drafted(),
        invoice::sent(),
        invoice::paid(1, ["8.36", "8.36", "10.00"], Status::PartiallyPaid),
        invoice::paid(2, ["10.00", "18.36", "0.00"], Status::Paid),
    ]
}

#[test]
fn each_payment_is_a_row() {
    let rows = rows_after::<Payments>(invoice_id(1), &twice_paid());
    assert_eq!(rows.len(), 2);
    let row = rows.into_values().next().unwrap();
    assert_eq!((row.id, row.client_id), (payment_id(1), client_id()));
    assert_eq!((row.amount, row.currency), (dec("8.36"), Currency::GBP));
    assert_eq!(
        (row.received_on, row.method),
        (day("2024-03-10"), PaymentMethod::BankTransfer)
    );
    assert_eq!((row.created_at, row.position), (recorded(3), 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_are_read_by_document() {
    let world = World::new().await;
    let tenant = TenantId(id());
    world
        .happen::<Invoice>(tenant, invoice_id(1), &twice_paid())
        .await;
    world.post(&crate::invoicing::projections()).await;
    let mut tx = world.tx(tenant).await;
    let of_one = of_invoices(&mut tx, &[invoice_id(1)])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(of_one.len(), 2);
    let window = Window {
        first: 10,
        after: None,
        order: OnlyOrder,
        direction: Direction::Descending,
    };
    let ids = async |tx: &mut _, invoices: &[InvoiceId]| {
        let filter = Filter {
            invoices: invoices.to_vec(),
        };
        let page = list::page::<Payments>(tx, &filter, &window).await.unwrap();
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let both = [payment_id(2), payment_id(1)];
    assert_eq!(ids(&mut tx, &[invoice_id(1)]).await, both);
    assert_eq!(ids(&mut tx, &[invoice_id(2)]).await, []);
}

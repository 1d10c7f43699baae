//! Do rows of lines follow the changes of their document?

use daybook_domain::invoicing::invoice::fixtures::{self as invoice, dec, invoice_id, line_id};
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent, LineChanged, LineRemoved};
use daybook_domain::kernel::TenantId;

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, rows_after, try_rows_after};

fn added(n: u128) -> InvoiceEvent {
    invoice::line_added(n, "1", "1.00", invoice::totals("0", "0", "0"))
}

fn changed(n: u128) -> InvoiceEvent {
    InvoiceEvent::LineChanged(LineChanged {
        line: invoice::line(n, "9", "2.00"),
        totals: invoice::totals("0", "0", "0"),
        at: invoice::at(),
    })
}

fn removed(n: u128) -> InvoiceEvent {
    InvoiceEvent::LineRemoved(LineRemoved {
        line_id: line_id(n),
        totals: invoice::totals("0", "0", "0"),
        at: invoice::at(),
    })
}

/// Ids and totals in the document's order.
fn shown(events: &[InvoiceEvent]) -> Vec<(u128, String)> {
    let mut rows: Vec<_> = rows_after::<Lines>(invoice_id(1), events)
        .into_values()
        .collect();
    rows.sort_by_key(|row| row.place);
    let shown = |row: LineRow| (row.id.0.as_u128(), row.total.to_string());
    rows.into_iter().map(shown).collect()
}

#[test]
fn lines_are_added_changed_in_place_and_removed() {
    let drafted = invoice::drafted_as(|it| {
        it.lines = vec![invoice::line(5, "1", "5.00"), invoice::line(3, "1", "3.00")];
    });
    let is = |n, total: &str| (n, total.to_owned());
    let events = [drafted, added(4), changed(5), added(1), removed(3)];
    assert_eq!(shown(&events[..1]), [is(5, "5.00"), is(3, "3.00")]);
    assert_eq!(
        shown(&events),
        [is(5, "18.00"), is(4, "1.00"), is(1, "1.00")]
    );
    assert_eq!(
        shown(&[invoice::drafted(), invoice::sent()]),
        [is(1, "15.30")]
    );
    assert!(try_rows_after::<Lines>(invoice_id(1).0, &[changed(5)]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_are_read_by_document() {
    let world = World::new().await;
    let tenant = TenantId(id());
    world
        .happen::<Invoice>(
            tenant,
            invoice_id(1),
            &[invoice::drafted(), added(2), added(3)],
        )
        .await;
    world.post(&crate::invoicing::projections()).await;
    // A line goes and another changes in rows that are stored already; another document's stay.
    world
        .happen::<Invoice>(tenant, invoice_id(1), &[removed(2), changed(3)])
        .await;
    world
        .happen::<Invoice>(tenant, invoice_id(2), &[invoice::drafted()])
        .await;
    world.post(&crate::invoicing::projections()).await;
    let mut tx = world.tx(tenant).await;
    let lines = of_invoices(&mut tx, &[invoice_id(1), invoice_id(2)])
        .await
        .unwrap();
    let found: Vec<_> = lines
        .iter()
        .map(|l| (l.invoice_id, l.id, l.total))
        .collect();
    let line = |document, line, total| (invoice_id(document), line_id(line), dec(total));
    assert_eq!(
        found,
        [
            line(1, 1, "15.30"),
            line(1, 3, "18.00"),
            line(2, 1, "15.30")
        ]
    );
    let window = Window {
        first: 1,
        after: None,
        order: OnlyOrder,
        direction: Direction::Ascending,
    };
    let page = list::page::<Lines>(&mut tx, &invoice_id(1), &window)
        .await
        .unwrap();
    assert_eq!((page.rows[0].id, page.has_more), (line_id(1), true));
    assert_eq!(page.rows[0].unit_price, dec("2.55"));
    let after = page
        .rows
        .last()
        .map(|row| list::place::<Lines>(OnlyOrder, row));
    let page = list::page::<Lines>(&mut tx, &invoice_id(1), &Window { after, ..window })
        .await
        .unwrap();
    assert_eq!((page.rows[0].id, page.has_more), (line_id(3), false));
}

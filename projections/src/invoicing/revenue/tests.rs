//! Is revenue by month and country the sum of what was sent?

use daybook_domain::crm::client::fixtures::country;
use daybook_domain::invoicing::invoice::fixtures::{self as invoice, day, dec, invoice_id};
use daybook_domain::invoicing::invoice::{Invoice, Kind};
use daybook_domain::kernel::{Currency, InvoiceId, TenantId};

use super::*;
use crate::engine::Summary;
use crate::invoicing::invoices::Invoices;
use crate::testing::{World, id, row_after};

#[test]
fn only_sent_documents_count_each_with_its_sign() {
    let draft = row_after::<Invoices>(invoice_id(1), &[invoice::drafted()]);
    assert_eq!(Revenue::shares(&draft), []);
    let sent_as = |kind| {
        let events = [
            invoice::drafted_as(|it| it.kind = kind),
            invoice::sent_as(|it| it.kind = kind),
        ];
        Revenue::shares(&row_after::<Invoices>(invoice_id(1), &events))
    };
    let key = (
        day("2024-03-01"),
        "United Kingdom".to_owned(),
        Currency::GBP,
    );
    let share = |net, tax, total| super::project::Share {
        net: dec(net),
        tax: dec(tax),
        total: dec(total),
    };
    assert_eq!(
        sent_as(Kind::Invoice),
        [(key.clone(), share("15.30", "3.06", "18.36"))]
    );
    assert_eq!(
        sent_as(Kind::Adjustment),
        [(key.clone(), share("15.30", "3.06", "18.36"))]
    );
    assert_eq!(
        sent_as(Kind::CreditNote),
        [(key, share("-15.30", "-3.06", "-18.36"))]
    );
}

/// Documents of March and April, each posted by itself.
async fn spring(world: &World, tenant: TenantId) {
    for (kind, date, place, net) in [
        (Kind::Invoice, "2024-03-01", Some("FR"), "10.00"),
        (Kind::Invoice, "2024-03-31", Some("FR"), "5.00"),
        (Kind::CreditNote, "2024-03-31", Some("DE"), "2.00"),
        (Kind::Invoice, "2024-04-01", None, "1.00"),
        (Kind::Adjustment, "2024-04-01", Some("FR"), "-4.00"),
    ] {
        let drafted = invoice::drafted_as(|it| it.kind = kind);
        let sent = invoice::sent_as(|it| {
            it.kind = kind;
            it.number = id().to_string();
            it.issued_on = day(date);
            it.country = place.map(country);
            it.totals = invoice::totals(net, "0.50", net);
        });
        let events = [drafted, sent];
        world
            .happen::<Invoice>(tenant, InvoiceId(id()), &events)
            .await;
        world.post(&crate::invoicing::projections()).await;
    }
}

/// Period, country, net, tax and number of documents, one line each.
async fn lines(world: &World, tenant: TenantId, range: &Range, grouping: Grouping) -> Vec<String> {
    let rows = figures(&mut world.tx(tenant).await, range, grouping).await;
    let row = |row: Figures| {
        let period = row.period.map(|day| day.to_string()).unwrap_or_default();
        let country = row.country.unwrap_or_default();
        format!(
            "{period} {country} {} {} {}",
            row.net, row.tax, row.documents
        )
    };
    rows.unwrap().into_iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revenue_is_summed_up_by_period_and_country() {
    let world = World::new().await;
    let tenant = TenantId(id());
    spring(&world, tenant).await;
    let all = Range::default();
    for (grouping, expected) in [
        (
            Grouping::Month,
            vec!["2024-03-01  13.00 0.50 3", "2024-04-01  -3.00 1.00 2"],
        ),
        (
            Grouping::MonthAndCountry,
            vec![
                "2024-03-01 DE -2.00 -0.50 1",
                "2024-03-01 FR 15.00 1.00 2",
                "2024-04-01  1.00 0.50 1",
                "2024-04-01 FR -4.00 0.50 1",
            ],
        ),
        (
            Grouping::Country,
            vec!["  1.00 0.50 1", " DE -2.00 -0.50 1", " FR 11.00 1.50 3"],
        ),
        (Grouping::Whole, vec!["  10.00 1.50 5"]),
    ] {
        assert_eq!(lines(&world, tenant, &all, grouping).await, expected);
    }
    let nobody = TenantId(id());
    let none = lines(&world, nobody, &all, Grouping::Whole).await;
    assert_eq!(none, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revenue_is_narrowed_by_day_country_and_currency() {
    let world = World::new().await;
    let tenant = TenantId(id());
    spring(&world, tenant).await;
    let last_of_march = Range {
        from: Some(day("2024-03-31")),
        until: Some(day("2024-03-31")),
        ..Range::default()
    };
    let unknown = Range {
        countries: vec![String::new()],
        currencies: vec![Currency::GBP],
        ..Range::default()
    };
    let euro = Range {
        currencies: vec![Currency::EUR],
        ..Range::default()
    };
    for (range, grouping, expected) in [
        (
            &last_of_march,
            Grouping::DayAndCountry,
            vec!["2024-03-31 DE -2.00 -0.50 1", "2024-03-31 FR 5.00 0.50 1"],
        ),
        (
            &last_of_march,
            Grouping::Day,
            vec!["2024-03-31  3.00 0.00 2"],
        ),
        (&unknown, Grouping::Whole, vec!["  1.00 0.50 1"]),
        (&euro, Grouping::Whole, vec![]),
    ] {
        assert_eq!(lines(&world, tenant, range, grouping).await, expected);
    }
}

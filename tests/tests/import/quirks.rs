//! Does what is odd but right come in as it is?

use daybook::import::{DateOrder, Mapping};
use daybook_domain::crm::client::{Archive, Register};
use daybook_domain::invoicing::invoice::Kind;
use daybook_domain::kernel::ClientId;

use crate::world::{HEADER, Logged, World, id, now};

fn amounts(document: &Logged) -> (Kind, String) {
    (document.sent.kind, document.sent.totals.total.to_string())
}

fn lines(document: &Logged) -> Vec<String> {
    let line = |line: &daybook_domain::invoicing::invoice::Line| {
        let code = line.product_code.as_deref().unwrap_or_default();
        format!(
            "{code}|{}|{}|{}",
            line.description, line.quantity, line.unit_price
        )
    };
    document.lines.iter().map(line).collect()
}

#[tokio::test]
async fn every_quirk_of_the_other_months_comes_in() {
    let world = World::new().await;
    let mut bytes = HEADER.as_bytes().to_vec();
    for row in [
        b"1,22139,RETROSPOT \xa3 MUG,6.0,2011-01-04 10:00:00,4.25,17850.0,EIRE".as_slice(),
        b"1,POST,\"POSTAGE, \"\"AIR\"\"\",1,2011-01-04 10:01:00,18.00,17850,EIRE",
        b"1,D,?,1,2011-01-04 10:01:00,0.0,17850,EIRE",
        b"1,D,?,1,2011-01-04 10:01:00,0.0,17850,EIRE",
        b"A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom",
        b"A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom",
        b"C2,M,Manual,-1,2011-01-05 09:00:00,1.45,12346,RSA",
        b"3,BANK CHARGES,,-80995,2011-01-05 09:00:00,0,,Unspecified",
        b"4,gift_0001_40,,80995,2011-01-05 09:00:00,1.04,12346,European Community",
        b"1,m,,2,2011-01-06 09:00:00,1.25,17850,EIRE",
    ] {
        bytes.extend(row);
        bytes.extend(b"\r\n");
    }
    let summary = world.import(&world.file("quirks.csv", bytes)).await;
    assert_eq!((summary.documents, summary.refused), (6, 0));

    let first = world.document("1").await;
    let expected = [
        "22139|RETROSPOT £ MUG|6|4.25",
        "POST|POSTAGE, \"AIR\"|1|18",
        "D|?|1|0",
        "D|?|1|0",
        "m||2|1.25",
    ];
    assert_eq!(lines(&first), expected);
    assert_eq!(amounts(&first), (Kind::Invoice, "46.00".to_owned()));
    assert_eq!(first.sent.issued_on.to_string(), "2011-01-04");
    assert_eq!(first.sent.due_on.unwrap().to_string(), "2011-02-03");
    assert_eq!(first.client, "17850");
    let bad_debt = world.document("A563185").await;
    assert_eq!(amounts(&bad_debt), (Kind::Invoice, "11062.06".to_owned()));
    let written_off = world.document("A563186").await;
    assert_eq!(
        amounts(&written_off),
        (Kind::Adjustment, "-11062.06".to_owned())
    );
    let credit = world.document("C2").await;
    assert_eq!(amounts(&credit), (Kind::CreditNote, "1.45".to_owned()));
    assert_eq!(credit.sent.due_on, None);
    let correction = world.document("3").await;
    assert_eq!(amounts(&correction), (Kind::Adjustment, "0.00".to_owned()));
    assert_eq!(lines(&correction), ["BANK CHARGES||-80995|0"]);
    let large = world.document("4").await;
    assert_eq!(amounts(&large), (Kind::Invoice, "84234.80".to_owned()));

    // One client in two countries: each document keeps its own.
    assert_eq!(
        (credit.client.as_str(), large.client.as_str()),
        ("12346", "12346")
    );
    assert_eq!(credit.sent.client_id, large.sent.client_id);
    let country = |document: &Logged| document.sent.country.as_ref().unwrap().to_string();
    assert_eq!(country(&credit), "RSA");
    assert_eq!(country(&large), "European Community");
    // Walk-in clients: one per country.
    assert_eq!(bad_debt.sent.client_id, written_off.sent.client_id);
    assert_ne!(bad_debt.sent.client_id, correction.sent.client_id);
    assert_eq!(correction.client, "Walk-in clients, Unspecified");
}

#[tokio::test]
async fn a_document_of_very_many_lines_comes_in() {
    let world = World::new().await;
    let row = "573585,22065,TREE,1,2011-10-31 14:41:00,0.83,,United Kingdom";
    let rows = vec![row; 1_114];
    let summary = world.import(&world.rows("large.csv", &rows)).await;
    assert_eq!((summary.documents, summary.lines), (1, 1_114));
    let document = world.document("573585").await;
    assert_eq!(amounts(&document), (Kind::Invoice, "924.62".to_owned()));
}

#[tokio::test]
async fn rows_of_another_customer_are_refused_and_the_rest_comes_in() {
    let world = World::new().await;
    let rows = [
        "1,A,,1,2011-01-04,2,17850,EIRE",
        "1,B,,1,2011-01-04,3,17851,EIRE",
        "1,C,,1,2011-01-04,4,,EIRE",
        "1,D,,1,2011-01-04,5,17850,France",
    ];
    let summary = world.import(&world.rows("mixed.csv", &rows)).await;
    assert_eq!(
        (summary.documents, summary.lines, summary.refused),
        (1, 2, 2)
    );
    assert_eq!(
        world.document("1").await.sent.totals.total.to_string(),
        "7.00"
    );
    let rejects = world.rejects("mixed.csv");
    assert_eq!([rejects[0].0, rejects[1].0], [3, 4]);
    assert!(rejects[0].1.contains("customer 17851"), "{rejects:?}");
    assert!(rejects[1].1.contains("no customer"), "{rejects:?}");
    assert_eq!(rejects[0].2.join(","), rows[1]);
}

#[tokio::test]
async fn a_client_that_the_tenant_has_is_used() {
    let world = World::new().await;
    let client_id = ClientId(id());
    let register = Register {
        client_id,
        name: "Ada Ltd".to_owned(),
        external_id: Some("17850".to_owned()),
        at: now(),
        ..Register::default()
    };
    world.execute(client_id, register).await;
    let summary = world
        .import(&world.rows("one.csv", &["1,A,,1,2011-01-04,2,17850,EIRE"]))
        .await;
    assert_eq!((summary.documents, summary.clients), (1, 0));
    let document = world.document("1").await;
    assert_eq!(document.sent.client_id, client_id);
    assert_eq!(document.sent.client_name, "Ada Ltd");
    assert_eq!(document.sent.country.unwrap().as_str(), "EIRE");
}

#[tokio::test]
async fn documents_of_an_archived_client_are_refused() {
    let world = World::new().await;
    world
        .import(&world.rows("one.csv", &["1,A,,1,2011-01-04,2,17850,EIRE"]))
        .await;
    let client_id = world.document("1").await.sent.client_id;
    let archive = Archive {
        reason: None,
        at: now(),
    };
    world.execute(client_id, archive).await;
    let rows = [
        "1,A,,1,2011-01-04,2,17850,EIRE",
        "2,A,,1,2011-01-04,2,17850,EIRE",
        "2,B,,0,2011-01-04,2,17850,EIRE",
    ];
    let summary = world.import(&world.rows("two.csv", &rows)).await;
    assert_eq!(
        (summary.documents, summary.repeated, summary.refused),
        (0, 1, 2)
    );
    assert_eq!(summary.rows, 3);
    let rejects = world.rejects("two.csv");
    assert!(rejects[0].1.contains("archived"), "{rejects:?}");
    // Its document was not issued, neither with it nor without it.
    let zero = &rejects[1].1;
    assert!(zero.starts_with("quantity is 0"), "{zero}");
    assert!(!zero.contains("is issued"), "{zero}");
}

#[tokio::test]
async fn the_same_document_from_another_file_is_the_same_document() {
    let world = World::new().await;
    let rows = [
        "1,A,x,1,2011-01-04 08:00,2,17850,EIRE",
        "2,A,x,1,2011-01-04,2,,EIRE",
    ];
    world.import(&world.rows("month.csv", &rows)).await;
    let other = "country;customer id;quantity;unit price;invoice no;stock code;description;invoice date\n\
                 EIRE;;1.0;2.00;2;A;x;2011-01-04 00:00:00\n\
                 EIRE;17850.0;1.0;2.00;1;A;x;2011-01-04 09:30:00\n";
    let summary = world.import(&world.file("year.csv", other)).await;
    assert_eq!(
        (summary.documents, summary.repeated, summary.refused),
        (0, 2, 0)
    );
}

#[tokio::test]
async fn a_document_with_another_content_than_before_is_refused() {
    let world = World::new().await;
    world
        .import(&world.rows("one.csv", &["1,A,x,1,2011-01-04,2,17850,EIRE"]))
        .await;
    for changed in [
        "1,A,x,2,2011-01-04,2,17850,EIRE",
        "1,A,x,1,2011-01-05,2,17850,EIRE",
        "1,A,x,1,2011-01-04,2,17851,EIRE",
        "1,A,x,1,2011-01-04,2,17850,France",
        "1,A,y,1,2011-01-04,2,17850,EIRE",
    ] {
        let summary = world.import(&world.rows("two.csv", &[changed])).await;
        assert_eq!(
            (summary.documents, summary.repeated, summary.refused),
            (0, 0, 1)
        );
        let rejects = world.rejects("two.csv");
        assert!(rejects[0].1.contains("another content"), "{rejects:?}");
        assert_eq!(summary.clients, 0, "nobody is registered for it");
    }
    assert_eq!(world.document("1").await.lines[0].quantity.to_string(), "1");
}

#[tokio::test]
async fn other_columns_dates_and_currencies_are_options() {
    let world = World::new().await;
    let text = "Number|Item|Text|Count|Day|Price|Who|Where\n7|A|x|1|1/12/2010 08:26|150|9|Japan\n";
    let mut job = world.job(&world.file("other.csv", text));
    job.options.mapping = Mapping::with([
        "invoice_no=Number",
        "stock_code=Item",
        "description=Text",
        "quantity=Count",
        "invoice_date=Day",
        "unit_price=Price",
        "customer_id=Who",
        "country=Where",
    ])
    .unwrap();
    job.options.currency = "JPY".parse().unwrap();
    job.options.dates = Some(DateOrder::DayFirst);
    world.run(job).await.unwrap();
    let sent = world.document("7").await.sent;
    assert_eq!(sent.issued_on.to_string(), "2010-12-01");
    assert_eq!(sent.totals.total.to_string(), "150");
    assert_eq!(sent.currency.code(), "JPY");
}

#[tokio::test]
async fn the_columns_of_the_second_edition_are_known() {
    let world = World::new().await;
    let text = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n\
                489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n";
    let summary = world.import(&world.file("second.csv", text)).await;
    assert_eq!((summary.documents, summary.refused), (1, 0));
    let document = world.document("489434").await;
    assert_eq!(amounts(&document), (Kind::Invoice, "83.40".to_owned()));
    assert_eq!(document.client, "13085");
}

#[tokio::test]
async fn other_dates_of_the_file_tell_day_from_month() {
    let world = World::new().await;
    let rows = [
        "1,A,,1,12/1/2010 8:26,2,,EIRE",
        "2,A,,1,12/23/2010 8:26,2,,EIRE",
    ];
    let summary = world.import(&world.rows("us.csv", &rows)).await;
    assert_eq!(summary.dates_by_rows, None);
    assert_eq!(
        world.document("1").await.sent.issued_on.to_string(),
        "2010-12-01"
    );
}

#[tokio::test]
async fn the_order_of_the_rows_tells_day_from_month() {
    let world = World::new().await;
    let rows = [
        "1,A,,1,1/10/2011 8:26,2,,EIRE",
        "2,A,,1,2/3/2011 8:26,2,,EIRE",
        "3,A,,1,2/9/2011 8:26,2,,EIRE",
        "4,A,,1,3/1/2011 8:26,2,,EIRE",
        "5,A,,1,3/7/2011 8:26,2,,EIRE",
    ];
    let summary = world.import(&world.rows("us.csv", &rows)).await;
    assert_eq!(summary.dates_by_rows, Some(DateOrder::MonthFirst));
    assert_eq!((summary.documents, summary.refused), (5, 0));
    assert_eq!(
        world.document("4").await.sent.issued_on.to_string(),
        "2011-03-01"
    );
    // Whoever says how dates are read is not told otherwise.
    let mut job = world.job(&world.rows("again.csv", &rows));
    job.options.dates = Some(DateOrder::MonthFirst);
    let summary = world.run(job).await.unwrap();
    assert_eq!((summary.dates_by_rows, summary.repeated), (None, 5));
}

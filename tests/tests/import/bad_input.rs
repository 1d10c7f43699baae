//! Is what is wrong refused with a reason, and does the rest come in?

use std::io::Write;

use daybook::import::ImportError;
use daybook_domain::crm::client::Client;
use daybook_domain::invoicing::invoice::{Draft, Kind};
use daybook_domain::kernel::{Currency, InvoiceId};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::world::{HEADER, World, december, id, now};

const GOOD: &str = "1,A,good,1,2011-01-04 08:00:00,2.50,17850,EIRE";

#[tokio::test]
async fn malformed_rows_are_refused_each_with_its_reason() {
    let world = World::new().await;
    let rows = [
        (GOOD, ""),
        (
            "1,A,short,1,2011-01-04",
            "it has 5 columns, the header has 8",
        ),
        (
            "1,A,long,1,2011-01-04,1,17850,EIRE,more",
            "it has 9 columns, the header has 8",
        ),
        (
            "1,A,\"open,1,2011-01-04,1,17850,EIRE",
            "a quoted cell goes on after its closing quote",
        ),
        (
            "1,A,\"q\" q,1,2011-01-04,1,17850,EIRE",
            "a quoted cell goes on after its closing quote",
        ),
        (
            "1,A,x,six,2011-01-04,1,17850,EIRE",
            "quantity \"six\" is no number",
        ),
        (
            "1,A,x,,2011-01-04,1,17850,EIRE",
            "quantity \"\" is no number",
        ),
        (
            "1,A,x,1,2011-01-04,\"1,50\",17850,EIRE",
            "unit price \"1,50\" is no number",
        ),
        ("1,A,x,0,2011-01-04,1,17850,EIRE", "quantity is 0"),
        (
            "1,A,x,1,2011-02-30,1,17850,EIRE",
            "\"2011-02-30\" is no date",
        ),
        ("1,A,x,1,,1,17850,EIRE", "\"\" is no date"),
        (
            ",A,x,1,2011-01-04,1,17850,EIRE",
            "the document number is empty",
        ),
        (
            "1,,,1,2011-01-04,1,17850,EIRE",
            "it has neither a description nor a product code",
        ),
        (
            "1,A,x,99999999999,2011-01-04,1,17850,EIRE",
            "quantity is not within",
        ),
        (
            "1,A,x\u{1},1,2011-01-04,1,17850,EIRE",
            "description holds control characters",
        ),
        (",,,,,,,", "the document number is empty"),
        (GOOD, ""),
        (
            "1,A,\"never closed,1,2011-01-04,1,17850,EIRE",
            "a quoted cell is not closed",
        ),
    ];
    let text: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
    let summary = world.import(&world.rows("bad.csv", &text)).await;
    assert_eq!((summary.documents, summary.lines), (1, 2));
    let rejects = world.rejects("bad.csv");
    let expected: Vec<(u64, &str)> = (2..)
        .zip(rows)
        .filter(|(_, (_, reason))| !reason.is_empty())
        .map(|(line, (_, reason))| (line, reason))
        .collect();
    assert_eq!(rejects.len(), expected.len(), "{rejects:#?}");
    assert_eq!(summary.refused, u64::try_from(expected.len()).unwrap());
    for ((line, reason, _), (expected_line, expected)) in rejects.iter().zip(expected) {
        assert_eq!(*line, expected_line, "{reason}");
        assert!(reason.starts_with(expected), "{line}: {reason}");
    }
    assert_eq!(
        rejects[4].2,
        ["1", "A", "x", "six", "2011-01-04", "1", "17850", "EIRE"]
    );
}

#[tokio::test]
async fn mended_rejects_can_be_imported() {
    let world = World::new().await;
    let rows = [GOOD, "2,A,\"=x, y\",one,2011-01-04,1,17850,EIRE"];
    world.import(&world.rows("bad.csv", &rows)).await;
    let path = world.place.path().join("bad.csv.rejects.csv");
    let rejects = std::fs::read_to_string(&path).unwrap();
    assert!(rejects.starts_with("line,reason,InvoiceNo,"), "{rejects}");
    let mended = world.file("mended.csv", rejects.replace(",one,", ",1,"));
    let summary = world.import(&mended).await;
    assert_eq!((summary.documents, summary.refused), (1, 0));
    assert_eq!(world.document("2").await.lines[0].description, "=x, y");
    // Nothing of it was issued, so there is nothing that it would have to be told apart from.
    let reason = "line,reason,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,\
                  CustomerID,Country\n3,\"quantity \"\"one\"\" is no number\",";
    assert!(rejects.starts_with(reason), "{rejects}");
}

#[tokio::test]
async fn a_row_whose_document_was_issued_without_it_comes_in_under_a_number_of_its_own() {
    let world = World::new().await;
    let rows = [GOOD, "1,B,mended,one,2011-01-04,1,17850,EIRE"];
    world.import(&world.rows("bad.csv", &rows)).await;
    let rejects = world.rejects("bad.csv");
    assert_eq!(
        rejects[0].1,
        "quantity \"one\" is no number; document 1 is issued without this row: mend it and give it \
         a number of its own"
    );
    let mended = rows[1].replace(",one,", ",1,");
    // The row alone, and the whole file.
    for again in [vec![mended.as_str()], vec![GOOD, mended.as_str()]] {
        let summary = world.import(&world.rows("again.csv", &again)).await;
        assert_eq!((summary.documents, summary.repeated), (0, 0));
        let rejects = world.rejects("again.csv");
        assert_eq!(rejects.len(), again.len());
        for (_, reason, _) in &rejects {
            assert_eq!(
                reason,
                "document 1 is refused: it was imported before with another content and stays as it \
                 is; import what is missing under another number"
            );
        }
    }
    let own = mended.replace("1,B,", "1-B,B,");
    let summary = world.import(&world.rows("own.csv", &[&own])).await;
    assert_eq!((summary.documents, summary.refused), (1, 0));
    assert_eq!(world.document("1-B").await.lines[0].description, "mended");
}

#[tokio::test]
async fn endless_lines_cost_themselves_alone() {
    let world = World::new().await;
    let long = "x".repeat(10 << 20);
    let text = format!(
        "{HEADER}{GOOD}\n1,A,{long},1,2011-01-04,1,,\n1,A,\"{long}\n{GOOD}\n{}\n",
        GOOD.replace("good", "last")
    );
    let summary = world.import(&world.file("long.csv", text)).await;
    assert_eq!((summary.lines, summary.refused), (3, 2));
    for (_, reason, columns) in world.rejects("long.csv") {
        assert!(reason.starts_with("the line has 104857"), "{reason}");
        assert!(columns[0].len() <= 1_000);
    }
}

#[tokio::test]
async fn a_number_that_another_document_has_is_refused() {
    let world = World::new().await;
    world.import(&world.rows("one.csv", &[GOOD])).await;
    let client = world
        .store
        .load::<Client>(world.tenant, world.document("1").await.sent.client_id)
        .await
        .unwrap();
    let invoice_id = InvoiceId(id());
    let draft = Draft {
        invoice_id,
        kind: Kind::Invoice,
        client: client.state.facts().unwrap(),
        currency: Some(Currency::GBP),
        country: None,
        lines: Vec::new(),
        tax_rate: None,
        issue_on: None,
        due_on: None,
        number: Some("x2".to_owned()),
        notes: None,
        reference: None,
        at: now(),
    };
    world.execute(invoice_id, draft).await;
    let rows = [
        "INV-000001,A,x,1,2011-01-04,1,17850,EIRE",
        "X2,A,x,1,2011-01-04,1,17850,EIRE",
        "X2,B,x,1,2011-01-04,1,17850,EIRE",
        "3,A,x,1,2011-01-04,1,17850,EIRE",
    ];
    let summary = world.import(&world.rows("two.csv", &rows)).await;
    assert_eq!((summary.documents, summary.refused), (1, 3));
    let rejects = world.rejects("two.csv");
    let reserved = "document INV-000001 is refused: the number \"INV-000001\" is reserved";
    assert!(rejects[0].1.starts_with(reserved), "{rejects:?}");
    for (_, reason, _) in &rejects[1..] {
        let taken = "document X2 is refused: another document has the number \"X2\"";
        assert!(reason.starts_with(taken), "{reason}");
    }
}

#[tokio::test]
async fn a_document_with_more_lines_than_a_document_may_have_is_refused_whole() {
    let world = World::new().await;
    let mut rows = vec!["2,A,,1,2011-01-04,1,,EIRE"; 5_001];
    rows.push(GOOD);
    let summary = world.import(&world.rows("big.csv", &rows)).await;
    assert_eq!(
        (summary.documents, summary.lines, summary.refused),
        (1, 1, 5_001)
    );
}

#[tokio::test]
async fn what_is_no_such_file_is_one_clear_error() {
    let world = World::new().await;
    let gzip = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let whole = std::fs::read(december()).unwrap();
    for (bytes, is_usage, says) in [
        (Vec::new(), true, "has no header"),
        (gzip(b""), true, "has no header"),
        (b"\n\n".to_vec(), true, "has no header"),
        (
            b"a,b\n1,2\n".to_vec(),
            true,
            "there is no column InvoiceNo, StockCode, Description",
        ),
        (b"\"a,b\n1,2\n".to_vec(), true, "the header cannot be read"),
        (
            format!("{HEADER}1,A,x,1,1/2/2011,1,,\n").into_bytes(),
            true,
            "dates like \"1/2/2011\" can be read in two ways",
        ),
        (
            whole[..200_000].to_vec(),
            false,
            "cannot be read beyond line",
        ),
    ] {
        let refused = world.run(world.job(&world.file("bad.csv", bytes))).await;
        let refused = refused.unwrap_err();
        let text = refused.to_string();
        assert!(text.contains(says), "{text}");
        assert_eq!(refused.is_usage(), is_usage, "{text}");
    }
    let missing = world
        .run(world.job(&world.place.path().join("missing.csv")))
        .await;
    assert!(matches!(missing, Err(ImportError::Unreadable { .. })));
    assert_eq!(world.events().await, []);
}

#[tokio::test]
async fn a_file_without_rows_is_no_error() {
    let world = World::new().await;
    let summary = world.import(&world.file("empty.csv", HEADER)).await;
    assert_eq!((summary.documents, summary.rows), (0, 0));
}

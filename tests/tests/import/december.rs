//! Does a month of a real business come in as it was?

use rust_decimal::Decimal;
use rust_decimal::prelude::FromStr;

use crate::figures::{Figures, expected, logged};
use crate::world::{World, december};

async fn figures(world: &World) -> Figures {
    logged(&world.documents().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_a_real_month_to_the_last_line_and_penny_and_only_once() {
    let world = World::new().await;
    let summary = world.import(&december()).await;
    let expected = expected(&december());
    // The file itself is what everybody thinks it is.
    let total = Decimal::from_str("748957.02").unwrap();
    assert_eq!((expected.lines, expected.total()), (42_481, (2_025, total)));
    assert_eq!(figures(&world).await, expected);
    let counts = ["invoice", "credit note", "adjustment"].map(|kind| expected.kinds[kind].0);
    let told = [summary.invoices, summary.credit_notes, summary.adjustments];
    assert_eq!(counts.map(u64::from), told);
    assert_eq!((summary.documents, summary.repeated), (2_025, 0));
    assert_eq!(
        (summary.lines, summary.rows, summary.refused),
        (42_481, 42_481, 0)
    );
    assert_eq!(
        summary.clients,
        u64::try_from(expected.clients.len()).unwrap()
    );
    assert_eq!(world.rejects("online-retail-2010-12.csv.gz"), []);

    let before = world.store.tenant_head(world.tenant).await.unwrap();
    let again = world.import(&december()).await;
    assert_eq!((again.documents, again.repeated), (0, 2_025));
    assert_eq!((again.lines, again.clients, again.refused), (0, 0, 0));
    let after = world.store.tenant_head(world.tenant).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_is_registered_once_and_before_its_documents() {
    let world = World::new().await;
    world.import(&december()).await;
    // `documents` finds the client of each document among what came before it.
    let documents = world.documents().await;
    let events = world.events().await;
    let clients = events
        .iter()
        .filter(|it| it.event_type == "crm.client.registered");
    let mut ids: Vec<_> = documents.iter().map(|it| it.sent.client_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(clients.count(), ids.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_bring_everything_once() {
    let world = World::new().await;
    let (file, rejects) = (december(), world.place.path().join("other.rejects.csv"));
    let mut other = world.job(&file);
    other.options.rejects = Some(rejects);
    let (one, two) = tokio::join!(world.run(world.job(&file)), world.run(other));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.documents + two.documents, 2_025);
    assert_eq!(one.repeated + two.repeated, 2_025);
    assert_eq!((one.refused, two.refused), (0, 0));
    assert_eq!(figures(&world).await, expected(&file));
}

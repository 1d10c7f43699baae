//! Do the read models say of an imported month what the file says?

use std::collections::BTreeMap;
use std::time::Duration;

use daybook_domain::invoicing::invoice::Kind;
use daybook_projections::all;
use daybook_projections::crm::clients::{self, Clients};
use daybook_projections::engine::{Positions, Projector};
use daybook_projections::invoicing::invoices::{Filter, Invoices};
use daybook_projections::invoicing::revenue::{Figures as Revenue, Grouping, Range};
use daybook_projections::invoicing::{balances, revenue};
use daybook_projections::list::{self, Window};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::figures::{Sums, expected};
use crate::world::{World, december, id, now};

/// Read models that follow a world's log for as long as this is held.
struct Following {
    positions: Positions,
    stop: CancellationToken,
    projector: tokio::task::JoinSet<()>,
}

impl Following {
    fn start(world: &World) -> Self {
        let projections = all();
        let positions = Positions::new(&world.store, &projections);
        let projector = Projector {
            store: world.store.clone(),
            projections,
            positions: positions.clone(),
            holder: id(),
            clock: now,
        };
        let stop = CancellationToken::new();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(projector.run(stop.clone()));
        Self {
            positions,
            stop,
            projector: tasks,
        }
    }

    /// Waits until everything that is in the log by now is in the read models.
    async fn catch_up(&self, world: &World) {
        let head = world.store.tail().head();
        let names: Vec<_> = all().iter().map(|it| it.name()).collect();
        let limit = Duration::from_secs(120);
        self.positions.wait(&names, head, limit).await.unwrap();
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while self.projector.join_next().await.is_some() {}
    }
}

async fn revenue_by(world: &World, grouping: Grouping) -> Vec<Revenue> {
    let mut tx = world.store.tenant_tx(world.tenant).await.unwrap();
    revenue::figures(&mut tx, &Range::default(), grouping)
        .await
        .unwrap()
}

fn summed(rows: Vec<Revenue>, key: fn(&Revenue) -> String) -> Sums {
    let sum = |row: Revenue| {
        let (net, documents) = (row.net, u32::try_from(row.documents).unwrap());
        assert_eq!(net, row.total, "no document shows tax");
        (key(&row), (documents, net))
    };
    rows.into_iter().map(sum).collect()
}

/// Every client's account, by its external id or name.
async fn accounts(world: &World) -> Sums {
    let mut tx = world.store.tenant_tx(world.tenant).await.unwrap();
    let mut clients = BTreeMap::new();
    let mut window = Window::<clients::OrderBy>::default();
    loop {
        let filter = clients::Filter::default();
        let page = list::page::<Clients>(&mut tx, &filter, &window)
            .await
            .unwrap();
        window.after = page
            .rows
            .last()
            .map(|last| list::place::<Clients>(window.order, last));
        for row in page.rows {
            clients.insert(row.id, row.external_id.unwrap_or(row.name));
        }
        if !page.has_more {
            break;
        }
    }
    let ids: Vec<_> = clients.keys().copied().collect();
    let rows = balances::of_clients(&mut tx, &ids).await.unwrap();
    let account = |row: balances::BalanceRow| {
        let documents = u32::try_from(row.documents).unwrap();
        (clients[&row.client_id].clone(), (documents, row.balance))
    };
    rows.into_iter().map(account).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_read_models_of_a_real_month_agree_with_the_file() {
    let world = World::new().await;
    let following = Following::start(&world);
    world.import(&december()).await;
    following.catch_up(&world).await;
    let expected = expected(&december());
    let by_country = revenue_by(&world, Grouping::Country).await;
    let by_country = summed(by_country, |row| row.country.clone().unwrap());
    assert_eq!(by_country, expected.countries);
    let by_day = revenue_by(&world, Grouping::Day).await;
    let by_day = summed(by_day, |row| row.period.unwrap().to_string());
    assert_eq!(by_day, expected.days);
    let months = revenue_by(&world, Grouping::Month).await;
    assert_eq!(months.len(), 1);
    assert_eq!(months[0].total, expected.total().1);
    assert_eq!(accounts(&world).await, expected.clients);

    let mut tx = world.store.tenant_tx(world.tenant).await.unwrap();
    for (kind, name) in [
        (Kind::Invoice, "invoice"),
        (Kind::CreditNote, "credit note"),
        (Kind::Adjustment, "adjustment"),
    ] {
        let filter = Filter {
            kinds: vec![kind],
            ..Filter::default()
        };
        let count = list::count::<Invoices>(&mut tx, &filter).await.unwrap();
        assert_eq!(count, i64::from(expected.kinds[name].0), "{name}");
    }
    drop(tx);
    // Repeated, it leaves the figures alone.
    let before = accounts(&world).await;
    world.import(&december()).await;
    following.catch_up(&world).await;
    assert_eq!(accounts(&world).await, before);
    let owed: Decimal = before.values().map(|(_, balance)| *balance).sum();
    assert_eq!(owed, expected.total().1);
    assert_eq!(world.store.parked_streams().await.unwrap().len(), 0);
    following.stop().await;
}

//! As of a position is what was live then, and what the events until then leave.

use std::collections::BTreeMap;

use daybook_domain::crm::client::Client;
use daybook_domain::invoicing::invoice::Invoice;
use daybook_domain::kernel::Aggregate;
use daybook_domain::tenancy::member::Member;
use daybook_store::{AsOf, HistoryFilter, Recorded};

use super::business::{Business, Lists, PATIENCE, READ_MODELS, Things, pasts, scratch_rows};
use super::dice;
use crate::crm::clients::Clients;
use crate::engine::{ReadModel, Stored};
use crate::invoicing::invoices::Invoices;
use crate::tenancy::members::Members;
use crate::testing::World;

/// What was live at a moment.
struct Then {
    moment: AsOf,
    things: Things,
    lists: Lists,
}

/// The rows that a tenant's first events leave, by a fold that knows nothing of streams.
fn rows_of<A: Aggregate, M: ReadModel<Event = A::Event>>(events: &[Recorded]) -> Vec<M::Row> {
    let mut rows: BTreeMap<M::Key, M::Row> = BTreeMap::new();
    for record in events.iter().filter(|event| event.stream_type == A::NAME) {
        let envelope = Stored::of(record).envelope;
        let event = record.decode::<A::Event>().unwrap();
        for key in M::keys(&event, &envelope) {
            let mut row = rows.remove(&key);
            M::apply(&mut row, &key, &event, &envelope).unwrap();
            rows.extend(row.map(|row| (key, row)));
        }
    }
    rows.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_random_positions_everything_is_what_was_live_then() {
    let world = World::new().await;
    let projections = crate::all();
    let (mut business, mut dice) = (Business::new(), dice());
    let (mut other, mut seen) = (Business::new(), Vec::new());
    for _ in 0..40 {
        for _ in 0..=dice.below(3) {
            business.go_on(&world, &mut dice).await;
            other.go_on(&world, &mut dice).await;
        }
        world.post(&projections).await;
        let mut tx = world.tx(business.tenant).await;
        seen.push(Then {
            moment: business.head(&world).await,
            things: business.things(&mut tx).await,
            lists: business.lists(&mut tx).await,
        });
        tx.commit().await.unwrap();
    }
    let filter = HistoryFilter::default();
    let history = world.store.history(business.tenant, 0, &filter, 10_000);
    let history = history.await.unwrap().events;
    let pasts = pasts(&world);
    for _ in 0..20 {
        let then = seen.swap_remove(dice.below(seen.len()));
        let position = then.moment.position;
        // Single things: by the streams that matter.
        let mut tx = world.tx(business.tenant).await;
        tx.look_from(then.moment);
        assert_eq!(business.things(&mut tx).await, then.things, "{position}");
        drop(tx);
        // Lists and sums: by a build up to there.
        let whence = (business.tenant, then.moment);
        let mut tx = pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap();
        assert_eq!(business.lists(&mut tx).await, then.lists, "{position}");
        assert_eq!(business.things(&mut tx).await, then.things, "{position}");
        drop(tx);
        // And both are the fold of the prefix.
        let cut = usize::try_from(position).unwrap();
        let prefix = &history[..cut];
        assert_eq!(rows_of::<Client, Clients>(prefix), then.things.clients);
        assert_eq!(rows_of::<Invoice, Invoices>(prefix), then.things.invoices);
        assert_eq!(rows_of::<Member, Members>(prefix), then.things.members);
        pasts.forget(business.tenant).await.unwrap();
        assert_eq!(scratch_rows(&world).await, BTreeMap::new());
    }
}

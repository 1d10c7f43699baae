//! Does a look back read what it asks for, and no more, however long the log is?

use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::kernel::InvoiceId;
use daybook_store::TenantTx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::business::Business;
use crate::crm::clients;
use crate::invoicing::{balances, invoices, lines};
use crate::testing::World;

/// Events of the log that a transaction has read until now, and how often it went through all of it.
async fn read(tx: &mut TenantTx) -> (i64, i64) {
    let told = "select seq_tup_read + idx_tup_fetch, seq_scan from pg_stat_xact_user_tables \
        where relname = 'events'";
    let told = sqlx::query_as(told).fetch_one(tx.connection());
    told.await.unwrap()
}

async fn events_of(admin: &mut PgConnection, streams: &[Uuid]) -> i64 {
    let count = "select count(*) from events where stream_id = any ($1)";
    let count = sqlx::query_scalar(count).bind(streams).fetch_one(admin);
    count.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_things_are_folded_from_the_events_of_their_own_streams() {
    let world = World::new().await;
    let (mut business, mut dice) = (Business::new(), Dice(0xc057));
    for _ in 0..600 {
        business.go_on(&world, &mut dice).await;
    }
    world.post(&crate::all()).await;
    let mut admin = world.administrator().await;
    sqlx::query("analyze").execute(&mut admin).await.unwrap();
    let moment = business.head(&world).await;
    let all = moment.position;
    for client in business.clients.iter().take(5) {
        let made_out = "select id from invoicing_invoices where client_id = $1";
        let made_out = sqlx::query_scalar(made_out).bind(client.0);
        let made_out: Vec<Uuid> = made_out.fetch_all(&mut admin).await.unwrap();
        let own = events_of(&mut admin, &[client.0]).await;
        let documents = events_of(&mut admin, &made_out).await;
        let ids: Vec<InvoiceId> = made_out.into_iter().map(InvoiceId).collect();
        let mut tx = world.tx(business.tenant).await;
        tx.look_from(moment);
        let mut expected = 0;
        for (step, events) in [own, documents, documents, documents]
            .into_iter()
            .enumerate()
        {
            match step {
                0 => drop(clients::by_ids(&mut tx, &[*client]).await.unwrap()),
                1 => drop(balances::of_clients(&mut tx, &[*client]).await.unwrap()),
                2 => drop(invoices::by_ids(&mut tx, &ids).await.unwrap()),
                _ => drop(lines::of_invoices(&mut tx, &ids).await.unwrap()),
            }
            expected += events;
        }
        let (read, scans) = read(&mut tx).await;
        assert_eq!(scans, 0, "the log is gone through as a whole");
        // The planner looks at the ends of indexes, the further the more transactions are open in
        // other databases of the server, and that is counted, too.
        let most = expected + all / 2;
        assert!(read <= most, "{read} of {all}, and {expected} matter");
    }
}

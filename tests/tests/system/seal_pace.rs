//! Is an event sealed within a second while everybody is at work?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, TestApp, run};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::audit::Auditor;

/// What operators and auditors are promised.
const PROMISED: Duration = Duration::from_secs(1);
/// Commands at a time, without a pause.
const AT_ONCE: usize = 8;
/// Events that are waited for, one after the other, in a round.
const PROBES: usize = 12;
/// A machine that builds something else may be late by itself: one round of these must keep the
/// promise throughout. What seals less often, or waits for a pause, keeps it in none.
const ROUNDS: usize = 4;

/// Registers clients of some tenants without a pause until told to stop; how many.
async fn press_on(businesses: Vec<Business>, stop: Arc<AtomicBool>) -> usize {
    let mut pressing = JoinSet::new();
    for n in 0..AT_ONCE {
        let (business, stop) = (businesses[n % businesses.len()].clone(), stop.clone());
        pressing.spawn(async move {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                business.register("Somebody").await;
                done += 1;
            }
            done
        });
    }
    pressing.join_all().await.into_iter().sum()
}

/// How long the slowest of some events took from its acknowledgement until its checkpoint could be
/// fetched.
async fn slowest(business: &Business, auditor: &Auditor) -> Duration {
    let mut slowest = Duration::ZERO;
    for n in 0..PROBES {
        business.register(&format!("Probe {n}")).await;
        let acknowledged = Instant::now();
        let (position, _) = business
            .store
            .tenant_head(business.tenant_id)
            .await
            .unwrap();
        auditor.sealed(position.unsigned_abs()).await;
        slowest = slowest.max(acknowledged.elapsed());
    }
    slowest
}

/// How long the slowest of all events waited for its signature, in seconds, and how many there are.
async fn longest_wait(database: &str, since: i64) -> (f64, i64) {
    let mut admin = PgConnection::connect(database).await.unwrap();
    sqlx::query_as(
        "select extract(epoch from max(coalesce(c.signed_at, 'infinity') - e.recorded_at))::float8, \
           count(*) \
         from daybook.events e left join lateral ( \
           select min(signed_at) as signed_at from daybook.audit_checkpoints c \
           where c.tenant_id = e.tenant_id and c.size >= e.position) c on true \
         where e.log_position > $1",
    )
    .bind(since)
    .fetch_one(&mut admin)
    .await
    .unwrap()
}

#[test]
fn under_load_each_event_is_in_a_signed_checkpoint_within_a_second() {
    run(async {
        let app = TestApp::start().await;
        let mut businesses = Vec::new();
        for _ in 0..3 {
            businesses.push(Business::found(app.store(), &[Role::Owner]).await);
        }
        let watched = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(&app, &watched).await;
        auditor.sealed(1).await;
        let mut seen = Vec::new();
        for _ in 0..ROUNDS {
            let since = app.store().tail().head();
            let stop = Arc::new(AtomicBool::new(false));
            let watching = async {
                let slowest = slowest(&watched, &auditor).await;
                stop.store(true, Ordering::Relaxed);
                slowest
            };
            let pressing = press_on(businesses.clone(), stop.clone());
            let (probed, pressed) = tokio::join!(watching, pressing);
            assert!(pressed > 10 * PROBES, "{pressed} commands are no load");
            for business in &businesses {
                let (position, _) = app.store().tenant_head(business.tenant_id).await.unwrap();
                let log = app.store().sealed(business.tenant_id);
                daybook_tests::until("the rest", async || {
                    let last = log.checkpoint(None).await.unwrap();
                    last.is_some_and(|last| last.head.size >= position.unsigned_abs())
                })
                .await;
            }
            let (waited, events) = longest_wait(&app.database, since).await;
            assert!(events >= i64::try_from(pressed + PROBES).unwrap());
            if probed <= PROMISED && waited <= PROMISED.as_secs_f64() {
                app.stop().await;
                return;
            }
            seen.push((probed, waited, events));
        }
        panic!("sealed later than within {PROMISED:?}: {seen:?}");
    });
}

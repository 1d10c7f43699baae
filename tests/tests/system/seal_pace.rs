//! Is an event sealed within a second while everybody is at work, and soon where nobody was?

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, TestApp, run};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::audit::Auditor;

/// What operators and auditors are promised while there is something to do.
const PROMISED: Duration = Duration::from_secs(1);
/// What no event may ever take, however busy the machine is with something else.
const LATEST: Duration = Duration::from_secs(10);
/// Commands at a time, without a pause.
const AT_ONCE: usize = 8;
/// Events that are waited for, one after the other, in a round.
const PROBES: usize = 8;
/// Rounds that are always played. Of all events together 99 of 100 must keep the promise, and of those that
/// are waited for, which are few, 9 of 10.
const LEAST: usize = 3;
/// A machine that builds something else stands still at times, and whatever happens then is late. More
/// rounds show how rare that is; all that ever happened counts. What seals less often, or waits for a
/// pause, is late again and again.
const MOST: usize = 12;

/// Longer than the sealer goes without a look at the log.
const QUIET: Duration = Duration::from_secs(6);
/// How long an event after such a silence may take: a fraction of the minute that is promised, and less
/// than is left at that moment until the sealer would look by itself.
const AWAKE: Duration = Duration::from_secs(3);

/// How long events took to be sealed.
#[derive(Default)]
struct Waits(Vec<Duration>);

impl Waits {
    fn late(&self) -> usize {
        self.0.iter().filter(|it| **it > PROMISED).count()
    }

    fn longest(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }

    /// At most one of so many is late, of all that there would be after so many rounds like these.
    fn keep(&self, one_of: usize, (rounds, played): (usize, usize)) -> bool {
        self.late() * one_of * played <= self.0.len() * rounds
    }
}

impl Display for Waits {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = |percent: usize| sorted.get(sorted.len() * percent / 100);
        let (count, late) = (sorted.len(), self.late());
        write!(f, "{late} of {count} later than {PROMISED:?}; ")?;
        for percent in [50, 90, 99] {
            write!(
                f,
                "p{percent} {:?}, ",
                at(percent).copied().unwrap_or_default()
            )?;
        }
        write!(f, "longest {:?}", self.longest())
    }
}

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

/// How many events a tenant has.
async fn events_of(business: &Business) -> u64 {
    let head = business.store.tenant_head(business.tenant_id);
    head.await.unwrap().0.unsigned_abs()
}

/// How long an event takes from its acknowledgement until its checkpoint can be fetched.
async fn probe(business: &Business, auditor: &Auditor) -> Duration {
    business.register("Probe").await;
    let acknowledged = Instant::now();
    auditor.sealed(events_of(business).await).await;
    acknowledged.elapsed()
}

/// How long each event since then waited for its signature.
async fn waits_since(database: &str, since: i64) -> Vec<Duration> {
    let mut admin = PgConnection::connect(database).await.unwrap();
    let waits: Vec<Option<f64>> = sqlx::query_scalar(
        "select extract(epoch from c.signed_at - e.recorded_at)::float8 \
         from daybook.events e left join lateral ( \
           select min(signed_at) as signed_at from daybook.audit_checkpoints c \
           where c.tenant_id = e.tenant_id and c.size >= e.position) c on true \
         where e.log_position > $1",
    )
    .bind(since)
    .fetch_all(&mut admin)
    .await
    .unwrap();
    // A step that reads the log signs with the time at which it began.
    let wait = |seconds: Option<f64>| seconds.expect("every event is sealed").max(0.0);
    waits
        .into_iter()
        .map(|it| Duration::from_secs_f64(wait(it)))
        .collect()
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
        auditor.sealed(events_of(&watched).await).await;
        let (mut probed, mut waited) = (Waits::default(), Waits::default());
        for played in 1..=MOST {
            let since = app.store().tail().head();
            let stop = Arc::new(AtomicBool::new(false));
            let watching = async {
                for _ in 0..PROBES {
                    probed.0.push(probe(&watched, &auditor).await);
                }
                stop.store(true, Ordering::Relaxed);
            };
            let pressing = press_on(businesses.clone(), stop.clone());
            let ((), pressed) = tokio::join!(watching, pressing);
            assert!(pressed > 10 * PROBES, "{pressed} commands are no load");
            for business in &businesses {
                let events = events_of(business).await;
                let log = app.store().sealed(business.tenant_id);
                daybook_tests::until("the rest", async || {
                    let last = log.checkpoint(None).await.unwrap();
                    last.is_some_and(|last| last.head.size >= events)
                })
                .await;
            }
            let waits = waits_since(&app.database, since).await;
            assert!(waits.len() >= pressed + PROBES);
            waited.0.extend(waits);
            let told = format!("after {played} rounds: probes: {probed}; all events: {waited}");
            let longest = probed.longest().max(waited.longest());
            assert!(longest <= LATEST, "an event took {longest:?}: {told}");
            let keep =
                |rounds| waited.keep(100, (rounds, played)) && probed.keep(10, (rounds, played));
            if played >= LEAST && keep(played) {
                break;
            }
            // What no further round could make up for.
            let is_lost = played >= LEAST && !keep(MOST);
            assert!(!is_lost, "too many events are late: {told}");
        }
        app.stop().await;
    });
}

#[test]
fn after_a_silence_an_event_is_sealed_at_once() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(&app, &business).await;
        let mut waits = Vec::new();
        for _ in 0..3 {
            auditor.sealed(events_of(&business).await).await;
            let head = app.store().tail().head();
            sleep(QUIET).await;
            assert_eq!(app.store().tail().head(), head, "it was not quiet");
            waits.push(probe(&business, &auditor).await);
        }
        waits.sort();
        // One may meet a moment in which the machine does something else.
        assert!(
            waits[1] <= AWAKE && waits[2] <= LATEST,
            "sealed after {waits:?}"
        );
        app.stop().await;
    });
}

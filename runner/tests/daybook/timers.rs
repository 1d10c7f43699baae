//! Invoices become overdue by the clock: in time, in the tenant's own time zone, once, whoever runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use daybook::{App, clock::Clock};
use daybook_domain::invoicing::invoice::fixtures::{day, dec, draft, invoice_id, payment_id, send};
use daybook_domain::invoicing::invoice::{
    Invoice, Issue, MarkOverdue, PaymentMethod, RecordPayment, Status,
};
use daybook_domain::kernel::{Command, TenantId, UserId};
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::tenant::{ChangeSettings, Found, Reactivate, Suspend};
use daybook_store::{Actor, Context, Fingerprint, HistoryFilter, Recorded};
use uuid::Uuid;

use crate::inside::{config, database, start_at, stop};

/// The first of March 2024; the invoices here are due on the fifteenth.
const MARCH: i64 = 1_709_251_200;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// Moves a clock to an instant.
fn set(clock: &AtomicI64, text: &str) {
    let instant: DateTime<Utc> = text.parse().unwrap();
    clock.store(instant.timestamp(), Ordering::Relaxed);
}

struct World {
    app: App,
    url: String,
    clock: Clock,
    tenant: TenantId,
}

impl World {
    async fn new(clock: Clock) -> Self {
        let url = database().await;
        let world = Self {
            app: Self::app(&url, clock).await,
            url,
            clock,
            tenant: TenantId(Uuid::from_u128(500)),
        };
        let found = Found {
            tenant_id: world.tenant,
            name: "Acme".to_owned(),
            subdomain: "acme".to_owned(),
            plan: Plan::Free,
            owner: UserId(Uuid::from_u128(501)),
            at: clock(),
        };
        world.run(world.tenant.0, found).await;
        world
    }

    async fn app(url: &str, clock: Clock) -> App {
        start_at(config(url, &[("DAYBOOK_WORKER_PAUSE", "20ms")]), clock).await
    }

    async fn run<C: Command>(&self, stream: Uuid, command: C) {
        let fingerprint = Fingerprint::of("test", &format!("{command:?}"));
        let command_id = Uuid::new_v5(&stream, format!("{command:?}").as_bytes());
        let context = Context::new(
            Actor::System("test"),
            command_id,
            fingerprint,
            (self.clock)(),
        );
        let store = self.app.store();
        store
            .execute(self.tenant, stream, command, context)
            .await
            .unwrap();
    }

    async fn zone(&self, name: &str) {
        let change = ChangeSettings {
            time_zone: Some(name.to_owned()),
            at: (self.clock)(),
            ..ChangeSettings::default()
        };
        self.run(self.tenant.0, change).await;
    }

    /// Issues an invoice over 18.36, due on 15 March 2024.
    async fn issue(&self, number: u128) {
        let mut issue = Issue {
            draft: draft(),
            send: send(),
        };
        issue.draft.invoice_id = invoice_id(number);
        issue.send.due_on = Some(day("2024-03-15"));
        self.run(invoice_id(number).0, issue).await;
    }

    async fn pay(&self, number: u128, amount: &str) {
        let payment = RecordPayment {
            payment_id: payment_id(number),
            amount: dec(amount),
            received_on: day("2024-03-05"),
            method: PaymentMethod::BankTransfer,
            reference: None,
            at: (self.clock)(),
        };
        self.run(invoice_id(number).0, payment).await;
    }

    async fn status(&self, number: u128) -> Status {
        let loaded = self
            .app
            .store()
            .load_stored_now::<Invoice>(self.tenant, invoice_id(number).0);
        loaded.await.unwrap().state.status()
    }

    async fn becomes(&self, number: u128, status: Status) {
        let until = Instant::now() + Duration::from_mins(1);
        while self.status(number).await != status {
            assert!(
                Instant::now() < until,
                "invoice {number} does not become {status:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the reader has set every timer that the log asks for.
    async fn caught_up(&self) {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let readers = self.app.store().readers().await.unwrap();
            let timers = readers.iter().find(|it| it.key.name == "react.timers");
            if timers.is_some_and(|it| it.lag == 0) {
                return;
            }
            assert!(
                Instant::now() < until,
                "the reader of timers is behind: {timers:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many timers are set.
    async fn timers(&self) -> i64 {
        self.caught_up().await;
        self.app.store().timers().late(at(MARCH * 2)).await.unwrap()
    }

    async fn marked(&self) -> Vec<Recorded> {
        let filter = HistoryFilter {
            types: vec!["invoicing.invoice.marked_overdue".to_owned()],
            stream_id: None,
        };
        let page = self
            .app
            .store()
            .history(self.tenant, 0, &filter, 1_000)
            .await;
        page.unwrap().events
    }
}

#[tokio::test]
async fn the_day_after_the_due_date_begins_where_the_tenant_is() {
    static NOW: AtomicI64 = AtomicI64::new(MARCH);
    let world = World::new(|| at(NOW.load(Ordering::Relaxed))).await;
    world.zone("Pacific/Auckland").await;
    world.issue(1).await;
    assert_eq!(world.timers().await, 1);
    set(&NOW, "2024-03-15T10:59:59Z");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.status(1).await, Status::Sent);
    set(&NOW, "2024-03-15T11:00:00Z");
    world.becomes(1, Status::Overdue).await;
    let marked = world.marked().await;
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].actor, "system:timers");
    assert!(
        marked[0].causation_id.is_some(),
        "what set the timer is not named"
    );
    assert_eq!(world.timers().await, 0);
    stop(world.app).await;
}

#[tokio::test]
async fn a_tenant_that_moves_takes_its_days_along() {
    static NOW: AtomicI64 = AtomicI64::new(MARCH);
    let world = World::new(|| at(NOW.load(Ordering::Relaxed))).await;
    world.zone("Pacific/Auckland").await;
    world.issue(1).await;
    world.zone("America/New_York").await;
    world.caught_up().await;
    set(&NOW, "2024-03-16T03:59:59Z");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.status(1).await, Status::Sent);
    set(&NOW, "2024-03-16T04:00:00Z");
    world.becomes(1, Status::Overdue).await;
    stop(world.app).await;
}

#[tokio::test]
async fn what_is_paid_has_no_timer_and_what_is_paid_in_part_keeps_it() {
    static NOW: AtomicI64 = AtomicI64::new(MARCH);
    let world = World::new(|| at(NOW.load(Ordering::Relaxed))).await;
    for number in 1..=3 {
        world.issue(number).await;
    }
    assert_eq!(world.timers().await, 3);
    world.pay(1, "18.36").await;
    world.pay(2, "10.00").await;
    assert_eq!(world.timers().await, 2);
    // Somebody was faster than the clock.
    set(&NOW, "2024-03-16T00:00:00Z");
    let early = MarkOverdue {
        today: day("2024-03-16"),
        at: at(NOW.load(Ordering::Relaxed)),
    };
    world.run(invoice_id(3).0, early).await;
    world.becomes(2, Status::Overdue).await;
    world.caught_up().await;
    assert_eq!(world.timers().await, 0);
    assert_eq!(world.status(1).await, Status::Paid);
    assert_eq!(world.marked().await.len(), 2);
    stop(world.app).await;
}

#[tokio::test]
async fn a_date_that_passed_while_nobody_ran_is_caught_up_with_by_several_once() {
    static NOW: AtomicI64 = AtomicI64::new(MARCH);
    fn now() -> DateTime<Utc> {
        at(NOW.load(Ordering::Relaxed))
    }
    let mut world = World::new(now).await;
    for number in 1..=40 {
        world.issue(number).await;
    }
    assert_eq!(world.timers().await, 40);
    let World {
        app,
        url,
        clock,
        tenant,
    } = world;
    stop(app).await;
    set(&NOW, "2024-05-01T12:00:00Z");
    let other = World::app(&url, now).await;
    let app = World::app(&url, now).await;
    world = World {
        app,
        url,
        clock,
        tenant,
    };
    for number in 1..=40 {
        world.becomes(number, Status::Overdue).await;
    }
    assert_eq!(world.timers().await, 0);
    assert_eq!(world.marked().await.len(), 40);
    stop(other).await;
    stop(world.app).await;
}

#[tokio::test]
async fn a_suspended_tenants_dates_wait_for_its_return() {
    static NOW: AtomicI64 = AtomicI64::new(MARCH);
    let world = World::new(|| at(NOW.load(Ordering::Relaxed))).await;
    world.issue(1).await;
    let suspend = Suspend {
        reason: "unpaid".to_owned(),
        at: (world.clock)(),
    };
    world.run(world.tenant.0, suspend).await;
    world.caught_up().await;
    set(&NOW, "2024-03-16T00:00:00Z");
    let until = Instant::now() + Duration::from_mins(1);
    // Postponed, so not due any more, but still there.
    while world
        .app
        .store()
        .timers()
        .late((world.clock)())
        .await
        .unwrap()
        > 0
    {
        assert!(Instant::now() < until, "nobody looked at the timer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.status(1).await, Status::Sent);
    let at = (world.clock)() + TimeDelta::minutes(1);
    world.run(world.tenant.0, Reactivate { at }).await;
    set(&NOW, "2024-03-16T01:00:00Z");
    world.becomes(1, Status::Overdue).await;
    stop(world.app).await;
}

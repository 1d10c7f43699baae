//! Many clients register at once: the plainest load that the log can have.

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::Register;
use daybook_domain::kernel::{ClientId, TenantId};
use daybook_store::{Actor, Context, Fingerprint, Store};
use futures::StreamExt;
use uuid::Uuid;

use crate::business::fresh_id;
use crate::press::{Sample, press};

/// Registers `count` clients of these tenants in turn, `at_once` commands at a time, and waits for
/// each answer.
pub async fn register_clients(
    store: &Store,
    tenants: Vec<TenantId>,
    (at_once, count): (usize, usize),
) -> Sample {
    let store = store.clone();
    let operation = move |n: usize| {
        let (store, tenant) = (store.clone(), tenants[n % tenants.len()]);
        async move { register(&store, tenant, 1).await }
    };
    press(at_once, count, operation).await
}

/// Registers so many clients, `batch` at a time, of these tenants in turn: a log to measure with.
pub async fn fill(store: &Store, tenants: &[TenantId], (clients, batch): (usize, usize)) {
    let batches = futures::stream::iter(0..clients / batch);
    let work =
        batches.for_each_concurrent(16, |n| register(store, tenants[n % tenants.len()], batch));
    work.await;
}

/// Registers so many clients of a tenant in one batch.
#[expect(clippy::disallowed_methods, reason = "a test is an edge, too")]
pub async fn register(store: &Store, tenant: TenantId, clients: usize) {
    let at = Utc::now();
    let fingerprint = Fingerprint::of("clientRegister", &clients);
    let context = Context::new(Actor::System("bench"), fresh_id(), fingerprint, at);
    let mut batch = store.batch(tenant, context);
    for _ in 0..clients {
        let id = fresh_id();
        batch = batch.and_new(id, registration(id, at));
    }
    batch.execute().await.unwrap();
}

/// The command that registers a client with everything a business card has.
pub fn registration(id: Uuid, at: DateTime<Utc>) -> Register {
    let some = |text: &str| Some(text.to_owned());
    Register {
        client_id: ClientId(id),
        name: "Lovelace & Daughters Ltd".to_owned(),
        external_id: None,
        email: some("ada@lovelace.example"),
        phone: some("+44 20 7946 0123"),
        website: None,
        company: some("Lovelace & Daughters"),
        contact: some("Ada Lovelace"),
        country: some("United Kingdom"),
        at,
    }
}

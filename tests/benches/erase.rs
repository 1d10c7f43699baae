//! How soon is a person with ten thousand events erased, and does the tenant notice?
//!
//! Ours: `dataSubjectErase` over HTTP of a client with notes and changed details, until it answers
//! that nothing is left. Meanwhile, and for as long before, others of the tenant write notes on
//! their clients. The other: the writers before anybody is erased.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect"
)]

use std::time::{Duration, Instant};

use daybook_domain::crm::client::{AddNote, ChangeDetails};
use daybook_domain::kernel::{ClientId, NoteId, Patch};
use daybook_domain::tenancy::public::Role;
use daybook_tests::measure::{Report, Times, rounded, say};
use daybook_tests::{Business, Client, Setup, fresh_id, id_of};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Of the client: as many notes as it may have, the rest are changes.
const NOTES: usize = 4_900;
const CHANGES: usize = 5_100;
const WRITERS: usize = 4;
/// How long the tenant is watched before.
const BEFORE: Duration = Duration::from_secs(5);
const TARGET_S: f64 = 5.0;
/// The tenant keeps working: nobody in it waits longer for a write, in milliseconds.
const TARGET_WRITE_MS: f64 = 1_000.0;
/// Erased one after the other.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let app = Setup::default().start().await;
    let business = Business::found(app.store(), &[Role::Owner]).await;
    let owner = business.sign_in(&app.base, Role::Owner).await;
    let mut clients = Vec::new();
    for _ in 0..ROUNDS {
        clients.push(live_long(&business).await);
    }
    say(&format!(
        "{ROUNDS} clients of {} events each",
        NOTES + CHANGES + 1
    ));
    let mut worked_on = Vec::new();
    for n in 0..WRITERS {
        worked_on.push(business.register(&format!("Client {n}")).await);
    }
    let quiet = async { tokio::time::sleep(BEFORE).await };
    let before = meanwhile(&owner, &worked_on, quiet).await.1;
    let (mut seconds, mut during) = (Vec::new(), Vec::new());
    for client in clients {
        let erased = erase(&owner, client);
        let (took, times) = meanwhile(&owner, &worked_on, erased).await;
        say(&format!("erased in {took:.2} s"));
        seconds.push(took);
        during.extend(times);
    }
    app.stop().await;
    let worst = seconds.iter().copied().fold(0.0, f64::max);
    let (before, during) = (Times::new(before), Times::new(during));
    let slower = during.percentile_ms(99.0) / before.percentile_ms(99.0);
    let report = Report {
        bench: "erase",
        ours: json!({ "erased_s": rounded(worst), "writers": during.summary() }),
        other: json!({ "writers": before.summary() }),
        ratio: json!({ "writers_p99": rounded(slower) }),
        targets: json!({
            "erased_s": format!("< {TARGET_S}"),
            "writers_max_ms": format!("< {TARGET_WRITE_MS}"),
        }),
        met: worst < TARGET_S
            && during.count() > 0
            && during.percentile_ms(100.0) < TARGET_WRITE_MS,
    };
    report.print();
}

/// A client about whom there is much to be forgotten.
async fn live_long(business: &Business) -> ClientId {
    let client_id = business.register("Long Known").await;
    for n in 0..NOTES {
        let note = AddNote {
            note_id: NoteId(fresh_id()),
            text: format!("called for the time number {n}"),
            author: None,
            at: (business.clock)(),
        };
        business.run(client_id, note).await;
    }
    for n in 0..CHANGES {
        let change = ChangeDetails {
            contact: Patch::Set(format!("Contact {n}")),
            at: (business.clock)(),
            ..ChangeDetails::default()
        };
        business.run(client_id, change).await;
    }
    client_id
}

/// Erases somebody; how long it took until nothing was left, in seconds.
async fn erase(owner: &Client, client_id: ClientId) -> f64 {
    let begun = Instant::now();
    let input = json!({ "id": id_of("client", client_id) });
    let erased = owner
        .mutate("dataSubjectErase", input, "dataSubject { status }")
        .await;
    assert_eq!(erased["dataSubject"]["status"], "ERASED");
    begun.elapsed().as_secs_f64()
}

/// Does something while the tenant works; what came of it, and how long each write took, in
/// microseconds.
async fn meanwhile<T>(
    owner: &Client,
    worked_on: &[ClientId],
    what: impl Future<Output = T>,
) -> (T, Vec<u64>) {
    let stop = CancellationToken::new();
    let writers = worked_on.iter().map(|id| write(owner, *id, &stop));
    let done = async {
        let done = what.await;
        stop.cancel();
        done
    };
    let (done, times) = tokio::join!(done, futures::future::join_all(writers));
    (done, times.concat())
}

/// Writes notes until told to stop; how long each took.
async fn write(owner: &Client, client_id: ClientId, stop: &CancellationToken) -> Vec<u64> {
    let mut times = Vec::new();
    while !stop.is_cancelled() {
        let input = json!({ "clientId": id_of("client", client_id), "text": "works as ever" });
        let begun = Instant::now();
        owner.mutate("clientAddNote", input, "client { id }").await;
        times.push(u64::try_from(begun.elapsed().as_micros()).unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    times
}

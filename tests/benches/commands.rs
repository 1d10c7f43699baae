//! How many commands per second, against the same aggregate through stock cqrs-es and postgres-es
//! on the same server?
//!
//! New streams (a client's first event) and the tenth event of existing ones, at 1, 16, 64 and 256
//! clients who each wait for their answer. Both sides take turns in one run, so that what else the
//! machine does meets both. Ours runs with everything on: roles, row-level security, idempotency,
//! hashes; the peer with its plain event store and its own pool, as its documentation has it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a program that measures: it ends at the first fault, and is its own edge"
)]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use daybook_domain::crm::client::{AddNote, Client};
use daybook_domain::kernel::{Command, Decision, NoteId, TenantId};
use daybook_postgres::testing::private;
use daybook_store::vault::MasterKey;
use daybook_store::{Actor, Context, Database, Fingerprint, Store, StoreOptions, Stored};
use daybook_tests::press::{Sample, Verdict, press};
use daybook_tests::registrations::registration;
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// Clients at once, operations per round of ours and of the peer, and the throughput to reach.
const LOADS: [Load; 4] = [
    Load::new(1, 300, 300, 1.0),
    Load::new(16, 2_500, 1_200, 3.0),
    Load::new(64, 6_000, 1_800, 6.0),
    Load::new(256, 12_000, 2_400, 9.0),
];
const ROUNDS: usize = 3;

#[derive(Debug, Clone, Copy)]
struct Load {
    clients: usize,
    ours: usize,
    peer: usize,
    least: f64,
}

impl Load {
    const fn new(clients: usize, ours: usize, peer: usize, least: f64) -> Self {
        Self {
            clients,
            ours,
            peer,
            least,
        }
    }
}

/// The table of postgres-es, as its documentation has it.
const PEER_TABLE: &str = "create table events (aggregate_type text not null, \
    aggregate_id text not null, sequence bigint check (sequence >= 0) not null, \
    event_type text not null, event_version text not null, payload json not null, \
    metadata json not null, primary key (aggregate_type, aggregate_id, sequence))";

type Peer =
    CqrsFramework<Stored<Client>, PersistedEventStore<PostgresEventRepository, Stored<Client>>>;

#[derive(Clone)]
struct Ours {
    store: Store,
    tenants: Arc<[TenantId]>,
}

#[tokio::main]
async fn main() {
    let server = private();
    let database = |name: &str| (format!("create database {name}"), server.url(name));
    let ((create_ours, our_url), (create_peer, peer_url)) = (database("ours"), database("peer"));
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin.execute(create_ours.as_str()).await.unwrap();
    admin.execute(create_peer.as_str()).await.unwrap();
    let ours = open_ours(&our_url).await;
    let peer = open_peer(&peer_url).await;
    let mut verdict = Verdict::default();
    for (name, kind) in [("new", Kind::New), ("tenth", Kind::Tenth)] {
        for load in LOADS {
            let (mut us, mut them) = (Sample::default(), Sample::default());
            for _ in 0..ROUNDS {
                us.extend(kind.ours(&ours, load).await);
                them.extend(kind.peer(&peer, load).await);
            }
            report(&mut verdict, (name, load), (&us, &them));
        }
    }
    ours.store.close().await;
    verdict.print("commands");
}

fn report(verdict: &mut Verdict, (name, load): (&str, Load), (us, them): (&Sample, &Sample)) {
    let key = |figure: &str| format!("{name}_{}_{figure}", load.clients);
    let rates = (us.per_second(), them.per_second());
    let halves = (us.percentile_ms(50), them.percentile_ms(50));
    let tails = (us.percentile_ms(99), them.percentile_ms(99));
    println!(
        "{name:>5} {:>3} clients  ours {:>7.0}/s p50 {:>7.2} ms p99 {:>7.2} ms   \
         peer {:>6.0}/s p50 {:>7.2} ms p99 {:>7.2} ms   {:.1}x (at least {}x)",
        load.clients,
        rates.0,
        halves.0,
        tails.0,
        rates.1,
        halves.1,
        tails.1,
        rates.0 / rates.1,
        load.least,
    );
    verdict.at_least(&key("per_second"), rates, load.least);
    verdict.figures(&key("p50_ms"), halves.0, halves.1);
    verdict.lower(&key("p99_ms"), tails);
}

async fn open_ours(url: &str) -> Ours {
    let database = Database::from_url(url).unwrap();
    database.migrate().await.unwrap();
    let options = StoreOptions {
        connections: 16,
        queue: 4_096,
        cached: 100_000,
        clock: Utc::now,
        master: MasterKey::new([7; 32]),
    };
    let store = Store::open(&database, options).await.unwrap();
    let tenants: Arc<[TenantId]> = (0..16).map(|_| TenantId(Uuid::now_v7())).collect();
    let ours = Ours { store, tenants };
    // Tenants have a past: the first thing in each of them makes its own key.
    for n in 0..ours.tenants.len() {
        our_step(ours.clone(), (n, Uuid::now_v7()), 0).await;
    }
    ours
}

async fn open_peer(url: &str) -> Arc<Peer> {
    let pool = default_postgress_pool(url).await;
    pool.execute(PEER_TABLE).await.unwrap();
    let repository = PostgresEventRepository::new(pool);
    let store = PersistedEventStore::new_event_store(repository);
    Arc::new(CqrsFramework::new(store, Vec::new(), ()))
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    New,
    Tenth,
}

impl Kind {
    async fn ours(self, ours: &Ours, load: Load) -> Sample {
        let ids: Arc<[Uuid]> = (0..load.ours).map(|_| Uuid::now_v7()).collect();
        if let Self::Tenth = self {
            for step in 0..9 {
                let (ours, ids) = (ours.clone(), ids.clone());
                press(256, load.ours, move |n| {
                    our_step(ours.clone(), (n, ids[n]), step)
                })
                .await;
            }
        }
        let step = self.step();
        let ours = ours.clone();
        press(load.clients, load.ours, move |n| {
            our_step(ours.clone(), (n, ids[n]), step)
        })
        .await
    }

    async fn peer(self, peer: &Arc<Peer>, load: Load) -> Sample {
        let ids: Arc<[Uuid]> = (0..load.peer).map(|_| Uuid::now_v7()).collect();
        if let Self::Tenth = self {
            for step in 0..9 {
                let (peer, ids) = (peer.clone(), ids.clone());
                press(64, load.peer, move |n| {
                    peer_step(peer.clone(), ids[n], step)
                })
                .await;
            }
        }
        let step = self.step();
        let peer = peer.clone();
        press(load.clients, load.peer, move |n| {
            peer_step(peer.clone(), ids[n], step)
        })
        .await
    }

    fn step(self) -> usize {
        match self {
            Self::New => 0,
            Self::Tenth => 9,
        }
    }
}

async fn our_step(ours: Ours, (n, id): (usize, Uuid), step: usize) {
    let at = Utc::now();
    let tenant = ours.tenants[n % ours.tenants.len()];
    let context = |fingerprint| {
        let actor = Actor::System("bench");
        Context::new(actor, Uuid::now_v7(), fingerprint, at)
    };
    let done = if step == 0 {
        let command = registration(id, at);
        let context = context(Fingerprint::of("clientRegister", &command.name));
        let batch = ours.store.batch(tenant, context);
        batch.and_new(id, command).execute().await
    } else {
        let command = note(step, at);
        let context = context(Fingerprint::of("clientAddNote", &command.text));
        ours.store.execute(tenant, id, command, context).await
    };
    done.unwrap();
}

async fn peer_step(peer: Arc<Peer>, id: Uuid, step: usize) {
    fn boxed<C: Command<Aggregate = Client>>(
        command: C,
    ) -> Box<dyn FnOnce(&Client) -> Decision<Client> + Send> {
        Box::new(move |client| command.decide(client))
    }
    let at = Utc::now();
    let command = if step == 0 {
        boxed(registration(id, at))
    } else {
        boxed(note(step, at))
    };
    peer.execute(&id.to_string(), command).await.unwrap();
}

fn note(step: usize, at: DateTime<Utc>) -> AddNote {
    AddNote {
        note_id: NoteId(Uuid::now_v7()),
        text: format!("Call number {step}: wants the quarterly figures by the end of the week"),
        author: None,
        at,
    }
}

//! How much of the database's own speed is left behind the API?
//!
//! The first 20 of 10,240 invoices with their clients, over 64 connections that are kept, against
//! the same statements by 64 tasks over a pool of the same size, with nothing around them: the
//! same role, the same tenant, the same transaction. The clients run in a process of their own, on
//! the same machine.
#![expect(
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect, and asks without a store"
)]

use std::time::{Duration, Instant};

use daybook_domain::crm::client::Client as Buyer;
use daybook_domain::crm::public::ClientFacts;
use daybook_domain::invoicing::invoice::{Draft, Issue, Kind, NewLine, Numbering, Send};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId, LineId, TenantId};
use daybook_tests::measure::{Report, Times, rate, rounded, say, spawn_as, started_as};
use daybook_tests::{Answered, Business, Client, Load, TestApp, fresh_id, run, until};
use futures::stream::{self, StreamExt};
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Executor, Row};
use tokio::task::JoinSet;
use uuid::Uuid;

const INVOICES: usize = 10_240;
const CLIENTS: usize = 500;
const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(3);
const TIME: Duration = Duration::from_secs(15);

const DOCUMENT: &str = "{ invoices(first: 20) { nodes {
    id number status issuedOn dueOn total { amount currency } outstanding { amount currency }
    client { id name email country } } } }";

const TARGET_SHARE: f64 = 0.25;
const TARGET_P99_MS: f64 = 50.0;

fn main() {
    if let Some(load) = started_as::<Load>("--load") {
        say(&serde_json::to_string(&run(load.run())).unwrap());
        return;
    }
    run(measure());
}

async fn measure() {
    let app = TestApp::start().await;
    let business = Business::found(app.store(), &[]).await;
    let client = app.client(&business.key().await);
    let seeding = Instant::now();
    seed(&business).await;
    say(&format!(
        "{INVOICES} invoices issued in {:.1} s",
        seeding.elapsed().as_secs_f64()
    ));
    wait_for_all(&client).await;
    // Connections to the database: as many on both sides.
    let (_, _, pool) = app.store().pool_use();
    let database = (app.database.as_str(), pool);
    let (other, statements) = bare(database, business.tenant_id).await;
    let ours = load(&client).await;
    let again = bare(database, business.tenant_id).await.0;
    let other = Times::new([other, again].concat());
    report(&Times::new(ours.micros), &other, (ours.bytes, statements));
    app.stop().await;
}

fn report(ours: &Times, other: &Times, (bytes, statements): (usize, usize)) {
    let (our_rate, their_rate) = (rate(ours.count(), TIME), rate(other.count(), TIME * 2));
    let share = rounded(our_rate / their_rate);
    let p99 = rounded(ours.percentile_ms(99.0));
    say(&format!(
        "GraphQL over HTTP  {our_rate:>9.0} /s  p50 {:>7.2} ms  p99 {p99:>7.2} ms  {bytes} bytes",
        ours.percentile_ms(50.0)
    ));
    say(&format!(
        "bare SQL           {their_rate:>9.0} /s  p50 {:>7.2} ms  p99 {:>7.2} ms  {statements} \
         round trips",
        other.percentile_ms(50.0),
        other.percentile_ms(99.0)
    ));
    let report = Report {
        bench: "graphql",
        ours: json!({ "per_s": our_rate, "times": ours.summary() }),
        other: json!({ "per_s": their_rate, "times": other.summary() }),
        ratio: json!({ "throughput": share }),
        targets: json!({ "throughput": TARGET_SHARE, "p99_ms": TARGET_P99_MS }),
        met: share >= TARGET_SHARE && p99 < TARGET_P99_MS,
    };
    report.print();
}

/// Asks for the page, from a process of its own.
async fn load(client: &Client) -> Answered {
    let load = Load {
        address: client.base.trim_start_matches("http://").to_owned(),
        secret: client.secret.clone().unwrap(),
        body: json!({ "query": DOCUMENT }).to_string(),
        connections: CONNECTIONS,
        warm_up: WARM_UP,
        time: TIME,
    };
    let child = spawn_as("--load", &load);
    let waiting = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    let output = waiting.await.unwrap();
    assert!(output.status.success(), "the clients failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Issues the invoices, through the same command as the API.
async fn seed(business: &Business) {
    let names: Vec<String> = (0..CLIENTS).map(|n| format!("Client {n}")).collect();
    let clients = stream::iter(&names).map(|name| business.register(name));
    let clients: Vec<ClientId> = clients.buffered(256).collect().await;
    let mut facts = Vec::new();
    for client_id in clients {
        let client = business
            .store
            .load::<Buyer>(business.tenant_id, client_id)
            .await
            .unwrap();
        facts.push(client.state.facts().unwrap());
    }
    let issued = stream::iter(0..INVOICES).map(|number| {
        let issue = issue(number, facts[number % CLIENTS].clone());
        business.run(issue.draft.invoice_id, issue)
    });
    issued.buffer_unordered(256).count().await;
}

fn issue(number: usize, client: ClientFacts) -> Issue {
    let at = daybook::clock::system();
    let lines = (0..3).map(|line| NewLine {
        line_id: LineId(fresh_id()),
        description: format!("Lamp {line}"),
        product_code: None,
        quantity: Decimal::from(number % 7 + 1),
        unit_price: Decimal::new(12_345, 3),
    });
    let draft = Draft {
        invoice_id: InvoiceId(fresh_id()),
        kind: Kind::Invoice,
        client: client.clone(),
        currency: Some(Currency::GBP),
        country: None,
        lines: lines.collect(),
        tax_rate: Some(Decimal::from(20)),
        issue_on: Some(at.date_naive()),
        due_on: None,
        number: None,
        notes: None,
        reference: None,
        at,
    };
    let send = Send {
        issued_on: Some(at.date_naive()),
        due_on: None,
        numbering: Numbering::Gapless,
        number: None,
        client,
        at,
    };
    Issue { draft, send }
}

async fn wait_for_all(client: &Client) {
    until("read models show every invoice", || async {
        let count = client.data("{ invoices { totalCount } }", json!({})).await;
        count["invoices"]["totalCount"] == json!(INVOICES)
    })
    .await;
}

/// The statements of the page.
struct Statements {
    begin: String,
    invoices: String,
    clients: String,
    tenant: Uuid,
}

/// The times of the same statements with nothing around them, and their round trips.
async fn bare((url, connections): (&str, u32), tenant: TenantId) -> (Vec<u64>, usize) {
    let administrator = PgPool::connect(url).await.unwrap();
    let options = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections);
    let options = options
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("set role daybook_app; set search_path = daybook")
                    .await
                    .map(drop)
            })
        });
    let pool = options.connect(url).await.unwrap();
    let page = |table: &str, reader: &str, columns: &str, rest: &str| {
        format!(
            "select {columns} from {table} t where tenant_id = $1 and generation = \
             (select generation from readers where name = '{reader}' and state = 'live') {rest}"
        )
    };
    let invoices = columns(&administrator, "invoicing_invoices").await;
    let clients = columns(&administrator, "crm_clients").await;
    let order = "order by created_position desc, id desc limit 21";
    let statements = Statements {
        begin: format!("begin; select set_config('app.tenant_id', '{tenant}', true)"),
        invoices: page(
            "invoicing_invoices",
            daybook_projections::invoicing::INVOICES,
            &invoices,
            order,
        ),
        clients: page(
            "crm_clients",
            daybook_projections::crm::CLIENTS,
            &clients,
            "and id = any ($2)",
        ),
        tenant: tenant.0,
    };
    let statements: &'static Statements = Box::leak(Box::new(statements));
    let mut asking = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let pool = pool.clone();
        asking.spawn(async move { ask_bare(&pool, statements).await });
    }
    let mut all = Vec::new();
    while let Some(micros) = asking.join_next().await {
        all.extend(micros.unwrap());
    }
    pool.close().await;
    (all, 4)
}

async fn ask_bare(pool: &PgPool, statements: &Statements) -> Vec<u64> {
    let begin = Instant::now();
    let mut micros = Vec::new();
    loop {
        let since = Instant::now();
        if since.duration_since(begin) > WARM_UP + TIME {
            return micros;
        }
        let mut tx = pool.begin_with(statements.begin.clone()).await.unwrap();
        let page = sqlx::query(&statements.invoices).bind(statements.tenant);
        let rows = page.fetch_all(&mut *tx).await.unwrap();
        let ids: Vec<Uuid> = rows
            .iter()
            .take(20)
            .map(|row| row.get("client_id"))
            .collect();
        assert_eq!(ids.len(), 20);
        let clients = sqlx::query(&statements.clients)
            .bind(statements.tenant)
            .bind(ids);
        let found = clients.fetch_all(&mut *tx).await.unwrap();
        assert!(!found.is_empty());
        tx.commit().await.unwrap();
        if since.duration_since(begin) > WARM_UP {
            micros.push(u64::try_from(since.elapsed().as_micros()).unwrap());
        }
    }
}

/// The columns that the read model's own query selects: all but those that choose the rows.
async fn columns(administrator: &PgPool, table: &str) -> String {
    let text = "select string_agg(quote_ident(column_name), ', ') from information_schema.columns \
                where table_schema = 'daybook' and table_name = $1 \
                and column_name not in ('tenant_id', 'generation')";
    let query = sqlx::query_scalar::<_, Option<String>>(text).bind(table);
    query
        .fetch_one(administrator)
        .await
        .unwrap()
        .expect("the read model's table")
}

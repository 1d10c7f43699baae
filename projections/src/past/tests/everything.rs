//! Every read model and every aggregate, as of random positions, is what was live then, and what the
//! events until then leave.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use daybook_domain::audit::export::Export;
use daybook_domain::crm::client::Client;
use daybook_domain::crm::fields::FieldSet;
use daybook_domain::identity::session::Session;
use daybook_domain::identity::user::User;
use daybook_domain::invoicing::invoice::Invoice;
use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::kernel::Aggregate;
use daybook_domain::privacy::consent::Consent;
use daybook_domain::privacy::data_subject::{DataSubject, DataSubjectEvent};
use daybook_domain::tenancy::api_key::ApiKey;
use daybook_domain::tenancy::member::Member;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{AsOf, HistoryFilter, Recorded, Seen};
use serde_json::Value;
use uuid::Uuid;

use super::business::{PATIENCE, pasts, scratch_rows};
use super::dice;
use super::life::{Life, shown};
use crate::audit::exports::Exports;
use crate::crm::clients::Clients;
use crate::crm::fields::Fields;
use crate::crm::notes::Notes;
use crate::engine::{ReadModel, Row, Stored, Summary, decode_row, field_names};
use crate::identity::sessions::Sessions;
use crate::identity::users::Users;
use crate::invoicing::balances::Balances;
use crate::invoicing::invoices::Invoices;
use crate::invoicing::lines::Lines;
use crate::invoicing::payments::Payments;
use crate::invoicing::receivables::Receivables;
use crate::invoicing::revenue::Revenue;
use crate::past::{Replay, folds, sums};
use crate::privacy::consents::Consents;
use crate::privacy::data_subjects::DataSubjects;
use crate::tenancy::api_keys::ApiKeys;
use crate::tenancy::members::Members;
use crate::tenancy::tenant::Tenants;
use crate::testing::{World, id, now};

/// Moments that are noted; some more where there is not something of everything yet.
const MOMENTS: usize = 40;
/// So many of them are looked back at, each once, in any order.
const LOOKS: usize = 20;
/// So many positions of the log, wherever they lie, are looked back at besides.
const POSITIONS: usize = 10;

/// What was live at a moment.
struct Then {
    moment: AsOf,
    rows: BTreeMap<&'static str, Vec<String>>,
    things: BTreeMap<&'static str, Vec<String>>,
    states: Vec<Value>,
}

impl Then {
    async fn of(world: &World, life: &Life) -> Self {
        let (position, _) = world.store.tenant_head(life.tenant).await.unwrap();
        let moment = world.store.moment_of(life.tenant, position).await.unwrap();
        let mut tx = world.tx(life.tenant).await;
        let things = life.things(&mut tx).await;
        tx.commit().await.unwrap();
        let mut states = Vec::new();
        for story in &life.stories {
            states.push(story.now(&world.store, life.tenant).await);
        }
        let live = "(select generation from readers where name = '{}' and state = 'live')";
        Self {
            moment: moment.unwrap(),
            rows: rows(world, life, live).await,
            things,
            states,
        }
    }
}

/// All rows of a tenant under a generation, whole, by table.
async fn rows(world: &World, life: &Life, generation: &str) -> BTreeMap<&'static str, Vec<String>> {
    let mut admin = world.administrator().await;
    let mut all = BTreeMap::new();
    for projection in crate::all() {
        let generation = generation.replace("{}", projection.name());
        for table in projection.tables() {
            let rows = format!(
                "select (to_jsonb(t) - 'generation')::text from {table} t \
                 where tenant_id = $1 and generation = {generation} order by 1"
            );
            let rows = sqlx::query_scalar(&rows).bind(life.tenant.0);
            all.insert(*table, rows.fetch_all(&mut admin).await.unwrap());
        }
    }
    all
}

/// The rows that a tenant's first events leave, by a fold that knows nothing of streams and tables.
fn rows_of<A: Aggregate, M: ReadModel<Event = A::Event>>(events: &[Recorded]) -> Vec<M::Row> {
    let mut rows: BTreeMap<M::Key, M::Row> = BTreeMap::new();
    let mut stuck: HashSet<Uuid> = HashSet::new();
    for record in events {
        if M::SUBJECT.is_some()
            && record.stream_type == DataSubject::NAME
            && let DataSubjectEvent::Erased(erased) = record.decode().unwrap()
        {
            let forgotten = rows.into_iter().filter_map(|(key, row)| {
                let is_about = M::subject(&row) == Some(erased.subject.id);
                let mut row = Some(row);
                if is_about {
                    M::forget(&mut row);
                }
                row.map(|row| (key, row))
            });
            rows = forgotten.collect();
        }
        if record.stream_type != A::NAME || stuck.contains(&record.stream_id) {
            continue;
        }
        let envelope = Stored::of(record).envelope;
        let event = record.decode::<A::Event>().unwrap();
        for key in M::keys(&event, &envelope) {
            let mut row = rows.get(&key).cloned();
            if M::apply(&mut row, &key, &event, &envelope).is_err() {
                stuck.insert(record.stream_id);
                break;
            }
            rows.remove(&key);
            rows.extend(row.map(|row| (key, row)));
        }
    }
    rows.into_values().collect()
}

/// A tenant's first events, and the rows that are said to follow from them.
struct Prefix<'p> {
    world: &'p World,
    life: &'p Life,
    events: &'p [Recorded],
    generation: i32,
    compared: BTreeSet<&'static str>,
}

impl Prefix<'_> {
    async fn model<A: Aggregate, M: ReadModel<Event = A::Event>>(&mut self) -> Vec<M::Row> {
        let expected = rows_of::<A, M>(self.events);
        self.compare(M::TABLE, &expected).await;
        expected
    }

    async fn sum<D: Summary>(&mut self, sources: &[D::Source]) {
        self.compare(D::TABLE, &sums::<D>(sources)).await;
    }

    async fn compare<R: Row>(&mut self, table: &'static str, expected: &[R]) {
        let columns = field_names::<R>().join(", ");
        let select =
            format!("select {columns} from {table} where tenant_id = $1 and generation = $2");
        let found = sqlx::query(&select)
            .bind(self.life.tenant.0)
            .bind(self.generation)
            .fetch_all(&mut self.world.administrator().await)
            .await
            .unwrap();
        let found = found.iter().map(|row| decode_row::<R>(row).unwrap());
        assert_eq!(shown(found), shown(expected), "{table}");
        self.compared.insert(table);
    }

    async fn all(mut self) -> BTreeSet<&'static str> {
        self.model::<Tenant, Tenants>().await;
        self.model::<Member, Members>().await;
        self.model::<ApiKey, ApiKeys>().await;
        self.model::<User, Users>().await;
        self.model::<Session, Sessions>().await;
        self.model::<Client, Clients>().await;
        self.model::<Client, Notes>().await;
        self.model::<FieldSet, Fields>().await;
        let invoices = self.model::<Invoice, Invoices>().await;
        self.sum::<Balances>(&invoices).await;
        self.sum::<Receivables>(&invoices).await;
        self.sum::<Revenue>(&invoices).await;
        self.model::<Invoice, Lines>().await;
        self.model::<Invoice, Payments>().await;
        self.model::<Consent, Consents>().await;
        self.model::<DataSubject, DataSubjects>().await;
        self.model::<Export, Exports>().await;
        self.compared
    }
}

/// Lets a tenant live beside another, until there is something of everything; what was live now and
/// then.
async fn lived(world: &World, life: &mut Life, dice: &mut Dice) -> Vec<Then> {
    let projections = crate::all();
    let mut other = Life::new();
    let mut seen: Vec<Then> = Vec::new();
    let has_everything = |seen: &[Then]| {
        let last = seen.last().map(|then| &then.rows);
        last.is_some_and(|tables| tables.values().all(|rows| !rows.is_empty()))
    };
    while seen.len() < MOMENTS || (!has_everything(&seen) && seen.len() < 5 * MOMENTS) {
        for _ in 0..=dice.below(6) {
            life.go_on(world, dice).await;
            other.go_on(world, dice).await;
        }
        world.post(&projections).await;
        seen.push(Then::of(world, life).await);
    }
    seen
}

/// Each aggregate as of a moment is what it was then, and what its events until then leave.
async fn states_are_as_then((world, life): (&World, &Life), then: &Then, prefix: &[Recorded]) {
    let position = then.moment.position;
    for (story, live) in life.stories.iter().zip(&then.states) {
        let kind = story.stream_type();
        let whence = (life.tenant, then.moment);
        let states = story.then(&world.store, whence).await;
        let both = [live.clone(), live.clone()];
        assert_eq!(states, both, "{kind} as of {position}");
        assert_eq!(&story.folded(prefix), live, "{kind} as of {position}");
    }
}

/// What is shown of single things, and each table, is what it was then.
async fn rows_are_as_then((world, life): (&World, &Life), then: &Then, prefix: &[Recorded]) {
    let position = then.moment.position;
    let shown = rows_follow((world, life), then.moment, prefix).await;
    assert_eq!(shown.things, then.things, "as of {position}");
    assert_eq!(shown.rows, then.rows, "as of {position}");
}

/// What is shown as of a position.
struct Shown {
    rows: BTreeMap<&'static str, Vec<String>>,
    things: BTreeMap<&'static str, Vec<String>>,
}

/// Each table, built as of a position, is what the events until then leave, and single things are the
/// same by their own streams and out of it.
async fn rows_follow((world, life): (&World, &Life), moment: AsOf, prefix: &[Recorded]) -> Shown {
    let position = moment.position;
    let mut tx = world.tx(life.tenant).await;
    tx.look_from(moment);
    let things = life.things(&mut tx).await;
    drop(tx);
    let pasts = pasts(world);
    let projections = crate::all();
    let names: Vec<&'static str> = projections.iter().map(|it| it.name()).collect();
    let whence = (life.tenant, moment);
    let mut tx = pasts.stand(whence, &names, PATIENCE).await.unwrap();
    assert_eq!(life.things(&mut tx).await, things, "as of {position}");
    let Seen::Generation(generation) = tx.seen(names[0]) else {
        panic!("it is built");
    };
    let rows = rows(world, life, &generation.to_string()).await;
    let prefix = Prefix {
        world,
        life,
        events: prefix,
        generation,
        compared: BTreeSet::new(),
    };
    let tables = projections.iter().flat_map(|it| it.tables()).copied();
    let tables: BTreeSet<&str> = tables.collect();
    assert_eq!(prefix.all().await, tables, "each table is compared");
    drop(tx);
    pasts.forget(life.tenant).await.unwrap();
    Shown { rows, things }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_random_positions_each_table_and_each_state_is_what_it_was() {
    let world = World::new().await;
    let (mut life, mut dice) = (Life::new(), dice());
    let mut seen = lived(&world, &mut life, &mut dice).await;
    let kinds: BTreeSet<&str> = folds().iter().map(|it| it.stream_type).collect();
    assert_eq!(life.kinds(), kinds, "each aggregate is there");
    let last = &seen.last().unwrap().rows;
    let empty: Vec<_> = last.iter().filter(|(_, rows)| rows.is_empty()).collect();
    assert!(empty.is_empty(), "each read model has rows: {empty:?}");
    let filter = HistoryFilter::default();
    let history = world.store.history(life.tenant, 0, &filter, 10_000);
    let history = history.await.unwrap().events;
    for _ in 0..LOOKS {
        let then = seen.swap_remove(dice.below(seen.len()));
        let prefix = &history[..usize::try_from(then.moment.position).unwrap()];
        states_are_as_then((&world, &life), &then, prefix).await;
        rows_are_as_then((&world, &life), &then, prefix).await;
    }
    for _ in 0..POSITIONS {
        let count = 1 + dice.below(history.len());
        let position = i64::try_from(count).unwrap();
        let moment = world.store.moment_of(life.tenant, position).await.unwrap();
        rows_follow((&world, &life), moment.unwrap(), &history[..count]).await;
    }
    assert_eq!(scratch_rows(&world).await, BTreeMap::new());
    let replay = Replay {
        store: world.store.clone(),
        projections: crate::all(),
        tenant: life.tenant,
        holder: id(),
        clock: now,
        most: 10,
    };
    let (_, compared) = replay.run(None, |_| ()).await.unwrap();
    assert!(compared.iter().all(|it| it.differing == 0), "{compared:#?}");
}

//! Which rows did a read model have at a position, where nobody built it as of then?
//!
//! By the same `apply` that posts it live, over the events of the few streams that matter; whom the
//! tenant had erased by then they forget by the same `forget`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use daybook_domain::kernel::{Aggregate, Event};
use daybook_domain::privacy::data_subject::{DataSubject, data_subject_id};
use daybook_store::{Recorded, Seen, StoreError, TenantTx};
use uuid::Uuid;

use crate::engine::{Contribution, Fault, Forget, ReadModel, Sign, Stored, Summary, forgets};

/// Streams whose events are held in memory at a time.
const AT_ONCE: usize = 500;

/// The position from which a transaction looks, when nobody built the projection as of then.
pub(crate) fn unbuilt(tx: &TenantTx, projection: &str) -> Option<i64> {
    match tx.seen(projection) {
        Seen::Unbuilt(position) => Some(position),
        Seen::Live | Seen::Generation(_) => None,
    }
}

/// The rows that follow from some streams up to a position, by key. For read models whose rows
/// each follow from one stream. Streams of something else leave none.
pub(crate) async fn rows<M>(
    tx: &mut TenantTx,
    streams: &[Uuid],
    position: i64,
) -> Result<Vec<M::Row>, StoreError>
where
    M: ReadModel,
    M::Event: Event,
{
    let mut rows = BTreeMap::new();
    for streams in streams.chunks(AT_ONCE) {
        let mut records = tx.streams_until(streams, position).await?;
        let mut found = fold::<M>(&records);
        let people = found.values().filter_map(M::subject);
        let people: BTreeSet<Uuid> = people.map(|it| data_subject_id(it).0).collect();
        if !people.is_empty() {
            let people: Vec<Uuid> = people.into_iter().collect();
            let done = tx.streams_until(&people, position).await?;
            if !done.is_empty() {
                records.extend(done);
                records.sort_unstable_by_key(|record| record.position);
                found = fold::<M>(&records);
            }
        }
        rows.extend(found);
    }
    Ok(rows.into_values().collect())
}

fn fold<M>(records: &[Recorded]) -> BTreeMap<M::Key, M::Row>
where
    M: ReadModel,
    M::Event: Event,
{
    let mut rows = BTreeMap::new();
    // As live: a stream stops at an event that cannot be applied, and the others go on.
    let mut stopped: HashSet<Uuid> = HashSet::new();
    for record in records {
        if M::SUBJECT.is_some() && record.stream_type == DataSubject::NAME {
            forget::<M>(record, &mut rows);
        } else if !stopped.contains(&record.stream_id) && apply::<M>(record, &mut rows).is_err() {
            stopped.insert(record.stream_id);
        }
    }
    rows
}

/// Forgets whom the event of a data subject asks to forget.
fn forget<M: ReadModel>(record: &Recorded, rows: &mut BTreeMap<M::Key, M::Row>) {
    let Ok(Some(Forget::Subject(subject))) = forgets(&Stored::of(record)) else {
        return;
    };
    let about = rows
        .iter()
        .filter(|(_, row)| M::subject(row) == Some(subject));
    let about: Vec<M::Key> = about.map(|(key, _)| key.clone()).collect();
    for key in about {
        let mut row = rows.remove(&key);
        M::forget(&mut row);
        rows.extend(row.map(|row| (key, row)));
    }
}

fn apply<M>(record: &Recorded, rows: &mut BTreeMap<M::Key, M::Row>) -> Result<(), Fault>
where
    M: ReadModel,
    M::Event: Event,
{
    let stored = Stored::of(record);
    let event: M::Event = stored.decode()?;
    for key in M::keys(&event, &stored.envelope) {
        let mut row = rows.get(&key).cloned();
        M::apply(&mut row, &key, &event, &stored.envelope)?;
        match row {
            Some(row) => rows.insert(key, row),
            None => rows.remove(&key),
        };
    }
    Ok(())
}

/// The sums over some rows, by key.
pub(crate) fn sums<D: Summary>(sources: &[D::Source]) -> Vec<D::Row> {
    let mut rows: BTreeMap<D::Key, Option<D::Row>> = BTreeMap::new();
    for (key, share) in sources.iter().flat_map(D::shares) {
        let contribution = Contribution {
            share: &share,
            sign: Sign::Plus,
        };
        D::apply(rows.entry(key.clone()).or_default(), &key, contribution);
    }
    rows.into_values().flatten().collect()
}

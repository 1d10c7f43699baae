//! A projection: which events it reads, which tables it writes.

use std::fmt::{self, Debug};
use std::sync::Arc;

use daybook_domain::kernel::Aggregate;
use daybook_domain::privacy::data_subject::{DataSubject, DataSubjectEvent};
use uuid::Uuid;

use super::fault::Fault;
use super::posting::{Ground, Posting, TenantRows};
use super::read_model::{ReadModel, Summary};
use super::stored::Stored;
use super::table::{Rows, Summing, SumsOf, Table, TableRows};

/// A reader of the log that writes rows: one checkpoint, one or more tables.
pub struct Projection {
    name: &'static str,
    version: i32,
    streams: &'static [&'static str],
    tables: Vec<&'static str>,
    keyed_tables: Vec<Keyed>,
    rows: Box<dyn Fn(Ground) -> Box<dyn TenantRows> + Send + Sync>,
}

/// A table and its key's columns, without tenant and generation.
type Keyed = (&'static str, &'static [&'static str]);

impl Projection {
    /// `context.read_model`. Frozen once deployed.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The version of its code. A higher one than the live generation's is built beside it.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// The stream types it reads; it is shown no events of others.
    pub fn streams(&self) -> &'static [&'static str] {
        self.streams
    }

    /// Its tables.
    pub fn tables(&self) -> &[&'static str] {
        &self.tables
    }

    /// Its tables and their keys' columns, without tenant and generation.
    pub(crate) fn keyed_tables(&self) -> &[Keyed] {
        &self.keyed_tables
    }

    pub(super) fn reads(&self, stream_type: &str) -> bool {
        self.streams.contains(&stream_type)
    }

    /// A tenant's rows in memory, none yet.
    pub(super) fn rows(&self, ground: Ground) -> Box<dyn TenantRows> {
        (self.rows)(ground)
    }
}

impl Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projection")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// How a projection over events of type `E` is put together.
pub struct Definition<E> {
    name: &'static str,
    version: i32,
    streams: &'static [&'static str],
    decode: Decode<E>,
    forgets: Forgets,
    shelves: Vec<Box<dyn Shelf<E>>>,
}

pub(crate) type Decode<E> = fn(&Stored<'_>) -> Result<E, Fault>;
/// Whom an event asks to forget, if it is one of data subjects; none where it is the projection's
/// own.
pub(crate) type Forgets = fn(&Stored<'_>) -> Result<Option<Forget>, Fault>;

/// What an event of a data subject means to every projection but its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forget {
    /// Nothing.
    Nobody,
    /// This person is to be known no more.
    Subject(Uuid),
}

impl<E: Send + Sync + 'static> Definition<E> {
    /// A projection of the events of `streams`, which `decode` reads.
    pub fn new(
        name: &'static str,
        version: i32,
        streams: &'static [&'static str],
        decode: Decode<E>,
    ) -> Self {
        Self {
            name,
            version,
            streams,
            decode,
            forgets: |_| Ok(None),
            shelves: Vec::new(),
        }
    }

    /// The same, with a table.
    #[must_use]
    pub fn table<M: ReadModel<Event = E>>(self) -> Self {
        self.summed::<M>(Vec::new())
    }

    /// The same, with a table and the summaries over its rows.
    #[must_use]
    pub fn summed<M: ReadModel<Event = E>>(mut self, summaries: Vec<SummaryOf<M::Row>>) -> Self {
        self.shelves.push(Box::new(TableShelf::<M> {
            table: Arc::new(Table::new(M::TABLE, M::KEY).about(M::SUBJECT)),
            summaries,
        }));
        self
    }

    /// The finished projection.
    pub fn build(self) -> Arc<Projection> {
        let Self {
            decode,
            forgets,
            shelves,
            ..
        } = self;
        let keyed_tables: Vec<Keyed> = shelves.iter().flat_map(|shelf| shelf.names()).collect();
        let rows = move |ground| -> Box<dyn TenantRows> {
            let tables = shelves.iter().map(|shelf| shelf.rows()).collect();
            Box::new(Posting::new(ground, (decode, forgets), tables))
        };
        Arc::new(Projection {
            name: self.name,
            version: self.version,
            streams: self.streams,
            tables: keyed_tables.iter().map(|(name, _)| *name).collect(),
            keyed_tables,
            rows: Box::new(rows),
        })
    }
}

impl<E: daybook_domain::kernel::Event> Definition<E> {
    /// A projection of the events of one aggregate. It forgets whom the tenant erases.
    pub fn of<A: Aggregate<Event = E>>(name: &'static str, version: i32) -> Self {
        let streams = const { &[A::NAME, DataSubject::NAME] };
        let mut definition = Self::new(name, version, streams, |stored| stored.decode());
        definition.forgets = forgets;
        definition
    }

    /// A projection of data subjects themselves.
    pub fn of_data_subjects(name: &'static str, version: i32) -> Self {
        let streams = const { &[DataSubject::NAME] };
        Self::new(name, version, streams, |stored| stored.decode())
    }
}

/// Reads the events of data subjects; none for events of something else.
pub(crate) fn forgets(stored: &Stored<'_>) -> Result<Option<Forget>, Fault> {
    if stored.stream_type != DataSubject::NAME {
        return Ok(None);
    }
    Ok(Some(match stored.decode()? {
        DataSubjectEvent::Erased(erased) => Forget::Subject(erased.subject.id),
        DataSubjectEvent::Held(_)
        | DataSubjectEvent::Released(_)
        | DataSubjectEvent::Exported(_)
        | DataSubjectEvent::Forgotten(_) => Forget::Nobody,
    }))
}

impl<E> Debug for Definition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A summary over rows of type `S`, to be added to the table of those.
pub struct SummaryOf<S> {
    name: &'static str,
    key: &'static [&'static str],
    sums: Box<dyn Fn() -> Box<dyn Summing<S>> + Send + Sync>,
}

impl<S> Debug for SummaryOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SummaryOf").field(&self.name).finish()
    }
}

/// The summary `D`, for [`Definition::summed`].
pub fn summary<D: Summary>() -> SummaryOf<D::Source> {
    let table = Arc::new(Table::new(D::TABLE, D::KEY));
    SummaryOf {
        name: D::TABLE,
        key: D::KEY,
        sums: Box::new(move || Box::new(SumsOf::<D>::new(Arc::clone(&table)))),
    }
}

/// A table as the definition keeps it.
trait Shelf<E>: Send + Sync {
    fn names(&self) -> Vec<Keyed>;
    fn rows(&self) -> Box<dyn Rows<E>>;
}

struct TableShelf<M: ReadModel> {
    table: Arc<Table<M::Key, M::Row>>,
    summaries: Vec<SummaryOf<M::Row>>,
}

impl<M: ReadModel> Shelf<M::Event> for TableShelf<M> {
    fn names(&self) -> Vec<Keyed> {
        let own = std::iter::once((M::TABLE, M::KEY));
        own.chain(self.summaries.iter().map(|s| (s.name, s.key)))
            .collect()
    }

    fn rows(&self) -> Box<dyn Rows<M::Event>> {
        let sums = self.summaries.iter().map(|s| (s.sums)()).collect();
        Box::new(TableRows::<M>::new(Arc::clone(&self.table), sums))
    }
}

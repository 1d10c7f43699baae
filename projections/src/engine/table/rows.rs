//! Rows that follow from events.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::PgConnection;
use uuid::Uuid;

use super::statements::{Scope, Table};
use super::sums::Summing;
use super::working_set::WorkingSet;
use crate::engine::fault::{Fault, Trouble};
use crate::engine::posting::Ground;
use crate::engine::read_model::ReadModel;
use crate::engine::stored::Envelope;

/// One table of a projection over events of type `E`, with the sums over its rows.
pub(crate) trait Rows<E>: Send {
    /// Notes which rows an event touches.
    fn want(&mut self, event: &E, envelope: &Envelope);
    /// Notes that the rows about a data subject are wanted.
    fn want_about(&mut self, subject: Uuid);
    /// Takes a data subject out of the rows about it.
    fn forget(&mut self, subject: Uuid);
    /// Reads the rows that were wanted.
    fn load<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>>;
    /// Applies an event to the rows it touches.
    fn apply(&mut self, event: &E, envelope: &Envelope) -> Result<(), Fault>;
    /// Writes what changed and forgets all rows. `ground`: what the database holds of them.
    fn write<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
        ground: Ground,
    ) -> BoxFuture<'a, Result<(), Trouble>>;
    /// How many rows are held.
    fn held(&self) -> usize;
}

/// The rows of a read model.
pub(crate) struct TableRows<M: ReadModel> {
    set: WorkingSet<M::Key, M::Row>,
    wanted: Vec<M::Key>,
    about: Vec<Uuid>,
    sums: Vec<Box<dyn Summing<M::Row>>>,
}

impl<M: ReadModel> TableRows<M> {
    pub(crate) fn new(
        table: Arc<Table<M::Key, M::Row>>,
        sums: Vec<Box<dyn Summing<M::Row>>>,
    ) -> Self {
        Self {
            set: WorkingSet::new(table, M::key),
            wanted: Vec::new(),
            about: Vec::new(),
            sums,
        }
    }
}

impl<M: ReadModel> Rows<M::Event> for TableRows<M> {
    fn want(&mut self, event: &M::Event, envelope: &Envelope) {
        if !M::creates(event) {
            self.wanted.extend(M::keys(event, envelope));
        }
    }

    fn load<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        let wanted = std::mem::take(&mut self.wanted);
        let about = std::mem::take(&mut self.about);
        async move {
            self.set.load(connection, scope, wanted).await?;
            if !about.is_empty() {
                self.set.load_about(connection, scope, &about).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn want_about(&mut self, subject: Uuid) {
        if M::SUBJECT.is_some() {
            self.about.push(subject);
        }
    }

    fn forget(&mut self, subject: Uuid) {
        let about = |row: &M::Row| M::subject(row) == Some(subject);
        self.set.touch_where(about, M::forget);
    }

    fn apply(&mut self, event: &M::Event, envelope: &Envelope) -> Result<(), Fault> {
        for key in M::keys(event, envelope) {
            let row = &mut self.set.touch(&key).current;
            M::apply(row, &key, event, envelope)?;
        }
        Ok(())
    }

    fn write<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
        ground: Ground,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        async move {
            self.set.write(connection, scope).await?;
            for sum in &mut self.sums {
                for held in self.set.touched() {
                    sum.note(held.stored.as_ref(), held.current.as_ref());
                }
                sum.settle(connection, scope, ground).await?;
            }
            self.set.clear();
            self.wanted.clear();
            self.about.clear();
            Ok(())
        }
        .boxed()
    }

    fn held(&self) -> usize {
        self.set.len()
    }
}

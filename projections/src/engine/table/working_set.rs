//! The rows of one table and tenant that a batch touches, in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use sqlx::PgConnection;
use uuid::Uuid;

use super::statements::{Scope, Table};
use crate::engine::fault::Trouble;
use crate::engine::read_model::{Key, Row};

/// Rows by key.
pub(super) struct WorkingSet<K, R> {
    table: Arc<Table<K, R>>,
    key_of: fn(&R) -> K,
    /// Each in a place of its own: a map that grows moves what is in it, and a row of a document, with
    /// what the database holds of it, has a thousand bytes.
    rows: HashMap<K, Box<Held<R>>>,
}

/// A row, or the knowledge that there is none.
#[derive(Debug)]
pub(super) struct Held<R> {
    /// What the database holds.
    pub(super) stored: Option<R>,
    /// What it is to hold.
    pub(super) current: Option<R>,
    /// Whether anything was applied to it.
    touched: bool,
}

impl<R> Default for Held<R> {
    fn default() -> Self {
        Self {
            stored: None,
            current: None,
            touched: false,
        }
    }
}

impl<K: Key, R: Row> WorkingSet<K, R> {
    pub(super) fn new(table: Arc<Table<K, R>>, key_of: fn(&R) -> K) -> Self {
        Self {
            table,
            key_of,
            rows: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// The row under a key, for something to be applied to it.
    pub(super) fn touch(&mut self, key: &K) -> &mut Held<R> {
        let held = match self.rows.entry(key.clone()) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(place) => place.insert(Box::default()),
        };
        held.touched = true;
        held
    }

    pub(super) fn touched(&self) -> impl Iterator<Item = &Held<R>> {
        let held = self.rows.values().map(Box::as_ref);
        held.filter(|held| held.touched)
    }

    /// Reads what the database holds under the keys that are not held yet.
    pub(super) async fn load(
        &mut self,
        connection: &mut PgConnection,
        scope: Scope,
        mut keys: Vec<K>,
    ) -> Result<(), Trouble> {
        keys.retain(|key| !self.rows.contains_key(key));
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        for row in self.table.load(connection, scope, &keys).await? {
            self.hold(row);
        }
        for key in keys {
            self.rows.entry(key).or_default();
        }
        Ok(())
    }

    /// Reads what the database holds about these data subjects and is not held yet.
    pub(super) async fn load_about(
        &mut self,
        connection: &mut PgConnection,
        scope: Scope,
        subjects: &[Uuid],
    ) -> Result<(), Trouble> {
        for row in self.table.load_about(connection, scope, subjects).await? {
            self.hold(row);
        }
        Ok(())
    }

    /// Holds a row as the database has it, unless it is held already, perhaps changed.
    fn hold(&mut self, row: R) {
        let held = || {
            Box::new(Held {
                stored: Some(row.clone()),
                current: Some(row.clone()),
                touched: false,
            })
        };
        self.rows.entry((self.key_of)(&row)).or_insert_with(held);
    }

    /// Does something with every row that is held and about a data subject.
    pub(super) fn touch_where(
        &mut self,
        is_meant: impl Fn(&R) -> bool,
        change: impl Fn(&mut Option<R>),
    ) {
        let held = self.rows.values_mut();
        for held in held.filter(|held| held.current.as_ref().is_some_and(&is_meant)) {
            held.touched = true;
            change(&mut held.current);
        }
    }

    /// Writes what changed: at most one statement each for new, changed and gone rows, per some
    /// thousands of them. In order of key, so that writers never wait for each other in a circle; but for
    /// the new rows of a build, which are many and have one writer: should another one that lost its lease
    /// still hold some, the server ends one of the two, and who has the lease tries again.
    pub(super) async fn write(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
    ) -> Result<(), Trouble> {
        let mut changed: Vec<(&K, &Held<R>)> = self
            .rows
            .iter()
            .map(|(key, held)| (key, held.as_ref()))
            .filter(|(_, held)| held.touched && held.current != held.stored)
            .collect();
        changed.sort_unstable_by_key(|(key, _)| *key);
        let (mut new, mut altered, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (key, held) in changed {
            match (&held.stored, &held.current) {
                (None, Some(row)) => new.push(row),
                (Some(_), Some(row)) => altered.push(row),
                (Some(_), None) => gone.push(key),
                (None, None) => {}
            }
        }
        if !gone.is_empty() {
            self.table.delete(connection, scope, &gone).await?;
        }
        if !new.is_empty() {
            self.table.insert(connection, scope, &new).await?;
        }
        if !altered.is_empty() {
            self.table.update(connection, scope, &altered).await?;
        }
        Ok(())
    }
}

//! Rows that sum up the rows of another table.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::PgConnection;

use super::statements::{Scope, Table};
use super::working_set::WorkingSet;
use crate::engine::fault::Trouble;
use crate::engine::posting::Ground;
use crate::engine::read_model::{Contribution, Sign, Summary};

/// Sums over rows of type `S`.
pub(crate) trait Summing<S>: Send {
    /// Notes how a source row changed.
    fn note(&mut self, before: Option<&S>, after: Option<&S>);
    /// Reads the sums, moves them and writes them. `ground`: what the database holds of them.
    fn settle<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
        ground: Ground,
    ) -> BoxFuture<'a, Result<(), Trouble>>;
}

/// The sums of a summary.
pub(crate) struct SumsOf<D: Summary> {
    set: WorkingSet<D::Key, D::Row>,
    noted: Vec<(D::Key, Contribution<D::Share>)>,
}

impl<D: Summary> SumsOf<D> {
    pub(crate) fn new(table: Arc<Table<D::Key, D::Row>>) -> Self {
        Self {
            set: WorkingSet::new(table, D::key),
            noted: Vec::new(),
        }
    }
}

impl<D: Summary> Summing<D::Source> for SumsOf<D> {
    fn note(&mut self, before: Option<&D::Source>, after: Option<&D::Source>) {
        let before = before.map(D::shares).unwrap_or_default();
        let after = after.map(D::shares).unwrap_or_default();
        if before == after {
            return;
        }
        for (sign, shares) in [(Sign::Minus, before), (Sign::Plus, after)] {
            for (key, share) in shares {
                self.noted.push((key, Contribution { share, sign }));
            }
        }
    }

    fn settle<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
        ground: Ground,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        async move {
            let noted = std::mem::take(&mut self.noted);
            if ground == Ground::Stored {
                let keys = noted.iter().map(|(key, _)| key.clone()).collect();
                self.set.load(connection, scope, keys).await?;
            }
            for (key, Contribution { share, sign }) in &noted {
                let contribution = Contribution { share, sign: *sign };
                D::apply(&mut self.set.touch(key).current, key, contribution);
            }
            self.set.write(connection, scope).await?;
            self.set.clear();
            Ok(())
        }
        .boxed()
    }
}

//! How do a tenant's events become rows in memory?

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::PgConnection;
use uuid::Uuid;

use super::fault::{Fault, Trouble};
use super::projection::{Decode, Forget, Forgets};
use super::stored::{Envelope, Stored};
use super::table::{Rows, Scope};

/// The rows of one tenant that a projection holds in memory: take events, load what they touch,
/// apply them, and so on; in the end write.
pub(super) trait TenantRows: Send {
    /// Decodes events and notes which rows they touch; where the database holds none, applies each at
    /// once, while it is at hand.
    ///
    /// # Errors
    /// The first event that cannot be decoded, or applied; the rows must then be dropped.
    fn take(&mut self, events: &[Stored<'_>]) -> Result<(), Stuck>;

    /// Takes, in place of events, that a data subject is to be forgotten.
    fn take_forgetting(&mut self, subject: Uuid);

    /// Reads the rows that the taken events touch.
    fn load<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>>;

    /// Applies the taken events that are not applied yet.
    ///
    /// # Errors
    /// The first event that cannot be applied; the rows must then be dropped.
    fn apply(&mut self) -> Result<(), Stuck>;

    /// Writes what changed and forgets all rows.
    fn write<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>>;

    /// How many rows are held.
    fn held(&self) -> usize;
}

/// An event that does not go further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stuck {
    /// Which of the events last taken.
    pub(super) index: usize,
    /// What is wrong with it.
    pub(super) reason: String,
}

/// What the database holds of a tenant's rows, in this generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// None: there is nothing to load.
    Empty,
    /// Some, perhaps.
    Stored,
}

/// [`TenantRows`] over events of type `E`.
pub(super) struct Posting<E> {
    ground: Ground,
    decode: Decode<E>,
    forgets: Forgets,
    tables: Vec<Box<dyn Rows<E>>>,
    taken: Vec<Taken<E>>,
}

/// What is to be done to the rows.
enum Taken<E> {
    /// An event is applied.
    Event(E, Envelope),
    /// A data subject is forgotten.
    Forget(Uuid),
    /// Nothing; it keeps its place, so that others are found by theirs.
    Nothing,
}

impl<E: Send + Sync + 'static> Posting<E> {
    pub(super) fn new(
        ground: Ground,
        (decode, forgets): (Decode<E>, Forgets),
        tables: Vec<Box<dyn Rows<E>>>,
    ) -> Self {
        Self {
            ground,
            decode,
            forgets,
            tables,
            taken: Vec::new(),
        }
    }
}

impl<E: Send + Sync + 'static> TenantRows for Posting<E> {
    fn take(&mut self, events: &[Stored<'_>]) -> Result<(), Stuck> {
        self.taken.clear();
        if self.ground == Ground::Empty {
            return guarded(events, |stored| {
                let taken = taken((self.forgets, self.decode), stored)?;
                apply(&mut self.tables, &taken)
            });
        }
        self.taken.reserve(events.len());
        guarded(events, |stored| {
            let taken = taken((self.forgets, self.decode), stored)?;
            want(&mut self.tables, &taken);
            self.taken.push(taken);
            Ok(())
        })
    }

    fn take_forgetting(&mut self, subject: Uuid) {
        self.taken = vec![Taken::Forget(subject)];
        let tables = self.tables.iter_mut();
        tables.for_each(|table| table.want_about(subject));
    }

    fn load<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        async move {
            for table in &mut self.tables {
                table.load(connection, scope).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn apply(&mut self) -> Result<(), Stuck> {
        let applied = guarded(&self.taken, |taken| apply(&mut self.tables, taken));
        self.taken.clear();
        applied
    }

    fn write<'a>(
        &'a mut self,
        connection: &'a mut PgConnection,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Trouble>> {
        async move {
            for table in &mut self.tables {
                table.write(connection, scope, self.ground).await?;
            }
            self.ground = Ground::Stored;
            Ok(())
        }
        .boxed()
    }

    fn held(&self) -> usize {
        self.tables.iter().map(|table| table.held()).sum()
    }
}

/// What an event asks of the rows.
fn taken<E>(
    (forgets, decode): (Forgets, Decode<E>),
    stored: &Stored<'_>,
) -> Result<Taken<E>, Fault> {
    Ok(match forgets(stored)? {
        Some(Forget::Nobody) => Taken::Nothing,
        Some(Forget::Subject(subject)) => Taken::Forget(subject),
        None => Taken::Event(decode(stored)?, stored.envelope),
    })
}

fn want<E>(tables: &mut [Box<dyn Rows<E>>], taken: &Taken<E>) {
    let tables = tables.iter_mut();
    match taken {
        Taken::Event(event, envelope) => tables.for_each(|table| table.want(event, envelope)),
        Taken::Forget(subject) => tables.for_each(|table| table.want_about(*subject)),
        Taken::Nothing => {}
    }
}

fn apply<E>(tables: &mut [Box<dyn Rows<E>>], taken: &Taken<E>) -> Result<(), Fault> {
    let mut tables = tables.iter_mut();
    match taken {
        Taken::Event(event, envelope) => tables.try_for_each(|table| table.apply(event, envelope)),
        Taken::Forget(subject) => {
            tables.for_each(|table| table.forget(*subject));
            Ok(())
        }
        Taken::Nothing => Ok(()),
    }
}

/// Does something with each item, up to the first for which it fails or panics: one bad event must
/// not stop the others.
fn guarded<T>(items: &[T], mut each: impl FnMut(&T) -> Result<(), Fault>) -> Result<(), Stuck> {
    let mut index = 0;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for item in items {
            each(item)?;
            index += 1;
        }
        Ok::<(), Fault>(())
    }));
    let reason = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(fault)) => fault.0,
        Err(panic) => format!("the projection panicked: {}", panic_text(panic.as_ref())),
    };
    Err(Stuck { index, reason })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_failure() {
        let mut done = Vec::new();
        let stuck = guarded(&[1, 2, 3], |n| {
            if *n == 2 {
                return Err(Fault::no_row());
            }
            done.push(*n);
            Ok(())
        });
        assert_eq!(stuck.unwrap_err().index, 1);
        assert_eq!(done, [1]);
    }

    #[test]
    fn survives_a_panic() {
        let stuck = guarded(&[1, 2], |n| {
            assert!(*n == 1, "two is too many");
            Ok(())
        });
        let stuck = stuck.unwrap_err();
        assert_eq!(stuck.index, 1);
        assert!(
            stuck.reason.ends_with("two is too many"),
            "{}",
            stuck.reason
        );
    }
}

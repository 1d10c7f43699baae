//! Which statements load and write a table's rows? One per batch and table, whatever the rows.

use std::marker::PhantomData;

use daybook_domain::kernel::TenantId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Arguments, PgConnection, Postgres};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::engine::fault::Trouble;
use crate::engine::read_model::{Key, Row};
use crate::engine::row::{Array, Kind, RowError, decode, field_names, write};

/// Rows sent in one statement.
const CHUNK: usize = 2_000;

/// Bytes before each argument of a statement, and of the two that say whose rows.
const LENGTH: usize = 4;
const SCOPE: usize = 16 + 4 + 2 * LENGTH;

/// Whose rows, of which generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) tenant: TenantId,
    pub(crate) generation: i32,
}

/// A table and how rows get in and out of it.
#[derive(Debug)]
pub(crate) struct Table<K, R> {
    name: &'static str,
    key: &'static [&'static str],
    subject: Option<&'static str>,
    statements: OnceCell<Statements>,
    of: PhantomData<fn() -> (K, R)>,
}

#[derive(Debug)]
struct Statements {
    columns: Vec<Kind>,
    key: Vec<Kind>,
    load: String,
    about: Option<String>,
    insert: String,
    update: String,
    delete: String,
}

impl<K: Key, R: Row> Table<K, R> {
    pub(crate) fn new(name: &'static str, key: &'static [&'static str]) -> Self {
        Self {
            name,
            key,
            subject: None,
            statements: OnceCell::new(),
            of: PhantomData,
        }
    }

    /// The same, of rows that are about data subjects, which this column names.
    pub(crate) fn about(self, subject: Option<&'static str>) -> Self {
        Self { subject, ..self }
    }

    /// The rows about these data subjects; none where the table holds no personal data.
    pub(crate) async fn load_about(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        subjects: &[Uuid],
    ) -> Result<Vec<R>, Trouble> {
        let statements = self.statements(connection).await?;
        let Some(about) = &statements.about else {
            return Ok(Vec::new());
        };
        let found: Vec<PgRow> = sqlx::query(about)
            .bind(scope.tenant.0)
            .bind(scope.generation)
            .bind(subjects)
            .fetch_all(&mut *connection)
            .await?;
        Ok(found.iter().map(decode).collect::<Result<_, _>>()?)
    }

    /// The rows that are there, of those with these keys.
    pub(crate) async fn load(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        keys: &[K],
    ) -> Result<Vec<R>, Trouble> {
        let statements = self.statements(connection).await?;
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let arrays = spread(&statements.key, keys.iter())?;
            let found: Vec<PgRow> = bound(&statements.load, scope, &arrays)
                .fetch_all(&mut *connection)
                .await?;
            for row in &found {
                rows.push(decode(row)?);
            }
        }
        Ok(rows)
    }

    /// Adds rows that are not there.
    pub(crate) async fn insert(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        rows: &[&R],
    ) -> Result<(), Trouble> {
        let statements = self.statements(connection).await?;
        for rows in rows.chunks(CHUNK) {
            let arrays = spread(&statements.columns, filling(rows).into_iter())?;
            let query = bound(&statements.insert, scope, &arrays);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Replaces rows that are there.
    pub(crate) async fn update(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        rows: &[&R],
    ) -> Result<(), Trouble> {
        let statements = self.statements(connection).await?;
        for rows in rows.chunks(CHUNK) {
            let arrays = spread(&statements.columns, rows.iter())?;
            let query = bound(&statements.update, scope, &arrays);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Takes rows away.
    pub(crate) async fn delete(
        &self,
        connection: &mut PgConnection,
        scope: Scope,
        keys: &[&K],
    ) -> Result<(), Trouble> {
        let statements = self.statements(connection).await?;
        for keys in keys.chunks(CHUNK) {
            let arrays = spread(&statements.key, keys.iter())?;
            let query = bound(&statements.delete, scope, &arrays);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn statements(&self, connection: &mut PgConnection) -> Result<&Statements, Trouble> {
        self.statements
            .get_or_try_init(|| {
                let table = (self.name, self.key, self.subject);
                Statements::read::<R>(table, connection)
            })
            .await
    }
}

/// Rows that come in order of key, in an order that fills the pages of indexes.
///
/// Where rows come in order, the server splits a full page in the middle and never comes back to the
/// first half: pages stay half full. Eleven of twenty rows first, and the others in between, the pages
/// that were left half full take up all of the second time, and no page is split then.
fn filling<'r, R>(rows: &[&'r R]) -> Vec<&'r R> {
    const OF: usize = 20;
    const FIRST: usize = 11;
    // Fewer do not fill pages. They stay in order: another writer may wait for them.
    const FEW: usize = 500;
    if rows.len() < FEW {
        return rows.to_vec();
    }
    let places = rows.iter().enumerate();
    let (mut order, between): (Vec<_>, Vec<_>) =
        places.partition(|(at, _)| at * FIRST % OF < FIRST);
    order.extend(between);
    order.into_iter().map(|(_, row)| *row).collect()
}

fn spread<T: serde::Serialize>(
    kinds: &[Kind],
    values: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<Array>, RowError> {
    let count = values.len();
    let mut arrays: Vec<Array> = kinds.iter().map(|kind| kind.array(count)).collect();
    for value in values {
        write(&value, &mut arrays)?;
    }
    Ok(arrays)
}

fn bound<'q>(
    statement: &'q str,
    scope: Scope,
    arrays: &'q [Array],
) -> Query<'q, Postgres, PgArguments> {
    let mut arguments = PgArguments::default();
    let sizes = arrays.iter().map(|array| array.size() + LENGTH);
    arguments.reserve(arrays.len() + 2, sizes.sum::<usize>() + SCOPE);
    let query = sqlx::query_with(statement, arguments)
        .bind(scope.tenant.0)
        .bind(scope.generation);
    arrays.iter().fold(query, |query, array| query.bind(array))
}

impl Statements {
    async fn read<R: Row>(
        (table, key, subject): (&str, &[&str], Option<&str>),
        connection: &mut PgConnection,
    ) -> Result<Self, Trouble> {
        let types: Vec<(String, String)> = sqlx::query_as(
            "select attname::text, format_type(atttypid, null) from pg_attribute \
             where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
        )
        .bind(table)
        .fetch_all(connection)
        .await?;
        let kind = |column: &str| {
            let found = types.iter().find(|(name, _)| name == column);
            let missing = || RowError(format!("table {table} has no column {column}"));
            found.map(|(_, name)| Kind::of(name)).ok_or_else(missing)
        };
        let fields = field_names::<R>();
        let columns: Vec<Kind> = fields.iter().map(|f| kind(f)).collect::<Result<_, _>>()?;
        let keys: Vec<Kind> = key.iter().map(|k| kind(k)).collect::<Result<_, _>>()?;
        let insert = insert(table, fields, &columns);
        let changed = fields.iter().filter(|field| !key.contains(*field));
        let set: Vec<String> = changed.map(|f| format!("{f} = excluded.{f}")).collect();
        let conflict = format!(
            "on conflict (tenant_id, generation, {}) do update set {}",
            key.join(", "),
            set.join(", ")
        );
        Ok(Self {
            load: load(table, fields, &matching(key, &keys)),
            about: subject.map(|column| load(table, fields, &format!("t.{column} = any ($3)"))),
            update: format!("{insert} {conflict}"),
            delete: format!(
                "delete from {table} t where t.tenant_id = $1 and t.generation = $2 and {}",
                matching(key, &keys)
            ),
            insert,
            columns,
            key: keys,
        })
    }
}

/// The arrays from parameter 3 on, side by side as `u(c0, c1, …)`. Unnested in a select list, not
/// in `from`, where the server would first write each of them to a store of its own.
fn unnested(kinds: &[Kind]) -> String {
    let column =
        |(at, kind): (usize, &Kind)| format!("unnest(${}::{}) as c{at}", at + 3, kind.sent_as());
    let columns: Vec<String> = kinds.iter().enumerate().map(column).collect();
    format!("(select {} offset 0) u", columns.join(", "))
}

fn values(kinds: &[Kind]) -> String {
    let value = |(at, kind): (usize, &Kind)| format!("u.c{at}{}", kind.cast());
    let values: Vec<String> = kinds.iter().enumerate().map(value).collect();
    values.join(", ")
}

/// The condition that a row's key is among the arrays'.
fn matching(key: &[&str], kinds: &[Kind]) -> String {
    let columns: Vec<String> = key.iter().map(|column| format!("t.{column}")).collect();
    let among = format!("select {} from {}", values(kinds), unnested(kinds));
    match columns.as_slice() {
        // An array keeps the index condition; a subselect of one column would be a join.
        [one] => format!("{one} = any (array({among}))"),
        more => format!("({}) in ({among})", more.join(", ")),
    }
}

fn load(table: &str, fields: &[&str], matching: &str) -> String {
    format!(
        "select {} from {table} t where t.tenant_id = $1 and t.generation = $2 and {matching}",
        fields.join(", ")
    )
}

fn insert(table: &str, fields: &[&str], kinds: &[Kind]) -> String {
    format!(
        "insert into {table} (tenant_id, generation, {}) select $1, $2, {} from {}",
        fields.join(", "),
        values(kinds),
        unnested(kinds)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_it_left_half_full() {
        let numbers: Vec<usize> = (0..2_000).collect();
        let rows: Vec<&usize> = numbers.iter().collect();
        let filled = filling(&rows);
        let (first, between) = filled.split_at(1_100);
        assert!(first.is_sorted() && between.is_sorted());
        // Wherever one looks, more than half was there before.
        for (n, window) in first.windows(11).enumerate() {
            assert!((18..=21).contains(&(window[10] - window[0])), "{n}");
        }
        let mut all: Vec<&usize> = filled.clone();
        all.sort_unstable();
        assert_eq!(all, rows);
        assert_eq!(filling(&rows[..499]), rows[..499]);
    }

    #[test]
    fn writes_statements_by_column() {
        let kinds = [Kind::of("uuid"), Kind::of("inet"), Kind::of("integer")];
        assert_eq!(
            insert("t", &["a", "b", "c"], &kinds),
            "insert into t (tenant_id, generation, a, b, c) \
             select $1, $2, u.c0, u.c1::inet, u.c2::integer \
             from (select unnest($3::uuid[]) as c0, unnest($4::text[]) as c1, \
             unnest($5::bigint[]) as c2 offset 0) u"
        );
        assert_eq!(
            matching(&["a"], &kinds[..1]),
            "t.a = any (array(select u.c0 from (select unnest($3::uuid[]) as c0 offset 0) u))"
        );
        assert_eq!(
            matching(&["a", "b"], &kinds[..2]),
            "(t.a, t.b) in (select u.c0, u.c1::inet \
             from (select unnest($3::uuid[]) as c0, unnest($4::text[]) as c1 offset 0) u)"
        );
    }
}

//! Transactions that see one tenant's rows: the only way to a connection.

use daybook_domain::kernel::TenantId;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::{Recorded, streams_until};
use crate::past::AsOf;
use crate::personal::SubjectKeys;
use crate::reader::Vantage;

/// A transaction under the application role with its tenant set; row-level security shows it that
/// tenant's rows and no others. Rolled back unless committed.
#[derive(Debug)]
pub struct TenantTx {
    inner: Transaction<'static, Postgres>,
    tenant: TenantId,
    past: Option<Past>,
    /// What events are opened with; none where none are read.
    keys: Option<SubjectKeys>,
}

/// From where in the past a transaction looks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Past {
    moment: AsOf,
    /// The generation that holds read models as of then, and which.
    built: Option<(i32, Vec<&'static str>)>,
}

/// Which rows of a read model a transaction sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Those that are live.
    Live,
    /// Those of this generation, whichever is live.
    Generation(i32),
    /// None: it looks from this position of the past, as of which nobody built the read model.
    /// Rows then follow from events.
    Unbuilt(i64),
}

impl TenantTx {
    /// Begins and sets the tenant in one round trip. `SET` cannot bind, and a UUID's text holds
    /// nothing that could end a literal.
    pub(crate) async fn begin(pool: &PgPool, tenant: TenantId) -> Result<Self, StoreError> {
        let begin = format!("begin; select set_config('app.tenant_id', '{tenant}', true)");
        let inner = begin_whole(pool, begin).await?;
        Ok(Self {
            inner,
            tenant,
            past: None,
            keys: None,
        })
    }

    /// As [`Self::begin`], reading in one snapshot whatever others commit meanwhile. It ends when its
    /// process freezes, as [`BOUNDED`] says.
    pub(crate) async fn begin_snapshot(
        pool: &PgPool,
        tenant: TenantId,
    ) -> Result<Self, StoreError> {
        let begin = format!(
            "begin isolation level repeatable read read only; \
             set local idle_in_transaction_session_timeout = '10s'; select set_config('app.tenant_id', '{tenant}', true)"
        );
        let inner = begin_whole(pool, begin).await?;
        Ok(Self {
            inner,
            tenant,
            past: None,
            keys: None,
        })
    }

    /// The same, opening what it reads of the log.
    pub(crate) fn with_keys(mut self, keys: SubjectKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Whose rows it sees.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The connection, for queries.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// From here on it sees the tenant as of a moment. No read model is built as of then: rows
    /// follow from events.
    pub fn look_from(&mut self, moment: AsOf) {
        self.past = Some(Past {
            moment,
            built: None,
        });
    }

    /// From here on it sees the tenant as of a moment, and these read models from the vantage of
    /// that moment, which is kept until it ends. `false`: the vantage is gone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn stand_at(
        &mut self,
        vantage: &Vantage,
        moment: AsOf,
        read_models: &[&'static str],
    ) -> Result<bool, StoreError> {
        let there = vantage.is_before_everything() || vantage.hold(&mut self.inner).await?;
        if there {
            self.past = Some(Past {
                moment,
                built: Some((vantage.generation, read_models.to_vec())),
            });
        }
        Ok(there)
    }

    /// The moment of the past from which it looks; none when it sees what is live.
    pub fn moment(&self) -> Option<AsOf> {
        self.past.as_ref().map(|past| past.moment)
    }

    /// Which rows of a read model it sees.
    pub fn seen(&self, read_model: &str) -> Seen {
        let Some(past) = &self.past else {
            return Seen::Live;
        };
        match &past.built {
            Some((generation, built)) if built.contains(&read_model) => {
                Seen::Generation(*generation)
            }
            Some(_) | None => Seen::Unbuilt(past.moment.position),
        }
    }

    /// The events of some streams up to a position of the tenant, by stream, in order within each.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn streams_until(
        &mut self,
        streams: &[Uuid],
        position: i64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let tenant = self.tenant;
        let mut records = streams_until(&mut self.inner, tenant, (streams, position)).await?;
        if let Some(keys) = &self.keys {
            keys.open_records(&mut records).await?;
        }
        Ok(records)
    }

    /// Makes what was written visible.
    ///
    /// # Errors
    /// When the database is away; whether it was committed is then unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }
}

/// A transaction under the dispatch role: it sees the queues and directories of all tenants, and
/// nothing else. For claiming work; the work itself runs in a [`TenantTx`].
#[derive(Debug)]
pub struct DispatchTx {
    inner: Transaction<'static, Postgres>,
}

impl DispatchTx {
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self {
            inner: begin_whole(pool, BOUNDED.to_owned()).await?,
        })
    }

    /// The connection, for queries.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Makes what was written visible.
    ///
    /// # Errors
    /// When the database is away; whether it was committed is then unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }
}

/// How a transaction begins that takes rows others wait for, such as a lease: should its process
/// freeze in the middle (a paused machine, a stopped process), the server gives them back after ten
/// seconds. No work of ours leaves a transaction idle for so long.
pub(crate) const BOUNDED: &str = "begin; set local idle_in_transaction_session_timeout = '10s'";

/// Begins a transaction even when the caller is dropped meanwhile. sqlx forgets a `begin` that is
/// cut short: the connection would go back to the pool inside a transaction, with the tenant set.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where transactions begin; the task ends with that one statement"
)]
pub(crate) async fn begin_whole(
    pool: &PgPool,
    begin: String,
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(begin).await });
    let begun = begun
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(begun?)
}

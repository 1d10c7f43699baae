//! Transactions that see one tenant's rows: the only way to a connection.

use daybook_domain::kernel::TenantId;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::error::StoreError;

/// A transaction under the application role with its tenant set; row-level security shows it that
/// tenant's rows and no others. Rolled back unless committed.
#[derive(Debug)]
pub struct TenantTx {
    inner: Transaction<'static, Postgres>,
    tenant: TenantId,
}

impl TenantTx {
    /// Begins and sets the tenant in one round trip. `SET` cannot bind, and a UUID's text holds
    /// nothing that could end a literal.
    pub(crate) async fn begin(pool: &PgPool, tenant: TenantId) -> Result<Self, StoreError> {
        let begin = format!("begin; select set_config('app.tenant_id', '{tenant}', true)");
        let inner = begin_whole(pool, begin).await?;
        Ok(Self { inner, tenant })
    }

    /// Whose rows it sees.
    pub fn tenant(&self) -> TenantId {
        self.tenant
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

/// A transaction under the dispatch role: it sees the queues and directories of all tenants, and
/// nothing else. For claiming work; the work itself runs in a [`TenantTx`].
#[derive(Debug)]
pub struct DispatchTx {
    inner: Transaction<'static, Postgres>,
}

impl DispatchTx {
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self {
            inner: begin_whole(pool, "begin".to_owned()).await?,
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

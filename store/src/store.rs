//! The store: one handle to the log, its readers and its transactions.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Aggregate, Command, TenantId};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgPool, Postgres};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::cache::{Cached, StateCache};
use crate::database::Database;
use crate::error::{ExecuteError, StoreError};
use crate::execute::{Batch, Context, Receipt};
use crate::log::{LogWriter, Tail, WriterOptions, listen, notify, stream_after};
use crate::personal::{Erasures, Memory, SubjectKeys, watch};
use crate::pools::{Pools, close};
use crate::snapshot::{self, Snapshots};
use crate::tenant_tx::{DispatchTx, TenantTx};
use crate::vault::MasterKey;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Connections for requests; readers have others.
    pub connections: u32,
    /// Commands that may wait for the log; more are refused as overloaded.
    pub queue: usize,
    /// Aggregates kept in memory.
    pub cached: u64,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
    /// What the keys of data subjects are wrapped under: the same in all processes of a database.
    pub master: MasterKey,
}

/// The event log of one database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pools: Pools,
    memory: Memory,
    writer: LogWriter,
    tail: Tail,
    tasks: TaskTracker,
    writing: CancellationToken,
    reading: CancellationToken,
    clock: fn() -> DateTime<Utc>,
    mail_asked: Notify,
}

/// An aggregate as of a version; version 0 is one without events.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    /// The fold of its events.
    pub state: Arc<A>,
    /// How many events it has.
    pub version: i64,
}

impl Store {
    /// Opens the log of a migrated database and starts its writer and its tail.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open(database: &Database, options: StoreOptions) -> Result<Self, StoreError> {
        let pools = Pools::new(database, options.connections);
        let log = pools.log.clone();
        let keys = Pools::of_keys(database);
        let master = options.master.id();
        let (keys, make_keys) = SubjectKeys::new(keys, options.master);
        let erasures = Erasures::default();
        let (snapshots, save) = Snapshots::new(pools.background.clone(), erasures.clone());
        let head = sqlx::query_scalar("select log_position from log_head")
            .fetch_one(&log)
            .await?;
        let memory = Memory::new((keys.clone(), erasures, snapshots), (head, options.cached));
        let source = memory.tail.clone();
        let tail = Tail::new(source.clone(), log.clone(), keys.clone());
        let (tasks, writing, reading) = (
            TaskTracker::new(),
            CancellationToken::new(),
            CancellationToken::new(),
        );
        let writer_options = WriterOptions {
            queue: options.queue,
            clock: options.clock,
            master,
        };
        let (writer, written, write) = LogWriter::new(
            database.clone(),
            source.clone(),
            writer_options,
            writing.clone(),
        );
        tasks.spawn(write);
        tasks.spawn(notify(log.clone(), written));
        let inner = Inner {
            pools,
            memory: memory.clone(),
            writer,
            tail,
            tasks,
            writing,
            reading,
            clock: options.clock,
            mail_asked: Notify::new(),
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        store.read_along([
            save.boxed(),
            make_keys.boxed(),
            listen(log, source, keys).boxed(),
            watch(memory).boxed(),
        ]);
        Ok(store)
    }

    /// Starts what runs until the store is closed.
    fn read_along(&self, tasks: [BoxFuture<'static, ()>; 4]) {
        for task in tasks {
            let reading = self.inner.reading.clone();
            let task = async move { reading.run_until_cancelled(task).await };
            self.inner.tasks.spawn(task);
        }
    }

    /// Appends what is queued, stops the tasks and closes the connections. Commands that come
    /// later are refused as overloaded.
    pub async fn close(&self) {
        self.inner.writing.cancel();
        self.inner.tasks.close();
        self.inner.reading.cancel();
        if tokio::time::timeout(Duration::from_secs(10), self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("the log's tasks did not end within 10 seconds");
        }
        self.inner.pools.close().await;
        close(self.subject_keys().pool()).await;
    }

    /// Runs a command on a stream.
    ///
    /// # Errors
    /// See [`Batch::execute`].
    pub async fn execute<C: Command>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
        command: C,
        context: Context,
    ) -> Result<Receipt, ExecuteError> {
        self.batch(tenant, context)
            .and(stream_id, command)
            .execute()
            .await
    }

    /// Commands of one tenant that go through together or not at all.
    pub fn batch(&self, tenant: TenantId, context: Context) -> Batch<'_> {
        Batch::new(self, tenant, context)
    }

    /// An aggregate as of now: from memory when what is there is certain to be current to within
    /// a second, else from the database.
    ///
    /// # Errors
    /// When the database is away or an event cannot be read.
    pub async fn load<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
    ) -> Result<Loaded<A>, StoreError> {
        let fresh = self.inner.tail.is_fresh();
        self.load_for_write(tenant, stream_id.into(), !fresh).await
    }

    /// An aggregate as the database has it, whatever is in memory.
    ///
    /// # Errors
    /// When the database is away or an event cannot be read.
    pub async fn load_stored_now<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
    ) -> Result<Loaded<A>, StoreError> {
        self.load_stored(tenant, stream_id.into()).await
    }

    /// Follows the log.
    pub fn tail(&self) -> &Tail {
        &self.inner.tail
    }

    /// A transaction that sees one tenant's rows, for a request.
    ///
    /// # Errors
    /// When the database is away or all connections stay busy for 5 seconds.
    pub async fn tenant_tx(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let tx = TenantTx::begin(self.app_pool(), tenant).await?;
        Ok(tx.with_keys(self.subject_keys().clone()))
    }

    /// A transaction that sees the queues and directories of all tenants.
    ///
    /// # Errors
    /// When the database is away or all connections stay busy for 5 seconds.
    pub async fn dispatch_tx(&self) -> Result<DispatchTx, StoreError> {
        DispatchTx::begin(&self.inner.pools.dispatch).await
    }

    /// One statement across tenants, in a transaction of its own. Returns how many rows it changed.
    ///
    /// # Errors
    /// When the database is away; whether it was done is then unknown.
    pub(crate) async fn dispatch(
        &self,
        statement: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let done = statement.execute(tx.connection()).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Busy and open connections for requests, and their bound.
    pub fn pool_use(&self) -> (usize, u32, u32) {
        let pool = self.app_pool();
        let busy = usize::try_from(pool.size())
            .unwrap_or_default()
            .saturating_sub(pool.num_idle());
        (busy, pool.size(), pool.options().get_max_connections())
    }

    pub(crate) fn assume_new<A: Aggregate>() -> Loaded<A> {
        Loaded {
            state: Arc::new(A::default()),
            version: 0,
        }
    }

    pub(crate) async fn load_for_write<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: Uuid,
        past_cache: bool,
    ) -> Result<Loaded<A>, StoreError> {
        let cached = self.cache().get(tenant, stream_id).filter(|_| !past_cache);
        if let Some(Cached { version, state }) = cached
            && let Ok(state) = state.downcast::<A>()
        {
            return Ok(Loaded { state, version });
        }
        let making = self.cache().make(tenant, stream_id);
        let loaded = self.load_stored::<A>(tenant, stream_id).await?;
        if loaded.version > 0 {
            let state: Arc<dyn Any + Send + Sync> = loaded.state.clone();
            let cached = Cached {
                version: loaded.version,
                state,
            };
            making.keep(cached);
        }
        Ok(loaded)
    }

    async fn load_stored<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: Uuid,
    ) -> Result<Loaded<A>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let (mut state, saved) = snapshot::load::<A>(&mut tx, stream_id)
            .await?
            .unwrap_or_default();
        let mut records = stream_after(tx.connection(), tenant, stream_id, saved).await?;
        tx.commit().await?;
        self.subject_keys().open_records(&mut records).await?;
        let mut version = saved;
        for record in records {
            // An id of another aggregate is an id that does not exist.
            if record.stream_type != A::NAME {
                return Ok(Self::assume_new());
            }
            state.evolve(record.decode()?);
            version = record.version;
        }
        if version - saved >= snapshot::EVERY {
            self.snapshots()
                .offer(tenant, stream_id, (saved, version), &state);
        }
        Ok(Loaded {
            state: Arc::new(state),
            version,
        })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.clock)()
    }

    pub(crate) fn mail_asked(&self) -> &Notify {
        &self.inner.mail_asked
    }

    pub(crate) fn writer(&self) -> &LogWriter {
        &self.inner.writer
    }

    pub(crate) fn cache(&self) -> &StateCache {
        &self.inner.memory.states
    }

    pub(crate) fn snapshots(&self) -> &Snapshots {
        &self.inner.memory.snapshots
    }

    pub(crate) fn subject_keys(&self) -> &SubjectKeys {
        &self.inner.memory.keys
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.inner.memory
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.inner.pools
    }

    pub(crate) fn app_pool(&self) -> &PgPool {
        &self.inner.pools.app
    }

    pub(crate) fn seal_pool(&self) -> &PgPool {
        &self.inner.pools.seal
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the log role's pool, for look-ups across tenants"
    )]
    pub(crate) async fn log_connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        Ok(self.inner.pools.log.acquire().await?)
    }
}

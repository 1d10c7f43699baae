//! How is a tenant's past read in bulk?

use daybook_domain::kernel::TenantId;
use daybook_store::{Clear, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::stored::{Fetched, Stored};

/// Events read at once. Few in tests, so that small tenants have several pages.
const PAGE: i64 = if cfg!(test) { 50 } else { 8_000 };
/// Pages read ahead of who works on them.
const AHEAD: usize = 2;

/// A tenant's events of some types of stream, in pages.
#[derive(Debug)]
pub(super) struct History {
    store: Store,
    streams: Vec<&'static str>,
    tenant: TenantId,
    /// The tenant's position of the last event read.
    after: i64,
    /// The log position up to which events are read.
    until: i64,
    ended: bool,
}

/// Some consecutive events of a tenant.
#[derive(Debug)]
pub(super) struct Page {
    rows: Vec<Fetched>,
    /// What of each can be read.
    clear: Vec<Clear>,
}

/// Pages that are read ahead.
#[derive(Debug)]
pub(super) struct Ahead {
    pages: mpsc::Receiver<Result<Page, StoreError>>,
    reader: JoinSet<()>,
}

impl History {
    /// The past of a tenant's streams of these types, up to a log position.
    pub(super) fn new(
        store: &Store,
        streams: &[&'static str],
        (tenant, until): (TenantId, i64),
    ) -> Self {
        Self {
            store: store.clone(),
            streams: streams.to_vec(),
            tenant,
            after: 0,
            until,
            ended: false,
        }
    }

    /// Only what comes after a position of the tenant.
    #[must_use]
    pub(super) fn after(self, position: i64) -> Self {
        Self {
            after: position,
            ..self
        }
    }

    /// The next page; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let query = format!(
            "select {} from events where tenant_id = $1 and position > $2 \
               and log_position <= $3 and stream_type = any ($4) order by position limit $5",
            Fetched::COLUMNS
        );
        let tenant = self.tenant;
        let mut tx = self.store.background_tx(tenant).await?;
        let rows = sqlx::query(&query)
            .bind(self.tenant.0)
            .bind(self.after)
            .bind(self.until)
            .bind(&self.streams)
            .bind(PAGE)
            .try_map(|row| Fetched::of(tenant, row))
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        self.ended = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE);
        if let Some(last) = rows.last() {
            self.after = last.position();
        }
        let page = Page {
            clear: self.open(&rows).await?,
            rows,
        };
        Ok((!page.rows.is_empty()).then_some(page))
    }

    /// Reads pages in a task of its own, which ends when what is returned is dropped.
    pub(super) fn ahead(mut self) -> Ahead {
        let (send, pages) = mpsc::channel(AHEAD);
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            while let Some(page) = self.next().await.transpose() {
                let ended = page.is_err();
                if send.send(page).await.is_err() || ended {
                    return;
                }
            }
        });
        Ahead { pages, reader }
    }

    async fn open(&self, rows: &[Fetched]) -> Result<Vec<Clear>, StoreError> {
        let sealed = rows.iter().map(Fetched::sealed);
        let sealed: Vec<_> = sealed.collect::<Result<_, _>>()?;
        self.store.open_events(&sealed).await
    }
}

impl Ahead {
    /// The next page; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        if let Some(page) = self.pages.recv().await {
            return page.map(Some);
        }
        // A reader that died is not the end of a history.
        match self.reader.join_next().await {
            Some(Err(error)) => Err(StoreError::Broken(format!("a reader died: {error}"))),
            Some(Ok(())) | None => Ok(None),
        }
    }
}

impl Page {
    /// The events, in order of position.
    pub(super) fn events(&self) -> Result<Vec<Stored<'_>>, StoreError> {
        let rows = self.rows.iter().zip(&self.clear);
        rows.map(|(row, clear)| row.stored(clear)).collect()
    }
}

//! Who took what, in the history itself?

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::audit::export::{
    Complete, Completed, Expire, Export, Fail, Failed, FilterInput, Place, Request,
};
use daybook_domain::kernel::{Command, ExportId, TenantId};
use daybook_store::{Actor, Context, ExecuteError, Fingerprint, Origin, Receipt, Store};
use uuid::Uuid;

use super::order::Built;

/// Writes about one export.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ledger<'s> {
    /// The log.
    pub(crate) store: &'s Store,
    /// Whose history.
    pub(crate) tenant: TenantId,
    /// Which export.
    pub(crate) id: ExportId,
    /// Which part of Daybook writes: `system:<part>`.
    pub(crate) part: &'static str,
    /// Who had it do so, and why, where that is known.
    pub(crate) origin: &'s Origin,
}

impl Ledger<'_> {
    /// The operator asks for it, and makes it.
    ///
    /// # Errors
    /// When too many are on their way, or the log is away.
    pub(crate) async fn request(
        &self,
        filter: FilterInput,
        at: DateTime<Utc>,
    ) -> Result<Receipt, ExecuteError> {
        let by = Actor::System(self.part).to_string();
        let request = Request {
            by,
            filter,
            place: Place::File,
            at,
        };
        self.execute("request", request, at).await
    }

    /// It is there; `keep`: for how long.
    ///
    /// # Errors
    /// When it ended otherwise meanwhile, or the log is away.
    pub(crate) async fn complete(
        &self,
        built: &Built,
        keep: Option<TimeDelta>,
        at: DateTime<Utc>,
    ) -> Result<Receipt, ExecuteError> {
        let archive = Completed {
            count: built.count,
            tree_size: built.tree_size,
            bytes: built.bytes,
            sha256: built.sha256.clone(),
            expires_at: keep.map(|keep| at + keep),
            at,
        };
        self.execute("complete", Complete { archive }, at).await
    }

    /// There will be none.
    ///
    /// # Errors
    /// When it ended otherwise meanwhile, or the log is away.
    pub(crate) async fn fail(&self, failure: Failed) -> Result<Receipt, ExecuteError> {
        let at = failure.at;
        self.execute("fail", Fail { failure }, at).await
    }

    /// It is kept no longer.
    ///
    /// # Errors
    /// When it is to be kept for longer, or the log is away.
    pub(crate) async fn expire(&self, at: DateTime<Utc>) -> Result<Receipt, ExecuteError> {
        self.execute("expire", Expire { at }, at).await
    }

    /// One command of its kind for each export: however often it is run, it happens once.
    async fn execute(
        &self,
        what: &str,
        command: impl Command<Aggregate = Export>,
        at: DateTime<Utc>,
    ) -> Result<Receipt, ExecuteError> {
        let command_id = Uuid::new_v5(&self.id.0, what.as_bytes());
        let fingerprint = Fingerprint::of(what, &self.id);
        let context = Context::new(Actor::System(self.part), command_id, fingerprint, at);
        let context = context.from(Origin {
            route: Some(format!("{}:audit export", self.part)),
            ..self.origin.clone()
        });
        self.store
            .execute(self.tenant, self.id, command, context)
            .await
    }
}

//! A Daybook with a tenant whose history grows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use daybook::clock::{self, Clock};
use daybook::{App, Config};
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_domain::kernel::{Command, TenantId, UserId};
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::tenant::{Found, Rename};
use daybook_store::audit::{Behind, Outside};
use daybook_store::{Actor, Context, Fingerprint};
use uuid::Uuid;

use crate::inside::{config, database, start_at, stop};
use crate::process::PATIENCE;

pub(super) struct World {
    pub(super) app: App,
    pub(super) url: String,
    pub(super) config: Config,
    pub(super) tenant: TenantId,
    clock: Clock,
}

impl World {
    /// A tenant that was founded, with these settings.
    pub(super) async fn new(settings: &[(&str, &str)]) -> Self {
        Self::of(TenantId(Uuid::from_u128(500)), settings, clock::system).await
    }

    /// The same, a certain tenant, by a clock.
    pub(super) async fn of(tenant: TenantId, settings: &[(&str, &str)], clock: Clock) -> Self {
        // No two are alike, of one size or not.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = database().await;
        let config = config(&url, settings);
        let world = Self {
            app: start_at(config.clone(), clock).await,
            url,
            config,
            tenant,
            clock,
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let found = Found {
            tenant_id: tenant,
            name: format!("Founded as {number}"),
            subdomain: "acme".to_owned(),
            plan: Plan::Free,
            owner: UserId(Uuid::from_u128(501)),
            at: clock(),
        };
        world.run(found).await;
        world
    }

    /// Stops, and starts again with other settings on what is there.
    pub(super) async fn again(self, settings: &[(&str, &str)]) -> Self {
        stop(self.app).await;
        let config = config(&self.url, settings);
        Self {
            app: start_at(config.clone(), self.clock).await,
            config,
            ..self
        }
    }

    pub(super) async fn stop(self) {
        stop(self.app).await;
    }

    /// A command on the tenant.
    pub(super) async fn run<C: Command>(&self, command: C) {
        let context = self.context(&format!("{command:?}"));
        let store = self.app.store();
        let executed = store.execute(self.tenant, self.tenant.0, command, context);
        executed.await.unwrap();
    }

    /// A command's context; the same for the same text.
    pub(super) fn context(&self, of: &str) -> Context {
        let command_id = Uuid::new_v5(&self.tenant.0, of.as_bytes());
        let fingerprint = Fingerprint::of("test", &of);
        Context::new(
            Actor::System("test"),
            command_id,
            fingerprint,
            (self.clock)(),
        )
    }

    /// One more event.
    pub(super) async fn grow(&self, name: &str) {
        let rename = Rename {
            name: name.to_owned(),
            at: (self.clock)(),
        };
        self.run(rename).await;
    }

    /// Waits until so many events are sealed; their checkpoint as the data directory has it.
    pub(super) async fn sealed(&self, events: u64) -> String {
        let outside = Outside::at(&self.config.audit.checkpoints).unwrap();
        self.until("the seal", async || {
            let note = outside.last(self.tenant).unwrap();
            note.as_deref().and_then(size) >= Some(events)
        })
        .await;
        outside.last(self.tenant).unwrap().unwrap()
    }

    /// What an anchor lacks by now.
    pub(super) async fn behind(&self, anchor: &str) -> Behind {
        let now = (self.clock)() + chrono::TimeDelta::minutes(1);
        self.app.store().anchor_behind(anchor, now).await.unwrap()
    }

    /// Waits until an anchor has everything.
    pub(super) async fn has_everything(&self, anchor: &str) {
        let held = async || self.behind(anchor).await.tenants == 0;
        self.until("the anchor", held).await;
    }

    /// Waits until an anchor was tried in vain, and why.
    pub(super) async fn in_vain(&self, anchor: &str) -> String {
        let tried = async || self.behind(anchor).await.reason.is_some();
        self.until("a failure", tried).await;
        self.behind(anchor).await.reason.unwrap()
    }

    /// Waits until an anchor was tried in vain for this reason.
    pub(super) async fn fails_with(&self, anchor: &str, told: &str) {
        let tried = async || {
            let reason = self.behind(anchor).await.reason;
            reason.is_some_and(|reason| reason.contains(told))
        };
        self.until(told, tried).await;
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(Instant::now() < until, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Where the data directory is.
    pub(super) fn data(&self) -> PathBuf {
        self.config.data.directory.clone()
    }
}

/// How many events a checkpoint is about.
fn size(note: &str) -> Option<u64> {
    let note: Note = note.parse().ok()?;
    let checkpoint: Checkpoint = note.unverified_text().parse().ok()?;
    Some(checkpoint.size)
}

//! What a demo's commands have in common: derived ids and secrets, one actor, repeatable.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Command, Digest, TenantId};
use daybook_store::{Actor, Context, ExecuteError, Fingerprint, Origin, Store};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Under which all ids of the demo are derived.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d0d_ea57_0b00_4000_8000_0000_0000_0001);

/// How the demo acts.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) store: Store,
    pub(super) at: DateTime<Utc>,
    seed: [u8; 32],
}

impl Script {
    pub(super) fn new(store: Store, at: DateTime<Utc>, secret: &str) -> Self {
        let seed = Sha256::digest([b"daybook demo v1\0", secret.as_bytes()].concat()).into();
        Self { store, at, seed }
    }

    /// The id of the thing called `name`.
    pub(super) fn id<T: From<Uuid>>(&self, name: &str) -> T {
        T::from(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// 256 bits that only this installation has, for the secret called `name`.
    pub(super) fn secret(&self, name: &str) -> [u8; 32] {
        Sha256::digest([&self.seed, name.as_bytes()].concat()).into()
    }

    /// A token nobody is ever mailed.
    pub(super) fn token(&self, name: &str) -> Digest {
        Digest::new(self.secret(&format!("token/{name}")))
    }

    /// What comes with the command called `name`.
    pub(super) fn context(&self, name: &str) -> Context {
        let fingerprint = Fingerprint::of("demo", &name);
        let origin = Origin {
            route: Some("demo".to_owned()),
            ..Origin::default()
        };
        Context::new(
            Actor::System("demo"),
            self.id(&format!("command/{name}")),
            fingerprint,
            self.at,
        )
        .from(origin)
    }

    /// Runs the command called `name`.
    pub(super) async fn run<C: Command>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
        command: C,
        name: &str,
    ) -> anyhow::Result<()> {
        let done = self
            .store
            .execute(tenant, stream_id, command, self.context(name))
            .await;
        done.map(drop)
            .with_context(|| format!("the demo's step {name} failed"))
    }

    /// Runs a command that a repeat finds already overtaken: a refusal then changes nothing.
    pub(super) async fn run_or_leave<C: Command>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
        command: C,
        name: &str,
    ) -> anyhow::Result<()> {
        match self
            .store
            .execute(tenant, stream_id, command, self.context(name))
            .await
        {
            Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("the demo's step {name} failed")),
        }
    }
}

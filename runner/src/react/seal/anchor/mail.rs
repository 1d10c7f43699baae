//! How does a checkpoint get to those whom a tenant has chosen?
//!
//! By mail, which is put into the outbox and leaves like any other. A tenant's recipients get one at
//! most in so much time, with the newest checkpoint, and none where nothing happened since the last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::{Email, TenantId};
use daybook_domain::tenancy::tenant::{Profile, Tenant};
use daybook_store::{Attachment, Mail, Store, StoreError};
use uuid::Uuid;

use super::desk::{Seal, Waiting};
use super::round::Round;
use crate::clock::Clock;

/// The name of this anchor where it is counted and written about.
pub(super) const NAME: &str = "mail";
/// The namespace of the ids of these mails.
const NAMESPACE: Uuid = Uuid::from_u128(0x3f0a_77c1_52de_4b0e_9c3d_8a61_0d4e_b7f5);
/// The bounds of the pause between two looks.
const LOOK: (Duration, Duration) = (Duration::from_millis(200), Duration::from_mins(1));

/// Mails checkpoints.
#[derive(Debug, Clone)]
pub(in crate::react::seal) struct Mailing {
    /// Where tenants and the outbox are.
    pub(in crate::react::seal) store: Store,
    /// What time it is.
    pub(in crate::react::seal) clock: Clock,
    /// The least time between two mails of a tenant.
    pub(in crate::react::seal) every: Duration,
}

impl Mailing {
    /// The pause between two looks at whose time has come.
    pub(super) fn pace(&self) -> Duration {
        (self.every / 10).clamp(LOOK.0, LOOK.1)
    }

    /// Mails what is due, and leaves the rest for later.
    pub(super) async fn keep(&self, waiting: Waiting) -> Round {
        let tenants: Vec<TenantId> = waiting.keys().copied().collect();
        let last = match self.store.last_anchored(NAME, &tenants).await {
            Ok(last) => last,
            Err(error) => return Round::missed(waiting, error.to_string()),
        };
        let mut round = Round::default();
        for (tenant, seal) in waiting {
            self.one((tenant, seal), &last, &mut round).await;
        }
        round
    }

    async fn one(
        &self,
        (tenant, seal): (TenantId, Arc<Seal>),
        last: &HashMap<TenantId, (u64, DateTime<Utc>)>,
        round: &mut Round,
    ) {
        if let Some((size, at)) = last.get(&tenant) {
            // Only a restart offers again what was mailed.
            if *size >= seal.checkpoint.size {
                return;
            }
            let every = TimeDelta::from_std(self.every).unwrap_or(TimeDelta::MAX);
            if *at + every > (self.clock)() {
                round.early.insert(tenant, seal);
                return;
            }
        }
        match self.mail(tenant, &seal).await {
            // Nobody is to get any: should that change, there will be a checkpoint of the change.
            Ok(0) => {}
            Ok(_) => round.note(tenant, seal, Ok(())),
            Err(error) => round.note(tenant, seal, Err(Some(error.to_string()))),
        }
    }

    /// How many get it.
    async fn mail(&self, tenant: TenantId, seal: &Seal) -> Result<usize, StoreError> {
        let found = self.store.load::<Tenant>(tenant, tenant.0).await?;
        let Some(profile) = found.state.profile() else {
            return Ok(0);
        };
        for email in &profile.checkpoint_recipients {
            let mail = letter(profile, email, seal);
            self.store.outbox().enqueue(tenant, &mail).await?;
        }
        Ok(profile.checkpoint_recipients.len())
    }
}

/// The same for the same checkpoint and address: it is sent once.
fn letter(profile: &Profile, email: &Email, seal: &Seal) -> Mail {
    let (tenant, name, size) = (profile.tenant_id, &profile.name, seal.checkpoint.size);
    let of = format!("{tenant}:{size}:{}", email.compared());
    // Short: a longer one is cut into pieces on its way.
    let file = format!("checkpoint-{size}.txt");
    Mail {
        effect_id: Uuid::new_v5(&NAMESPACE, of.as_bytes()),
        to: email.to_string(),
        subject: format!("Checkpoint of {name}: {size} events"),
        text: format!(
            "Hello,\n\n{name} has chosen you to keep checkpoints of its history. The file that comes \
             with this mail is the signed checkpoint of the first {size} events. Keep it where \
             nobody who runs Daybook can reach it; you need not read it.\n\nWhoever is given an \
             archive of the history later can prove with it that nothing before was changed:\n\n    \
             daybook audit verify ARCHIVE --checkpoint {file}\n\nIf you do not want these mails, ask \
             {name} to take your address off its list.\n"
        ),
        html: None,
        attachment: Some(Attachment {
            name: file,
            text: seal.note.clone(),
        }),
        expires_at: None,
    }
}

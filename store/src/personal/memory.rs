//! What of this process may hold somebody in clear, and how does it forget them?

use std::collections::HashSet;

use daybook_domain::kernel::TenantId;

use super::erasures::Erasures;
use super::key::Owner;
use super::keyring::SubjectKeys;
use crate::cache::StateCache;
use crate::log::TailSource;
use crate::snapshot::Snapshots;

/// Everything that remembers what it read. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) keys: SubjectKeys,
    pub(crate) erasures: Erasures,
    pub(crate) tail: TailSource,
    pub(crate) states: StateCache,
    pub(crate) snapshots: Snapshots,
}

impl Memory {
    /// Of a log that stands at `head`; with so many states at most.
    pub(crate) fn new(
        (keys, erasures, snapshots): (SubjectKeys, Erasures, Snapshots),
        (head, most_states): (i64, u64),
    ) -> Self {
        let states = StateCache::new(most_states);
        let foreign = states.clone();
        let tail = TailSource::new(head, erasures.clone(), move |record| {
            foreign.outdate(record.tenant, record.stream_id, record.version);
        });
        Self {
            keys,
            erasures,
            tail,
            states,
            snapshots,
        }
    }

    /// Forgets data subjects who were erased. In this order: first nothing new comes into memory in
    /// clear, then what is there is taken away.
    pub(crate) fn forget(&self, owners: &[Owner]) {
        for owner in owners {
            self.keys.forget(*owner);
        }
        self.erasures.note(owners);
        self.tail.close_about(&owners.iter().copied().collect());
        let tenants: HashSet<TenantId> = owners.iter().map(|(tenant, _)| *tenant).collect();
        self.states.evict_tenants(&tenants);
        for tenant in tenants {
            self.snapshots.forget(tenant);
        }
    }
}

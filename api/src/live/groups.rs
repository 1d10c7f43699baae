//! Which groups exist, and who is in them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Name;
use metrics::gauge;

use super::group::{Group, Member};
use crate::engine::{Admitted, LiveSettings};

/// What subscribers of one group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    document: [u8; 32],
    operation: Option<String>,
    /// As JSON, without the one that holds the position to resume from.
    variables: String,
    class: String,
}

impl GroupKey {
    pub(super) fn new<C>(admitted: &Admitted<C>, cursor: Option<&Name>, class: String) -> Self {
        let mut variables = admitted.variables.clone();
        if let Some(cursor) = cursor {
            variables.remove(cursor);
        }
        Self {
            document: admitted.document.hash(),
            operation: admitted.operation.name().map(str::to_owned),
            variables: serde_json::to_string(&variables).unwrap_or_default(),
            class,
        }
    }
}

/// The groups of one process.
#[derive(Debug)]
pub(crate) struct Groups {
    settings: LiveSettings,
    all: Mutex<HashMap<GroupKey, (Arc<Group>, usize)>>,
}

impl Groups {
    pub(crate) fn new(settings: LiveSettings) -> Self {
        Self {
            settings,
            all: Mutex::default(),
        }
    }

    /// Joins the group of that key, or founds it at a position. `start` sets a new group running.
    /// Returns the place and the position up to which everything is before it.
    pub(super) fn join(
        self: &Arc<Self>,
        (key, from): (GroupKey, u64),
        start: impl FnOnce(&Arc<Group>),
    ) -> (Member, u64) {
        let mut all = self.lock();
        let (group, members) = match all.entry(key) {
            Entry::Occupied(entry) if !entry.get().0.has_ended() => entry.into_mut(),
            entry => {
                let key = entry.key().clone();
                let group = Arc::new(Group::new(key, from, self.settings));
                start(&group);
                gauge!("daybook_subscription_groups").increment(1);
                entry.insert_entry((group, 0)).into_mut()
            }
        };
        *members = members.saturating_add(1);
        Member::attach(Arc::clone(group), Arc::clone(self))
    }

    /// A member of the group is gone; a group without members stops.
    pub(super) fn leave(&self, group: &Arc<Group>) {
        let mut all = self.lock();
        let Entry::Occupied(mut entry) = all.entry(group.key.clone()) else {
            return;
        };
        let (known, members) = entry.get_mut();
        if !Arc::ptr_eq(known, group) {
            return;
        }
        *members = members.saturating_sub(1);
        if *members == 0 {
            entry.remove();
            group.abandoned.cancel();
        }
    }

    /// The group has ended: nobody joins it any more.
    pub(super) fn forget(&self, group: &Arc<Group>) {
        gauge!("daybook_subscription_groups").decrement(1);
        let mut all = self.lock();
        let is_known = all
            .get(&group.key)
            .is_some_and(|(known, _)| Arc::ptr_eq(known, group));
        if is_known {
            all.remove(&group.key);
        }
    }

    /// Ends every group: who listens begins a new one where it is, and what was kept goes.
    pub(crate) fn renew_all(&self) {
        for (group, _) in self.lock().values() {
            group.outdated.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GroupKey, (Arc<Group>, usize)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

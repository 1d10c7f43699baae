//! A tenant's terms, as a fold of its events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::RetentionEvent;
use super::kind::RetentionKind;
use super::refusal::Refusal;
use crate::kernel::{Aggregate, TenantId};

/// The longest term: a hundred years, leap days included.
pub const MAX_DAYS: u32 = 36_525;

/// The one stream of a tenant's terms.
pub fn retention_id(tenant: TenantId) -> Uuid {
    Uuid::new_v5(&tenant.0, b"privacy.retention")
}

/// A tenant's terms; what has none is kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    /// In days, by kind.
    pub days: BTreeMap<RetentionKind, u32>,
}

impl Aggregate for Retention {
    const NAME: &'static str = "privacy.retention";
    type Event = RetentionEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: RetentionEvent) {
        match event {
            RetentionEvent::Set(set) => {
                self.days.insert(set.kind, set.days);
            }
            RetentionEvent::Cleared(cleared) => {
                self.days.remove(&cleared.kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{cleared, set};
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn the_last_term_counts() {
        let terms: Retention = given(&[set(30), set(60)]).state();
        assert_eq!(terms.days[&RetentionKind::ArchivedClients], 60);
        let terms: Retention = given(&[set(30), cleared()]).state();
        assert!(terms.days.is_empty());
        let snapshot = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Retention>(&snapshot).unwrap(), terms);
    }

    #[test]
    fn each_tenant_has_terms_of_its_own() {
        let (one, two) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        assert_ne!(retention_id(one), retention_id(two));
    }
}

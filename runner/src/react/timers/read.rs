//! Which timers does the log set?

use daybook_domain::kernel::{Aggregate, CodecError, TenantId};
use daybook_domain::tenancy::tenant::{Tenant, TenantEvent};
use daybook_store::reader::ReaderTx;
use daybook_store::{Recorded, Store, StoreError, Timer, TimerChanges, TimerKey};
use uuid::Uuid;

use super::READER;
use super::kind::{Kinds, Note};
use super::zone::calendar;
use crate::react::follow::Reading;

/// Sets and clears timers as events say.
#[derive(Debug, Clone)]
pub(crate) struct SetTimers {
    /// Where tenants' time zones are.
    pub(crate) store: Store,
    /// Which timers there are.
    pub(crate) kinds: Kinds,
}

/// What an event means for a tenant's timers.
#[derive(Debug, Clone)]
pub(crate) enum Meaning {
    /// Something for the timers about a subject.
    About(Uuid, Vec<(&'static str, Note)>, Uuid),
    /// The tenant's days may begin at another time.
    Moved,
}

impl Reading for SetTimers {
    type Note = Meaning;

    fn name(&self) -> &'static str {
        READER
    }

    fn note(&self, event: &Recorded) -> Result<Option<Meaning>, CodecError> {
        if event.stream_type == Tenant::NAME {
            match event.decode::<TenantEvent>()? {
                TenantEvent::SettingsChanged(_) => return Ok(Some(Meaning::Moved)),
                TenantEvent::Founded(_)
                | TenantEvent::Renamed(_)
                | TenantEvent::Branded(_)
                | TenantEvent::DomainClaimed(_)
                | TenantEvent::DomainVerified(_)
                | TenantEvent::DomainReleased(_)
                | TenantEvent::IpAllowListSet(_)
                | TenantEvent::SecurityPolicySet(_)
                | TenantEvent::CheckpointRecipientsSet(_)
                | TenantEvent::PlanChanged(_)
                | TenantEvent::Suspended(_)
                | TenantEvent::Reactivated(_)
                | TenantEvent::Closed(_) => {}
            }
        }
        let mut notes = Vec::new();
        for kind in self.kinds.reading(&event.stream_type) {
            notes.extend(kind.note(event)?.map(|note| (kind.name(), note)));
        }
        let about = Meaning::About(event.stream_id, notes, event.event_id);
        Ok((!matches!(&about, Meaning::About(_, notes, _) if notes.is_empty())).then_some(about))
    }

    async fn write(
        &self,
        tx: &mut ReaderTx,
        tenant: TenantId,
        meanings: Vec<Meaning>,
    ) -> Result<(), StoreError> {
        let mut changes = TimerChanges::default();
        for meaning in meanings {
            match meaning {
                Meaning::Moved => changes.move_days(),
                Meaning::About(subject_id, notes, set_by) => {
                    for (kind, note) in notes {
                        let key = TimerKey { kind, subject_id };
                        match note {
                            Note::Set(moment) => changes.set(key, Timer { moment, set_by }),
                            Note::Clear => changes.clear(key),
                        }
                    }
                }
            }
        }
        // As of now: should it have changed since these events, the change is still to be read.
        let zone = calendar(&self.store, tenant).await?.zone;
        tx.change_timers(tenant, &changes, zone).await
    }
}

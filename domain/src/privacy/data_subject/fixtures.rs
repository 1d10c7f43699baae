//! A data subject for tests: the client of the client's fixtures.

use super::basis::Basis;
use super::events::{DataSubjectEvent, Erased, Exported, Forgotten, Held, Released};
use super::subject::Subject;
use crate::crm::client::fixtures::{at, client_id};

/// The client.
pub fn subject() -> Subject {
    client_id().into()
}

/// The data must be kept, for this reason.
pub fn held(reason: &str) -> DataSubjectEvent {
    DataSubjectEvent::Held(Held {
        subject: subject(),
        reason: reason.to_owned(),
        at: at(),
    })
}

/// It need not be kept any more.
pub fn released() -> DataSubjectEvent {
    DataSubjectEvent::Released(Released { at: at() })
}

/// Somebody was handed everything.
pub fn exported() -> DataSubjectEvent {
    DataSubjectEvent::Exported(Exported {
        subject: subject(),
        at: at(),
    })
}

/// The client asked to be erased.
pub fn erased() -> DataSubjectEvent {
    DataSubjectEvent::Erased(Erased {
        subject: subject(),
        basis: Basis::Request,
        streams: vec![client_id().0],
        at: at(),
    })
}

/// That was carried out.
pub fn forgotten() -> DataSubjectEvent {
    DataSubjectEvent::Forgotten(Forgotten {
        subject: subject(),
        at: at(),
    })
}

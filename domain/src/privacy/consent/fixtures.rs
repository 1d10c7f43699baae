//! Consents for tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use super::events::{ConsentEvent, Given, Withdrawn};
use super::purpose::Purpose;
use crate::crm::client::fixtures::{at, client_id};

/// News.
pub fn purpose() -> Purpose {
    Purpose::parse("newsletter").unwrap()
}

/// The client agreed, on a form.
pub fn given() -> ConsentEvent {
    ConsentEvent::Given(Given {
        client_id: client_id(),
        purpose: purpose(),
        wording: "I want news.".to_owned(),
        source: Some("web form".to_owned()),
        at: at(),
    })
}

/// The client agreed to these words.
pub fn given_in(wording: &str) -> ConsentEvent {
    ConsentEvent::Given(Given {
        client_id: client_id(),
        purpose: purpose(),
        wording: wording.to_owned(),
        source: None,
        at: at(),
    })
}

/// The client agrees no more.
pub fn withdrawn(reason: Option<&str>) -> ConsentEvent {
    ConsentEvent::Withdrawn(Withdrawn {
        client_id: client_id(),
        purpose: purpose(),
        reason: reason.map(str::to_owned),
        at: at(),
    })
}

//! Clients for tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::billing::BillingDetails;
use super::details::Details;
use super::events::{
    Archived, BillingDetailsSet, ClientEvent, CustomFieldsSet, Deactivated, DetailsChanged, Erased,
    NoteAdded, NoteWithdrawn, Reactivated, Registered,
};
use crate::crm::country::Country;
use crate::crm::fields::{FieldKey, FieldValue};
use crate::crm::public::ClientFacts;
use crate::kernel::{ClientId, Currency, Email, MemberId, NoteId, Patch};

/// The instant at which everything happens.
pub fn at() -> DateTime<Utc> {
    "2024-03-01T09:30:00Z".parse().unwrap()
}

/// The client.
pub fn client_id() -> ClientId {
    ClientId(Uuid::from_u128(12))
}

/// A country by its name.
pub fn country(name: &str) -> Country {
    Country::parse("country", name).unwrap()
}

/// The client was registered with a name alone.
pub fn registered() -> ClientEvent {
    ClientEvent::Registered(Registered {
        client_id: client_id(),
        details: Details {
            name: "Ada Ltd".to_owned(),
            ..Details::default()
        },
        at: at(),
    })
}

/// Every detail a client can have.
pub fn details() -> Details {
    Details {
        name: "Ada Ltd".to_owned(),
        external_id: Some("17850".to_owned()),
        email: Email::parse("email", "Ada@example.com").ok(),
        phone: Some("+44 20 1".to_owned()),
        website: Some("https://ada.example".to_owned()),
        company: Some("Ada Group".to_owned()),
        contact: Some("Ada".to_owned()),
        country: Some(country("United Kingdom")),
    }
}

/// The client was registered with every detail.
pub fn registered_in_full() -> ClientEvent {
    ClientEvent::Registered(Registered {
        client_id: client_id(),
        details: details(),
        at: at(),
    })
}

/// Details changed as `change` says.
pub fn details_changed(change: impl FnOnce(&mut DetailsChanged)) -> ClientEvent {
    let mut changed = DetailsChanged {
        name: None,
        external_id: Patch::Keep,
        former_external_id: None,
        email: Patch::Keep,
        phone: Patch::Keep,
        website: Patch::Keep,
        company: Patch::Keep,
        contact: Patch::Keep,
        country: Patch::Keep,
        at: at(),
    };
    change(&mut changed);
    ClientEvent::DetailsChanged(changed)
}

/// Custom fields changed.
pub fn custom_fields_set(values: &[(&str, Patch<FieldValue>)]) -> ClientEvent {
    let key = |text: &str| FieldKey::parse(text).unwrap();
    let values = values.iter().cloned();
    ClientEvent::CustomFieldsSet(CustomFieldsSet {
        values: values.map(|(text, patch)| (key(text), patch)).collect(),
        at: at(),
    })
}

/// Every billing detail a client can have.
pub fn billing() -> BillingDetails {
    BillingDetails {
        name: Some("Ada Ltd, Accounts".to_owned()),
        address_lines: vec!["1 High Street".to_owned()],
        postal_code: Some("N1 1AA".to_owned()),
        city: Some("London".to_owned()),
        country: Some(country("United Kingdom")),
        vat_number: Some("GB 123".to_owned()),
        payment_terms_days: Some(14),
        currency: Some(Currency::GBP),
    }
}

/// Billing details were replaced.
pub fn billing_set(billing: BillingDetails) -> ClientEvent {
    ClientEvent::BillingDetailsSet(BillingDetailsSet { billing, at: at() })
}

/// A note was added.
pub fn note_added(id: u128) -> ClientEvent {
    ClientEvent::NoteAdded(NoteAdded {
        note_id: NoteId(Uuid::from_u128(id)),
        text: "Prefers mail.".to_owned(),
        author: Some(MemberId(Uuid::from_u128(10))),
        at: at(),
    })
}

/// The note was taken back.
pub fn note_withdrawn(id: u128) -> ClientEvent {
    ClientEvent::NoteWithdrawn(NoteWithdrawn {
        note_id: NoteId(Uuid::from_u128(id)),
        at: at(),
    })
}

/// The client was deactivated.
pub fn deactivated() -> ClientEvent {
    ClientEvent::Deactivated(Deactivated { at: at() })
}

/// The client was reactivated.
pub fn reactivated() -> ClientEvent {
    ClientEvent::Reactivated(Reactivated { at: at() })
}

/// The client was archived.
pub fn archived() -> ClientEvent {
    ClientEvent::Archived(Archived {
        reason: Some("out of business".to_owned()),
        at: at(),
    })
}

/// The client was erased.
pub fn erased() -> ClientEvent {
    ClientEvent::Erased(Erased { at: at() })
}

/// What other contexts know about an active client with every billing detail.
pub fn facts() -> ClientFacts {
    ClientFacts {
        client_id: client_id(),
        name: "Ada Ltd".to_owned(),
        status: super::state::Status::Active,
        country: Some(country("United Kingdom")),
        billing: billing(),
    }
}

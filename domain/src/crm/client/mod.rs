//! A client of the tenant.
//!
//! ```text
//!            Register          Deactivate            Archive
//!  (unknown) ────────► active ───────────► inactive ─────────► archived
//!                        ▲ ▲                  │                  │
//!                        │ └──── Reactivate ──┘                  │
//!                        └────────────── Reactivate ─────────────┘
//! ```
//! `Archive` works on active and inactive clients. Inactive says that no business is expected, and
//! forbids nothing. An archived client takes no new documents and no changes, except notes: what
//! is learned later belongs to the record. Archiving is not erasing, so `Reactivate` undoes it; the
//! external id stays the client's own meanwhile, or an import would make a second client of it.
//! `Erase` works on every registered client: nobody knows it from then on, and every command is
//! refused as for one that never was.

mod billing;
mod commands;
mod details;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod refusal;
mod state;

pub use billing::BillingDetails;
pub use commands::{
    AddNote, Archive, ChangeDetails, Deactivate, Erase, Reactivate, Register, SetBillingDetails,
    SetCustomFields, WithdrawNote,
};
pub use details::Details;
pub use events::{
    Archived, BillingDetailsSet, ClientEvent, CustomFieldsSet, Deactivated, DetailsChanged,
    EXTERNAL_ID, Erased, NoteAdded, NoteWithdrawn, Reactivated, Registered,
};
pub use refusal::Refusal;
pub use state::{Client, MAX_NOTES, Profile, Status};

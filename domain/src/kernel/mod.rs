//! The words every context is written in: aggregate, command, event, refusal, claim, count, draw,
//! personal field.
//!
//! Nothing here knows a context, a database or a clock. `store` settles what events declare;
//! `testing` gives the given/when/then of every rule's test.

mod aggregate;
mod codec;
mod event;
mod field;
mod id;
mod money;
mod patch;
mod personal;
mod reference;
mod region;
mod secret;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use aggregate::{Aggregate, Command, Decision, Refusal};
pub use codec::{CodecError, Encoded, decode, encode};
pub use event::{Claim, Count, Draw, Event, Realm, Settlement};
pub use field::{Email, FieldError, Text, program_name};
pub use id::{
    ApiKeyId, ClientId, ConsentId, DataSubjectId, ExportId, InvoiceId, LineId, MemberId, NoteId,
    PaymentId, SessionId, TenantId, UserId,
};
pub use money::{Currency, MoneyError, round_to_minor_unit};
pub use patch::Patch;
pub use personal::{Personal, StandIn, Subject, Withheld, WithheldValue, restore, withhold};
pub use reference::{LONGEST_REFERENCE, is_reference};
pub use region::{Locale, TimeZone};
pub use secret::{Digest, DigestError};

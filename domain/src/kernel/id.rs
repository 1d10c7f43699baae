//! Identities. Each is a UUID of its own type, so that one cannot stand in for another.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(&self.0, f)
            }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
        impl From<$name> for Uuid { fn from(id: $name) -> Self { id.0 } }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { text.parse().map(Self) }
        }
    )*};
}

id! {
    /// A tenant; also the first key of every row that belongs to it.
    TenantId
    /// A person's account, platform-wide.
    UserId
    /// One sign-in of a user.
    SessionId
    /// A user's place in a tenant, from the invitation on.
    MemberId
    /// A key with which programs act in a tenant.
    ApiKeyId
    /// A client of a tenant.
    ClientId
    /// A note on a client.
    NoteId
    /// An invoice, a credit note or an adjustment.
    InvoiceId
    /// A line of a document.
    LineId
    /// A payment recorded on an invoice.
    PaymentId
    /// A client's consent for one purpose.
    ConsentId
    /// What is kept of a person as a data subject: held, exported, erased.
    DataSubjectId
    /// An export of the history.
    ExportId
}

impl TenantId {
    /// The platform's own tenant: users, sessions and whatever else belongs to no tenant.
    pub const PLATFORM: Self = Self(Uuid::from_u128(1));
}

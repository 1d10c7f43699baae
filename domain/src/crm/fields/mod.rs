//! Which custom fields a tenant's clients have, and which values they may hold.
//!
//! ```text
//!             Declare                Retire
//!  (unknown) ────────► declared ──────────────► retired
//!                       │   ▲                      │
//!                       └───┘ Declare (new label,  │
//!                             options, required)   │
//!                       ▲                          │
//!                       └──────────────────────────┘ Declare, of the same kind
//! ```
//! One stream per tenant holds all its declarations. A retired field takes no new values; values
//! recorded under it stay readable and can be cleared.

mod commands;
mod definition;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod refusal;
mod state;
mod value;

pub use commands::{Declare, Retire};
pub use definition::{Definition, FieldKey, Kind, MAX_OPTIONS};
pub use events::{Declared, FieldSetEvent, Retired};
pub use refusal::Refusal;
pub use state::{FieldSet, MAX_DECLARED, MAX_FIELDS, stream_id};
pub use value::{FieldFault, FieldValue, FieldValues, change};

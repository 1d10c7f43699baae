//! What all GraphQL contexts share: the request, global ids, scalars, pages, payloads.
//!
//! A resolver is permission, command, execute, payload. It starts with [`Asking::of`], which has
//! the caller; a mutation goes on with [`Call`], a query with a tenant transaction.

mod asking;
mod call;
mod failure;
mod global_id;
mod page;
mod payload;
mod personal;
mod scalar;
mod step_up;

pub use asking::{Asking, Freshness};
pub use call::{Call, CommandInput, Outcome};
pub use failure::failed;
pub use global_id::{GlobalId, decode_id, encode_id, kind_of_stream};
pub use page::{Edge, PageInfo, PageRequest, Wanted};
pub use payload::{AccountCommit, Commit, UserError, user_error_code};
pub use personal::Personal;
pub use scalar::{CurrencyCode, Date, Decimal, Json, Position};
pub use step_up::{STEP_UP_MINUTES, step_up};

//! What all GraphQL contexts share: the request, global ids, scalars, pages, lists, payloads.
//!
//! A resolver is permission, command, execute, payload. It starts with [`Asking::of`], which has
//! the caller; a mutation goes on with [`Call`], a query with a tenant transaction, or for a list with a
//! [`ListRequest`].

mod as_of;
mod asking;
mod bounds;
mod call;
mod connection;
mod failure;
mod global_id;
mod leaving;
mod list;
mod money;
mod nullable;
mod page;
mod patch;
mod payload;
mod personal;
mod refusing;
mod scalar;
mod step_up;
mod strict;

pub use as_of::AsOfInput;
pub use asking::{Asking, Freshness, Reflected};
pub use bounds::{converted, decoded, searched, texts};
pub use call::{Call, CommandInput, Outcome};
pub use connection::{
    Connection, ConnectionEdge, Found, Listing, OrderDirection, of_nodes, within,
};
pub use failure::failed;
pub use global_id::{GlobalId, decode_id, encode_id, kind_of_stream};
pub use list::ListRequest;
pub use money::Money;
pub use nullable::nullable;
pub use page::{Edge, PageInfo, PageRequest, Wanted};
pub use patch::patch;
pub use payload::{AccountCommit, Commit, UserError, user_error_code};
pub use personal::Personal;
pub use scalar::{CurrencyCode, Date, Decimal, Json, Position};
pub use step_up::{STEP_UP_MINUTES, step_up};
pub(crate) use strict::Strict;

//! Which row is which struct? Rows of a read model are plain serde structs whose fields are named
//! like their columns.
//!
//! `field_names` tells the columns of a struct, `decode` reads a struct from a row of PostgreSQL's
//! binary protocol, `write` spreads structs over one array per column, for `unnest`. Nothing of
//! this goes through JSON except columns that are JSON.

mod array;
mod column;
mod decode;
mod element;
mod error;
mod fields;
mod value;
mod write;

pub(crate) use array::Array;
pub(crate) use column::Kind;
pub(crate) use decode::decode;
pub(crate) use error::RowError;
pub(crate) use fields::field_names;
pub(crate) use write::write;

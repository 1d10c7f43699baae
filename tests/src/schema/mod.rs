//! What does the API offer, as a client can find out, and how is each operation called?

mod call;
mod model;

pub use call::{Call, Slot};
pub use model::{Argument, Field, Kind, Schema, Type, TypeRef};

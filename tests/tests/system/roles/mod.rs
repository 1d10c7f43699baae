//! May everybody do what they are to, and nothing else?
//!
//! Every operation of the schema, and every field of the things that several kinds of people see, is
//! asked for by everybody, and held against tables that say what the product promises. They are
//! written by hand and not read from the permissions, so that a resolver that asks for the wrong one
//! shows.

mod fields;
mod operations;
mod people;
mod table;

//! `daybook schema`: the GraphQL schema, as `schema.graphql` holds it.

use std::io::Write as _;

use crate::failure::Failure;

/// Prints the schema. Needs neither a configuration that fits nor a database.
pub(super) fn run() -> Result<(), Failure> {
    let written = std::io::stdout().write_all(daybook_api::schema::sdl().as_bytes());
    written.map_err(|error| Failure::failed(format!("the schema was not written: {error}")))
}

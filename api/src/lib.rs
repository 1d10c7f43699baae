//! GraphQL, REST, authentication and subscriptions: how the outside talks to Daybook.

pub mod fault;
pub mod guard;

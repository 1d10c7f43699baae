//! GraphQL, REST, authentication and subscriptions: how the outside talks to Daybook.
#![expect(
    clippy::too_many_arguments,
    reason = "a field's arguments are its function's"
)]

pub mod access;
pub mod api;
pub mod audit;
pub mod changes;
pub mod crm;
pub mod door;
pub mod engine;
pub mod events;
pub mod fault;
pub mod gateway;
pub mod graphiql;
pub mod graphql;
pub mod guard;
pub mod http;
pub mod identity;
pub mod invoicing;
pub mod live;
pub mod node;
pub mod past;
pub mod post;
pub mod privacy;
pub mod router;
pub mod schema;
pub mod sse;
pub mod tenancy;
pub mod ws;

//! GraphQL, REST, authentication and subscriptions: how the outside talks to Daybook.

pub mod access;
pub mod api;
pub mod crm;
pub mod door;
pub mod engine;
pub mod events;
pub mod fault;
pub mod gateway;
pub mod graphql;
pub mod guard;
pub mod http;
pub mod identity;
pub mod invoicing;
pub mod live;
pub mod post;
pub mod sse;
pub mod ws;

//! GraphQL, REST, authentication and subscriptions: how the outside talks to Daybook.

pub mod engine;
pub mod fault;
pub mod gateway;
pub mod guard;
pub mod http;
pub mod live;
pub mod sse;
pub mod ws;

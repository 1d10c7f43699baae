//! How GraphQL is spoken over server-sent events.
//!
//! One operation per connection, as the distinct connections mode of `graphql-sse` has it. Each
//! result of a subscription carries its position as `id`, so that a browser that reconnects by
//! itself misses nothing.

mod channel;
mod frame;
mod serve;

pub(crate) use serve::serve;

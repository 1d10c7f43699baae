//! What passes between the transports and Daybook.

use std::net::IpAddr;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use axum::http::HeaderMap;

/// What a client shows to say who it is.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'r> {
    /// The headers of the request, or of the request that opened the socket.
    pub headers: &'r HeaderMap,
    /// The payload of `connection_init`; `None` outside WebSocket or when it has none.
    pub init: Option<&'r serde_json::Map<String, serde_json::Value>>,
    /// The address the connection comes from; `None` when the server does not record it.
    pub peer: Option<IpAddr>,
}

/// One operation that is about to run.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The id that logs and errors carry.
    pub request_id: &'r str,
    /// Which way it came.
    pub transport: Transport,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// The operation's name; `None` for an anonymous one.
    pub operation: Option<&'r str>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// Why it is asked for: a reference, as the client gave it.
    pub reason: Option<&'r str>,
}

/// Which way an operation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// GraphQL over HTTP.
    Http,
    /// `graphql-transport-ws`.
    WebSocket,
    /// Server-sent events.
    EventStream,
}

impl Transport {
    /// The name in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "ws",
            Self::EventStream => "sse",
        }
    }
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consistency {
    /// The position within the tenant's log that the answer must reflect; `None` for any.
    pub min_position: Option<u64>,
    /// How long to wait for it; `None` for the default.
    pub timeout: Option<Duration>,
}

/// A request with everything its resolvers need.
pub struct Attached {
    /// The request, its data filled in.
    pub request: Request,
    /// Run once on the response of a query or mutation, to add its extensions.
    pub finish: Box<dyn FnOnce(&mut Response) + Send>,
}

/// What is left in the rate bucket after a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What a full bucket holds, in what is charged.
    pub limit: u64,
    /// What is left.
    pub remaining: u64,
    /// Time until the bucket is full again.
    pub reset: Duration,
}

/// The rate bucket does not hold what is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// What the bucket holds.
    pub budget: Budget,
    /// When it will hold that.
    pub retry_after: Duration,
}

/// Whether subscribers of an operation can share one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sharing {
    /// No: each has its own.
    Alone,
    /// All with the same document, variables and class see the same.
    Shared {
        /// The authorisation class: the tenant and everything of the caller that can change a
        /// result.
        class: String,
        /// Whether a subscriber without a position is first told the present state.
        has_opening: bool,
    },
}

//! What comes with a command but is no part of it: who, when, why, and which attempt.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};
use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, Utc};
use daybook_domain::kernel::{ApiKeyId, UserId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::log::Meta;

/// Bytes of most actors.
const ACTOR: usize = 48;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    User(UserId),
    /// A program with a key of the tenant.
    ApiKey(ApiKeyId),
    /// Daybook itself; which part of it.
    System(&'static str),
    /// Nobody who is known: a sign-up, a password reset.
    Anonymous,
}

impl Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::ApiKey(id) => write!(f, "api_key:{id}"),
            Self::System(part) => write!(f, "system:{part}"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// Tells whether two commands with one id have the same input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    /// The fingerprint of an operation's input as the client gave it: without looked-up facts, so
    /// that a repeat at another time is recognised.
    pub fn of(operation: &str, input: &impl Serialize) -> Self {
        let mut hash = Sha256::new();
        hash.update(operation);
        hash.update([0]);
        // An input that cannot be serialised has no fingerprint but its operation's.
        hash.update(serde_json::to_vec(input).unwrap_or_default());
        Self(hash.finalize().into())
    }
}

/// What comes with a command.
#[derive(Debug, Clone)]
pub struct Context {
    /// The command's identity: repeating it has no further effect.
    pub command_id: Uuid,
    /// What its input was.
    pub fingerprint: Fingerprint,
    /// The version the client saw; `None` decides on whatever is current.
    pub expected_version: Option<i64>,
    /// Who acts.
    pub actor: Actor,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// What it belongs together with; the command's own id when nothing was given.
    pub correlation_id: Uuid,
    /// The event that caused it.
    pub causation_id: Option<Uuid>,
    /// Where it came from.
    pub origin: Origin,
    /// What a cqrs-es application attaches to its events.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// A network address, and about whom it says something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address, as far as our own proxies tell.
    pub ip: IpAddr,
    /// The stream of the person who acted, in the tenant of the command: it is kept under their key.
    pub of: Uuid,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address itself has no business in a log.
        f.debug_struct("Address")
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}

/// Where a command came from and why, as kept with its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// From which network address; sealed, and gone with whom it is of.
    pub address: Option<Address>,
    /// The member on whose behalf a program acts.
    pub on_behalf_of: Option<Uuid>,
    /// Who gave it at the operator's command line, as they said: a reference.
    pub operator: Option<String>,
    /// Why, in the actor's words: a reference.
    pub reason: Option<String>,
    /// The request that carried it.
    pub request_id: Option<String>,
    /// The way in: `graphql:invoiceSend`, `rest:/auth/login`, `import`.
    pub route: Option<String>,
    /// The sign-in it came through.
    pub session_id: Option<Uuid>,
}

impl Context {
    /// A command by `actor` at `at`.
    pub fn new(
        actor: Actor,
        command_id: Uuid,
        fingerprint: Fingerprint,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            command_id,
            fingerprint,
            expected_version: None,
            actor,
            at,
            correlation_id: command_id,
            causation_id: None,
            origin: Origin::default(),
            metadata: BTreeMap::new(),
        }
    }

    /// The same, on the version the client saw.
    #[must_use]
    pub fn expecting(mut self, version: Option<i64>) -> Self {
        self.expected_version = version;
        self
    }

    /// The same, with where it came from.
    #[must_use]
    pub fn from(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// A further command of the same request: its own id derived from this one and `part`, the
    /// same everything else. Repeating the request repeats it.
    #[must_use]
    pub fn part(&self, part: &str) -> Self {
        let command_id = Uuid::new_v5(&self.command_id, part.as_bytes());
        Self {
            command_id,
            expected_version: None,
            ..self.clone()
        }
    }

    /// What its events have of it; `address` is the sealed one.
    pub(crate) fn meta(&self, address: Option<String>) -> Meta {
        /// Canonical JSON (RFC 8785): members in order of their names.
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Request<'c> {
            #[serde(skip_serializing_if = "Option::is_none")]
            address: Option<String>,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            metadata: &'c BTreeMap<String, String>,
            occurred_at: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            on_behalf_of: Option<Uuid>,
            #[serde(skip_serializing_if = "Option::is_none")]
            operator: Option<&'c str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'c str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'c str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            route: Option<&'c str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            session_id: Option<Uuid>,
        }
        let request = Request {
            address,
            metadata: &self.metadata,
            occurred_at: self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            on_behalf_of: self.origin.on_behalf_of,
            operator: self.origin.operator.as_deref(),
            reason: self.origin.reason.as_deref(),
            request_id: self.origin.request_id.as_deref(),
            route: self.origin.route.as_deref(),
            session_id: self.origin.session_id,
        };
        let mut actor = String::with_capacity(ACTOR);
        let written = write!(actor, "{}", self.actor);
        debug_assert!(written.is_ok(), "memory takes any text");
        Meta {
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            actor,
            request: serde_json::to_vec(&request).unwrap_or_default(),
        }
    }
}

//! Whether an operation may run: everything that is checked and charged before it does.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Variables};

use super::params::{Source, not_found};
use super::{Engine, Params};
use crate::fault::{Code, Fault};
use crate::gateway::{Asked, Budget, Consistency, Gateway, RequestId, Transport};
use crate::guard::{Document, Operation};

/// A request as a transport took it in.
pub(crate) struct Ask<C> {
    pub(crate) caller: C,
    pub(crate) params: Params,
    pub(crate) request_id: RequestId,
    pub(crate) transport: Transport,
    /// What a header asks for; the parameters' own `extensions.consistency` comes first.
    pub(crate) min_position: Option<u64>,
    /// Whether the way it came forbids changes.
    pub(crate) is_safe: bool,
}

/// An operation that may run.
pub(crate) struct Admitted<C> {
    pub(crate) caller: C,
    pub(crate) document: Arc<Document>,
    pub(crate) operation: Arc<Operation>,
    pub(crate) variables: Variables,
    pub(crate) request_id: RequestId,
    pub(crate) transport: Transport,
    pub(crate) consistency: Consistency,
    pub(crate) reason: Option<String>,
    pub(crate) cost: u64,
    pub(crate) budget: Budget,
}

/// Why an operation does not run, and what is left in the bucket when it was asked.
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) fault: Fault,
    pub(crate) budget: Option<Budget>,
}

impl From<Fault> for Rejected {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            budget: None,
        }
    }
}

impl<C> Admitted<C> {
    pub(crate) fn kind(&self) -> OperationType {
        self.operation.kind()
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            request_id: self.request_id.as_str(),
            transport: self.transport,
            kind: self.kind(),
            operation: self.operation.name(),
            consistency: self.consistency,
            reason: self.reason.as_deref(),
        }
    }

    /// The request for the library: the parsed document, never the text.
    pub(crate) fn request(&self) -> Request {
        let mut request = Request::new("").variables(self.variables.clone());
        request.operation_name = self.operation.name().map(str::to_owned);
        request.set_parsed_query(self.document.tree().clone());
        request
    }
}

impl<G: Gateway> Engine<G> {
    /// Measures, prices and charges a request.
    ///
    /// # Errors
    /// What the guard finds, `METHOD_NOT_ALLOWED` for a change where none may be, `THROTTLED`.
    pub(crate) async fn admit(&self, ask: Ask<G::Caller>) -> Result<Admitted<G::Caller>, Rejected> {
        match self.measure(&ask) {
            Ok(measured) => {
                let budget = self.charge(&ask.caller, measured.cost).await?;
                let mut variables = ask.params.variables.unwrap_or_default();
                measured.operation.add_defaults(&mut variables);
                Ok(Admitted {
                    caller: ask.caller,
                    document: measured.document,
                    operation: measured.operation,
                    variables,
                    request_id: ask.request_id,
                    transport: ask.transport,
                    consistency: measured.consistency,
                    reason: measured.reason,
                    cost: measured.cost,
                    budget,
                })
            }
            Err(fault) => {
                // Refusing costs time too: nobody gets that for nothing.
                let budget = self.charge(&ask.caller, 1).await?;
                Err(Rejected {
                    fault,
                    budget: Some(budget),
                })
            }
        }
    }

    fn measure(&self, ask: &Ask<G::Caller>) -> Result<Measured, Fault> {
        let mut consistency = ask.params.consistency()?;
        consistency.min_position = consistency.min_position.or(ask.min_position);
        let document = self.document(ask)?;
        let operation = Arc::clone(document.operation(ask.params.operation_name.as_deref())?);
        let is_subscription = operation.kind() == OperationType::Subscription;
        if ask.is_safe && operation.kind() == OperationType::Mutation {
            let text = "a mutation is sent by POST";
            return Err(Fault::new(Code::MethodNotAllowed, text));
        }
        if ask.transport == Transport::Http && is_subscription {
            let text = "a subscription needs a WebSocket or the event stream";
            return Err(Fault::new(Code::BadUserInput, text));
        }
        let none = Variables::default();
        let variables = ask.params.variables.as_ref().unwrap_or(&none);
        let cost = self.guard().cost(&document, &operation, variables)?;
        Ok(Measured {
            document,
            operation,
            consistency,
            reason: ask.params.reason()?,
            cost,
        })
    }

    /// The document that is sent, named or registered.
    fn document(&self, ask: &Ask<G::Caller>) -> Result<Arc<Document>, Fault> {
        let shelf = self.gateway().shelf(&ask.caller);
        match ask.params.source()? {
            Source::Text(text) => self.guard().document(text),
            Source::Hash(hash) => {
                let text = self.shelves().find(shelf, &hash).ok_or_else(not_found)?;
                self.guard().document(&text)
            }
            Source::Registration(text, hash) => {
                // Only what may run is kept.
                let document = self.guard().document(text)?;
                if document.hash() != hash {
                    let text = "persistedQuery.sha256Hash is not the SHA-256 of query";
                    return Err(Fault::new(Code::BadRequest, text));
                }
                self.shelves().keep(shelf, hash, text);
                Ok(document)
            }
        }
    }

    async fn charge(&self, caller: &G::Caller, cost: u64) -> Result<Budget, Rejected> {
        self.gateway()
            .charge(caller, cost)
            .await
            .map_err(|throttled| {
                let text = "the rate limit is reached: try again later";
                let fault = Fault::new(Code::Throttled, text).retry_after(throttled.retry_after);
                Rejected {
                    fault,
                    budget: Some(throttled.budget),
                }
            })
    }
}

struct Measured {
    document: Arc<Document>,
    operation: Arc<Operation>,
    consistency: Consistency,
    reason: Option<String>,
    cost: u64,
}

//! How an admitted query or mutation becomes an answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{
    ObjectType, Response, Schema, ServerError, SubscriptionType, Value, Variables,
};
use futures::FutureExt;
use metrics::{counter, histogram};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use tracing::field::Empty;

use super::persisted::Shelves;
use super::{Admitted, Answer, Execute, Settings};
use crate::fault::{Code, Fault, is_about_an_input_value};
use crate::gateway::Gateway;
use crate::guard::{Guard, Operation};
use crate::live::Groups;

/// The one request path behind all transports. Cheap to clone.
pub struct Engine<G: Gateway>(Arc<Inner<G>>);

struct Inner<G> {
    gateway: G,
    schema: Box<dyn Execute>,
    guard: Guard,
    shelves: Shelves,
    settings: Settings,
    in_flight: Semaphore,
    connections: Arc<Semaphore>,
    drain: CancellationToken,
    tasks: TaskTracker,
    groups: Arc<Groups>,
}

impl<G: Gateway> Clone for Engine<G> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<G: Gateway> Engine<G> {
    /// An engine over a schema, behind a gateway.
    ///
    /// When `drain` is cancelled, no connection is taken any more, running queries and mutations
    /// finish, sockets close with 1012 and event streams end.
    pub fn new<Q, M, S>(
        schema: Schema<Q, M, S>,
        gateway: G,
        (settings, drain): (Settings, CancellationToken),
    ) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        Self(Arc::new(Inner {
            gateway,
            schema: Box::new(schema),
            guard: Guard::new(settings.limits, S::type_name()),
            in_flight: Semaphore::new(settings.in_flight),
            connections: Arc::new(Semaphore::new(settings.connections)),
            groups: Arc::new(Groups::new(settings.live)),
            shelves: Shelves::new(settings.persisted_bytes),
            settings,
            drain,
            tasks: TaskTracker::new(),
        }))
    }

    /// Resolves when every socket, stream and shared subscription has ended after a drain.
    pub async fn drained(&self) {
        self.0.drain.cancelled().await;
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(crate) fn gateway(&self) -> &G {
        &self.0.gateway
    }

    pub(crate) fn schema(&self) -> &dyn Execute {
        self.0.schema.as_ref()
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.0.guard
    }

    pub(super) fn shelves(&self) -> &Shelves {
        &self.0.shelves
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn connections(&self) -> &Arc<Semaphore> {
        &self.0.connections
    }

    pub(crate) fn drain(&self) -> &CancellationToken {
        &self.0.drain
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(crate) fn groups(&self) -> &Arc<Groups> {
        &self.0.groups
    }

    /// Runs a query or mutation to its end, or to its time limit.
    pub(crate) async fn run(&self, admitted: &Admitted<G::Caller>) -> Answer {
        let started = Instant::now();
        let kind = admitted.kind().to_string();
        let span = tracing::info_span!(
            "graphql",
            request_id = admitted.request_id.as_str(),
            transport = admitted.transport.as_str(),
            kind,
            operation = admitted.operation.name(),
            tenant = Empty,
            actor = Empty,
            correlation = Empty,
        );
        let answer = match self.execute(admitted).instrument(span).await {
            Ok(response) => Answer::of(response, &admitted.request_id),
            Err(fault) => Answer::refused(fault, &admitted.request_id),
        };
        let outcome = answer.code().map_or("ok", Code::as_str);
        counter!("daybook_graphql_operations_total", "kind" => kind.clone(), "outcome" => outcome)
            .increment(1);
        histogram!("daybook_graphql_seconds", "kind" => kind).record(started.elapsed());
        answer.with_budget(admitted.budget)
    }

    async fn execute(&self, admitted: &Admitted<G::Caller>) -> Result<Response, Fault> {
        let Ok(_permit) = self.0.in_flight.try_acquire() else {
            let fault = Fault::new(Code::Overloaded, "too many requests run: try again");
            return Err(fault.retry_after(Duration::from_secs(1)));
        };
        if let Some(error) = missing_variable(&admitted.operation, &admitted.variables) {
            return Ok(Response::from_errors(vec![error]));
        }
        let attached =
            self.gateway()
                .attach(&admitted.caller, &admitted.asked(), admitted.request());
        let limit = self.gateway().time_limit(&admitted.caller, admitted.kind());
        let run = AssertUnwindSafe(self.schema().execute(attached.request)).catch_unwind();
        match tokio::time::timeout(limit, run).await {
            Ok(Ok(mut response)) => {
                if admitted.operation.has_one_field() {
                    tell_as_request_error(&mut response);
                }
                (attached.finish)(&mut response);
                Self::account(admitted, &mut response);
                Ok(response)
            }
            Ok(Err(panic)) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "a resolver panicked");
                Err(Fault::internal())
            }
            Err(_) => Err(Fault::new(Code::Timeout, "the operation took too long")),
        }
    }

    /// Tells the client what its operation could have cost and did, and what is left in its bucket.
    fn account(admitted: &Admitted<G::Caller>, response: &mut Response) {
        let actual = match admitted.kind() {
            OperationType::Mutation | OperationType::Subscription => admitted.cost,
            // Looking at a document costs something too, also when it does not fit the schema.
            OperationType::Query => objects(&response.data).saturating_sub(1).max(1),
        };
        let budget = admitted.budget;
        let mut cost = async_graphql::indexmap::IndexMap::new();
        let entries = [
            ("requested", admitted.cost),
            ("actual", actual.min(admitted.cost)),
            ("limit", budget.limit),
            ("remaining", budget.remaining),
        ];
        for (key, value) in entries {
            cost.insert(async_graphql::Name::new(key), Value::from(value));
        }
        response
            .extensions
            .insert("cost".to_owned(), Value::Object(cost));
    }
}

/// What a caught panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

/// A variable the operation cannot do without. The library finds out only in the middle of
/// running, when something else has happened already.
pub(crate) fn missing_variable(operation: &Operation, sent: &Variables) -> Option<ServerError> {
    let missing = operation
        .required_variables()
        .iter()
        .find(|(name, _)| sent.get(name).is_none_or(|value| *value == Value::Null));
    let (name, pos) = missing?;
    let fault = Fault::new(
        Code::BadUserInput,
        format!("the variable ${name} is required"),
    );
    Some(fault.at(*pos).into_server_error())
}

/// An input value that the library found malformed only when the field ran (text in place of an
/// input object) is as much a fault of the request as one that it found before.
fn tell_as_request_error(response: &mut Response) {
    let errors = &mut response.errors;
    if response.data == Value::Null && errors.iter().all(is_about_an_input_value) {
        for error in errors {
            // Without paths it is told that nothing ran.
            error.path.clear();
        }
    }
}

/// The objects of an answer.
fn objects(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => fields.values().map(objects).fold(1, u64::saturating_add),
        Value::List(values) => values.iter().map(objects).fold(0, u64::saturating_add),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => 0,
    }
}

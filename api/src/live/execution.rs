//! One run of a subscription in the library: responses in, marked JSON out.

use std::panic::AssertUnwindSafe;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Response, ServerError, Value};
use axum::extract::ws::Utf8Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use super::assignment::{Assignment, Beacon, Mark, Marks, Mode};
use crate::engine::{Admitted, Engine, missing_variable, panic_text, payload};
use crate::fault::Fault;
use crate::gateway::{Consistency, Gateway, RequestId};

/// One result of a subscription, written once for all its readers.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Where it is in the log; `None` when its resolver did not say.
    pub(super) mark: Option<Mark>,
    /// `{"data": …}`; `None` when it only says how far everything was told.
    pub(crate) payload: Option<Utf8Bytes>,
}

impl Item {
    /// The position to resume from for whoever has this; `None` when it is not the last one of
    /// its position.
    pub(crate) fn resume(&self) -> Option<u64> {
        self.mark
            .filter(|mark| mark.is_complete)
            .map(|mark| mark.position)
    }
}

/// What an execution does next.
pub(super) enum Step {
    /// It yields a result.
    Result(Item),
    /// It cannot run: nothing else follows. The errors are as they were raised.
    Refused(Vec<ServerError>),
}

/// A running subscription.
pub(super) struct Execution {
    state: State,
    marks: Marks,
    request_id: RequestId,
}

enum State {
    Running(BoxStream<'static, Response>),
    Refused(Vec<ServerError>),
    Over,
}

impl Execution {
    pub(super) fn start<G: Gateway>(
        engine: &Engine<G>,
        admitted: &Admitted<G::Caller>,
        mode: Mode,
    ) -> Self {
        let (assignment, marks) = Assignment::new(mode);
        let missing = missing_variable(&admitted.operation, &admitted.variables);
        let state = if let Some(error) = missing {
            State::Refused(vec![error])
        } else {
            let request = admitted.request().data(assignment);
            let gateway = engine.gateway();
            let mut asked = admitted.asked();
            if let Mode::Live { .. } = mode {
                // Many listen: how fresh one of them wants to begin is of the others' no concern.
                asked.consistency = Consistency::default();
            }
            let attached = gateway.attach(&admitted.caller, &asked, request);
            State::Running(engine.schema().stream(attached.request))
        };
        Self {
            state,
            marks,
            request_id: admitted.request_id.clone(),
        }
    }

    /// The next step; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Step> {
        let stream = match &mut self.state {
            State::Running(stream) => stream,
            State::Refused(errors) => {
                let errors = std::mem::take(errors);
                self.state = State::Over;
                return Some(Step::Refused(errors));
            }
            State::Over => return None,
        };
        let response = match AssertUnwindSafe(stream.next()).catch_unwind().await {
            Ok(Some(response)) => response,
            Ok(None) => {
                self.state = State::Over;
                return None;
            }
            Err(panic) => {
                tracing::error!(
                    request_id = self.request_id.as_str(),
                    panic = panic_text(panic.as_ref()),
                    "a subscription panicked"
                );
                self.state = State::Over;
                return Some(Step::Refused(vec![Fault::internal().into_server_error()]));
            }
        };
        let mark = self.marks.pop();
        let mut errors = response.errors.iter();
        if errors.any(|error| error.source::<Beacon>().is_some()) {
            return Some(Step::Result(Item {
                mark,
                payload: None,
            }));
        }
        // A field that fails has the mark of its result. Without one there is no result: the
        // resolver could not begin, or its source broke. Going on would leave a gap.
        let has_failed = response.data == Value::Null && !response.errors.is_empty();
        if has_failed && mark.is_none() {
            self.state = State::Over;
            return Some(Step::Refused(response.errors));
        }
        Some(Step::Result(self.write(response, mark)))
    }

    fn write(&self, mut response: Response, mark: Option<Mark>) -> Item {
        if let Some(mark) = mark.filter(|mark| mark.is_complete) {
            let position = Value::from(mark.position.to_string());
            let consistency = IndexMap::from_iter([(Name::new("position"), position)]);
            response
                .extensions
                .insert("consistency".to_owned(), Value::Object(consistency));
        }
        Item {
            mark,
            payload: Some(payload(response, &self.request_id).into()),
        }
    }
}

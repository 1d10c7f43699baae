//! What one subscriber gets, from its first result to its last, across groups and catch-ups.

use std::sync::Arc;

use async_graphql::{Name, ServerError};
use metrics::{counter, gauge};

use super::assignment::Mode;
use super::execution::{Execution, Item, Step};
use super::group::{Heard, Member};
use super::groups::GroupKey;
use super::ring::End;
use crate::engine::{Admitted, Engine, position};
use crate::fault::polish;
use crate::gateway::{Gateway, Sharing};
use crate::guard::Cursor;

/// What a subscriber gets next.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// A result.
    Next(Item),
    /// It could not run; nothing follows. The errors are fit for the client.
    Failed(Vec<ServerError>),
    /// The end; nothing follows.
    Done,
    /// It reads too slowly; it must come back with its position.
    Overrun,
}

/// One subscription of one subscriber. Nothing happens unless it is read.
pub(crate) struct Feed<G: Gateway> {
    engine: Engine<G>,
    admitted: Admitted<G::Caller>,
    stage: Stage,
    /// Everything up to this position was delivered.
    reached: Option<u64>,
    /// Results delivered beyond it, of a position that was not complete.
    partial: u32,
    /// Results to leave out, since they were delivered before.
    skip: u32,
    strikes: u32,
}

enum Stage {
    /// To be entered, first or again.
    Outside,
    /// An execution of its own, without end.
    Alone(Box<Execution>),
    /// An execution of its own up to a position, with a place in the group behind it.
    CatchUp {
        execution: Box<Execution>,
        member: Member,
        up_to: u64,
    },
    /// In the group.
    Live(Member),
    Over,
}

impl<G: Gateway> Feed<G> {
    /// A subscription that begins after the position its operation names, or after
    /// `last_event_id` when that is given.
    pub(crate) fn new(
        engine: Engine<G>,
        admitted: Admitted<G::Caller>,
        last_event_id: Option<u64>,
    ) -> Self {
        gauge!("daybook_subscriptions_open", "transport" => admitted.transport.as_str())
            .increment(1);
        let reached = last_event_id.or_else(|| sent_position(&admitted));
        Self {
            engine,
            admitted,
            stage: Stage::Outside,
            reached,
            partial: 0,
            skip: 0,
            strikes: 0,
        }
    }

    /// Waits for the next delivery. Dropping the wait loses nothing.
    pub(crate) async fn next(&mut self) -> Delivery {
        loop {
            match &mut self.stage {
                Stage::Outside => self.enter(),
                Stage::Over => return Delivery::Done,
                Stage::Alone(execution) => {
                    let step = execution.next().await;
                    if let Some(delivery) = self.step(step) {
                        return delivery;
                    }
                }
                Stage::CatchUp { execution, .. } => match execution.next().await {
                    None => self.go_live(),
                    step => {
                        if let Some(delivery) = self.step(step) {
                            return delivery;
                        }
                    }
                },
                Stage::Live(member) => {
                    let heard = member.next().await;
                    if let Some(delivery) = self.hear(heard) {
                        return delivery;
                    }
                }
            }
        }
    }

    /// Finds the way in: alone, through a catch-up, or straight into the group.
    fn enter(&mut self) {
        self.skip = self.partial;
        let field = self
            .admitted
            .operation
            .subscribed_field()
            .unwrap_or_default();
        let caller = &self.admitted.caller;
        let cursor = match self.admitted.operation.cursor() {
            Cursor::Variable(name) => Some(name),
            Cursor::Absent | Cursor::Literal(_) | Cursor::Entangled(_) => None,
        };
        let is_entangled = matches!(self.admitted.operation.cursor(), Cursor::Entangled(_));
        self.stage = match self.engine.gateway().sharing(caller, field) {
            Sharing::Shared { class, has_opening } if !is_entangled => {
                let key = GroupKey::new(&self.admitted, cursor, class);
                self.enter_group(key, has_opening)
            }
            Sharing::Shared { .. } | Sharing::Alone => {
                let mode = Mode::Whole {
                    after: self.reached,
                };
                Stage::Alone(Box::new(self.execute(mode)))
            }
        };
    }

    fn enter_group(&mut self, key: GroupKey, has_opening: bool) -> Stage {
        let from = self.engine.gateway().position(&self.admitted.caller);
        let groups = self.engine.groups();
        let (mut member, position) = groups.join((key, from), |group| {
            let execution = Execution::start(&self.engine, &self.admitted, Mode::Live { from });
            let rights_end = self.engine.gateway().rights_end(&self.admitted.caller);
            let drive = Arc::clone(group).drive((execution, rights_end), Arc::clone(groups));
            self.engine.tasks().spawn(drive);
        });
        match self.reached {
            // What has an opening also says when it has caught up: only an execution of its own does.
            Some(reached) if !has_opening && member.seek(reached) => return Stage::Live(member),
            None if !has_opening => {
                self.reached = Some(position);
                return Stage::Live(member);
            }
            Some(_) | None => {}
        }
        counter!("daybook_subscription_catch_ups_total").increment(1);
        let mode = Mode::CatchUp {
            after: self.reached,
            up_to: position,
        };
        Stage::CatchUp {
            execution: Box::new(self.execute(mode)),
            member,
            up_to: position,
        }
    }

    fn execute(&self, mode: Mode) -> Execution {
        Execution::start(&self.engine, &self.admitted, mode)
    }

    /// From the catch-up into the group.
    fn go_live(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        if let Stage::CatchUp { member, up_to, .. } = stage {
            self.reached = self.reached.max(Some(up_to));
            self.partial = 0;
            self.skip = 0;
            self.stage = Stage::Live(member);
        }
    }

    /// Takes a step of an execution of its own.
    fn step(&mut self, step: Option<Step>) -> Option<Delivery> {
        match step {
            Some(Step::Result(item)) => self.deliver(item),
            Some(Step::Refused(errors)) => Some(self.fail(errors)),
            None => Some(self.finish(Delivery::Done)),
        }
    }

    /// Takes what the group has.
    fn hear(&mut self, heard: Heard) -> Option<Delivery> {
        match heard {
            Heard::Item(item) => {
                if let Stage::Live(member) = &mut self.stage {
                    member.tell_lag();
                    if std::mem::take(&mut member.is_level) {
                        self.strikes = 0;
                    }
                }
                let is_known = item
                    .mark
                    .is_some_and(|mark| Some(mark.position) <= self.reached);
                if is_known { None } else { self.deliver(item) }
            }
            Heard::Behind => {
                self.strikes = self.strikes.saturating_add(1);
                self.stage = Stage::Outside;
                let is_hopeless = self.strikes > self.engine.settings().live.strikes;
                is_hopeless.then(|| self.finish(Delivery::Overrun))
            }
            Heard::Ended(End::Renew) => {
                self.stage = Stage::Outside;
                None
            }
            Heard::Ended(End::Complete) => Some(self.finish(Delivery::Done)),
            Heard::Ended(End::Refused(errors)) => Some(self.fail(errors)),
        }
    }

    /// Delivers a result, unless it was delivered before.
    fn deliver(&mut self, item: Item) -> Option<Delivery> {
        if self.skip > 0 && item.payload.is_some() {
            self.skip -= 1;
            return None;
        }
        match item.resume() {
            Some(position) => {
                self.reached = self.reached.max(Some(position));
                self.partial = 0;
            }
            None => self.partial = self.partial.saturating_add(1),
        }
        Some(Delivery::Next(item))
    }

    fn fail(&mut self, mut errors: Vec<ServerError>) -> Delivery {
        polish(&mut errors, self.admitted.request_id.as_str());
        self.finish(Delivery::Failed(errors))
    }

    fn finish(&mut self, last: Delivery) -> Delivery {
        self.stage = Stage::Over;
        last
    }
}

impl<G: Gateway> Drop for Feed<G> {
    fn drop(&mut self) {
        gauge!("daybook_subscriptions_open", "transport" => self.admitted.transport.as_str())
            .decrement(1);
    }
}

/// The position the operation itself resumes from; `None` also for what is none, which the schema
/// tells.
fn sent_position<C>(admitted: &Admitted<C>) -> Option<u64> {
    use async_graphql_value::{ConstValue, Value};
    let number = |number: &async_graphql::Number| number.as_u64();
    let variable = |name: &Name| match admitted.variables.get(name)? {
        ConstValue::String(text) => position(text).ok(),
        ConstValue::Number(value) => number(value),
        _ => None,
    };
    match admitted.operation.cursor() {
        Cursor::Variable(name) | Cursor::Entangled(name) => variable(name),
        Cursor::Literal(Value::String(text)) => position(text).ok(),
        Cursor::Literal(Value::Number(value)) => number(value),
        Cursor::Absent | Cursor::Literal(_) => None,
    }
}

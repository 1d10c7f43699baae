//! Fields that succeed, fail, take long, panic and never end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::{
    ComplexObject, Context, Error, ID, Object, Result, Schema, SimpleObject, Subscription,
};
use daybook_api::engine::harden;
use daybook_api::fault::{Code, Fault};
use daybook_api::live::{Assignment, Mark, Mode};
use futures::{Stream, StreamExt};

use super::Log;
use super::gateway::{MinPosition, Person};

pub(crate) type ToySchema = Schema<Query, Mutation, Live>;

pub(crate) fn schema() -> ToySchema {
    harden(Schema::build(Query, Mutation, Live)).finish()
}

pub(crate) struct Query;

/// One event.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct Event {
    position: String,
    text: String,
}

#[ComplexObject]
impl Event {
    async fn echo(&self, text: Option<String>) -> Option<String> {
        text
    }
}

struct Node;

#[Object]
impl Node {
    async fn id(&self) -> ID {
        "n".into()
    }
    async fn child(&self) -> Node {
        Node
    }
    async fn nodes(&self, first: Option<i32>) -> Vec<Node> {
        (0..first.unwrap_or(2)).map(|_| Node).collect()
    }
}

struct Page(i32);

#[Object]
impl Page {
    async fn nodes(&self) -> Vec<Node> {
        (0..self.0).map(|_| Node).collect()
    }
}

#[Object]
impl Query {
    async fn hello(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("hello {}", ctx.data::<Person>()?.0))
    }
    async fn echo(&self, text: Option<String>) -> Option<String> {
        text
    }
    async fn number(&self, n: i32) -> i32 {
        n
    }
    async fn node(&self, id: ID) -> Option<Node> {
        (id == "n").then_some(Node)
    }
    async fn page(&self, first: Option<i32>) -> Page {
        Page(first.unwrap_or(50))
    }
    async fn min_position(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx
            .data::<MinPosition>()?
            .0
            .map(|position| position.to_string()))
    }
    async fn slow(&self, ms: u64) -> u64 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        ms
    }
    async fn panic(&self, #[graphql(default)] calm: bool) -> bool {
        assert!(calm, "secret of the panic");
        calm
    }
    async fn internal(&self) -> Option<Result<i32>> {
        Some(Err(std::io::Error::other("secret of the database").into()))
    }
    async fn internal_required(&self) -> Result<i32> {
        Err(Error::new("secret without a code"))
    }
    async fn stale(&self) -> Option<Result<i32>> {
        let fault = Fault::new(Code::ConsistencyTimeout, "the list is behind: try again");
        Some(Err(fault.retry_after(Duration::from_millis(1_200)).into()))
    }
    async fn stale_required(&self) -> Result<i32> {
        Err(Fault::new(
            Code::ConsistencyTimeout,
            "the list is behind: try again",
        ))?
    }
    async fn bytes(&self, n: usize) -> String {
        "x".repeat(n)
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn add(&self, ctx: &Context<'_>, text: String) -> Result<String> {
        Ok(ctx.data::<Arc<Log>>()?.add(text).to_string())
    }
    async fn slow_add(&self, ctx: &Context<'_>, ms: u64) -> Result<String> {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok(ctx.data::<Arc<Log>>()?.add("slow").to_string())
    }
}

pub(crate) struct Live;

#[Subscription(name = "Subscription")]
impl Live {
    /// Every event, one result each.
    async fn events(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        #[graphql(default)] padding: usize,
    ) -> Result<impl Stream<Item = Event> + use<>> {
        let _ = after;
        let assignment = ctx.data::<Assignment>()?.clone();
        let results = marked(ctx, assignment.mode())?.map(move |(position, text)| {
            let text = text + &"x".repeat(padding);
            (
                Mark::complete(position),
                Event {
                    position: position.to_string(),
                    text,
                },
            )
        });
        Ok(assignment.stamp(results))
    }

    /// Two results for each event.
    async fn pairs(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Event> + use<>> {
        let _ = after;
        let assignment = ctx.data::<Assignment>()?.clone();
        let results = marked(ctx, assignment.mode())?.flat_map(|(position, text)| {
            let half = |mark, half: &str| {
                (
                    mark,
                    Event {
                        position: position.to_string(),
                        text: format!("{text}{half}"),
                    },
                )
            };
            let halves = [
                half(Mark::partial(position), "a"),
                half(Mark::complete(position), "b"),
            ];
            futures::stream::iter(halves)
        });
        Ok(assignment.stamp(results))
    }

    /// The present state first: the number of events; then every event.
    async fn items(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Event> + use<>> {
        let _ = after;
        let assignment = ctx.data::<Assignment>()?.clone();
        let head = ctx.data::<Arc<Log>>()?.head();
        let opening = match assignment.mode() {
            Mode::Whole { after: None } | Mode::CatchUp { after: None, .. } => Some(head),
            Mode::Whole { .. } | Mode::CatchUp { .. } | Mode::Live { .. } => None,
        };
        let first = opening.map(|head| {
            let text = format!("{head} so far");
            (
                Mark::complete(head),
                Event {
                    position: head.to_string(),
                    text,
                },
            )
        });
        let mode = match (assignment.mode(), opening) {
            (Mode::CatchUp { up_to, .. }, Some(head)) => Mode::CatchUp {
                after: Some(head.max(up_to)),
                up_to,
            },
            (Mode::Whole { .. }, Some(head)) => Mode::Whole { after: Some(head) },
            (mode, _) => mode,
        };
        let rest = marked(ctx, mode)?.map(|(position, text)| {
            (
                Mark::complete(position),
                Event {
                    position: position.to_string(),
                    text,
                },
            )
        });
        Ok(assignment.stamp(futures::stream::iter(first).chain(rest)))
    }

    /// Counts as fast as it can.
    async fn ticks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] padding: usize,
    ) -> Result<impl Stream<Item = String> + use<>> {
        let assignment = ctx.data::<Assignment>()?.clone();
        let ticks = futures::stream::unfold(0_u64, move |n| async move {
            tokio::task::yield_now().await;
            Some((
                (Mark::complete(n), format!("{n}{}", "x".repeat(padding))),
                n + 1,
            ))
        });
        Ok(assignment.stamp(ticks))
    }

    /// Three results, then the end.
    async fn three(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = i32> + use<>> {
        let assignment = ctx.data::<Assignment>()?.clone();
        let from = match assignment.mode() {
            Mode::Live { from } => from,
            Mode::Whole { .. } | Mode::CatchUp { .. } => 0,
        };
        let three = (1..=3).map(move |n: i32| (Mark::complete(from + n as u64), n));
        Ok(assignment.stamp(futures::stream::iter(three)))
    }

    /// Cannot be subscribed to.
    async fn refused(&self) -> Result<futures::stream::Empty<i32>> {
        Err(Fault::new(Code::Forbidden, "this is not for you"))?
    }

    /// Panics after one result.
    async fn broken(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = i32> + use<>> {
        let assignment = ctx.data::<Assignment>()?.clone();
        let results = (1..=2).map(|n| {
            assert!(n < 2, "secret of the panic");
            (Mark::complete(1_000), n)
        });
        Ok(assignment.stamp(futures::stream::iter(results)))
    }
}

/// The events that are wanted; counts who reads.
fn marked(
    ctx: &Context<'_>,
    mode: Mode,
) -> Result<impl Stream<Item = (u64, String)> + Send + use<>> {
    let log = Arc::clone(ctx.data::<Arc<Log>>()?);
    let (after, up_to, is_live) = match mode {
        Mode::Whole { after } => (after.unwrap_or_else(|| log.head()), None, false),
        Mode::CatchUp { after, up_to } => {
            log.catch_ups.fetch_add(1, Ordering::SeqCst);
            (after.unwrap_or(up_to), Some(up_to), false)
        }
        Mode::Live { from } => (from, None, true),
    };
    let guard = is_live.then(|| Counted::new(Arc::clone(&log)));
    Ok(log.read(after, up_to).inspect(move |_| {
        if let Some(guard) = &guard {
            guard.0.written.fetch_add(1, Ordering::SeqCst);
        }
    }))
}

struct Counted(Arc<Log>);

impl Counted {
    fn new(log: Arc<Log>) -> Self {
        log.live.fetch_add(1, Ordering::SeqCst);
        Self(log)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::SeqCst);
    }
}

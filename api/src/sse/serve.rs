//! What a request to `/graphql/stream` leads to.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use futures::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;

use super::channel::{Channel, Source};
use crate::engine::{Admitted, Ask, Engine, Rejected, position};
use crate::fault::{Code, Fault};
use crate::gateway::{Gateway, RequestId, Transport};
use crate::http::{
    Exchange, Media, accepts_events, budget_headers, check, min_position, read_params, who,
};
use crate::live::Feed;

/// Opens an event stream for one operation.
pub(crate) async fn serve<G: Gateway>(
    State(engine): State<Engine<G>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let exchange = Exchange {
        request_id: RequestId::of(&parts),
        media: Media::Response,
        allowed: "GET, POST",
    };
    match open(&engine, (&parts, body), &exchange).await {
        Ok(response) => response,
        Err(rejected) => {
            let is_known = parts.method == Method::GET || parts.method == Method::POST;
            let allowed = if is_known { "POST" } else { exchange.allowed };
            Exchange {
                allowed,
                ..exchange
            }
            .refuse(rejected)
        }
    }
}

async fn open<G: Gateway>(
    engine: &Engine<G>,
    (parts, body): (&Parts, Body),
    exchange: &Exchange,
) -> Result<Response, Rejected> {
    check(parts, engine)?;
    if !accepts_events(&parts.headers) {
        return Err(Fault::new(Code::NotAcceptable, "answers are text/event-stream").into());
    }
    let permit = enter(engine)?;
    let caller = who(engine, parts).await?;
    let last_event_id = last_event_id(&parts.headers)?;
    let params = read_params(engine, (parts, body)).await?;
    let ask = Ask {
        caller: caller.clone(),
        params,
        request_id: exchange.request_id.clone(),
        transport: Transport::EventStream,
        min_position: min_position(&parts.headers)?,
        is_safe: parts.method == Method::GET,
    };
    let admitted = engine.admit(ask).await?;
    let budget = budget_headers(&admitted.budget);
    let source = source(engine, admitted, last_event_id).await;
    let channel = Channel::new(engine, (source, &caller), permit);
    let mut response = stream(channel);
    let headers = response.headers_mut();
    headers.extend(budget.map(|(name, value)| (name, HeaderValue::from(value))));
    if let Some(id) = exchange.request_id.to_header() {
        headers.insert(RequestId::HEADER, id);
    }
    Ok(response)
}

/// Takes a place among the open connections.
fn enter<G: Gateway>(engine: &Engine<G>) -> Result<OwnedSemaphorePermit, Fault> {
    let refuse = |text| Fault::new(Code::Overloaded, text).retry_after(Duration::from_secs(1));
    if engine.drain().is_cancelled() {
        return Err(refuse("the server is stopping: connect again"));
    }
    let permit = Arc::clone(engine.connections()).try_acquire_owned();
    permit.map_err(|_| refuse("too many connections are open: try again later"))
}

async fn source<G: Gateway>(
    engine: &Engine<G>,
    admitted: Admitted<G::Caller>,
    last_event_id: Option<u64>,
) -> Source<G> {
    if admitted.kind() == OperationType::Subscription {
        Source::Feed(Box::new(Feed::new(engine.clone(), admitted, last_event_id)))
    } else {
        Source::Answer(Box::new(engine.run(&admitted).await))
    }
}

fn stream<G: Gateway>(channel: Channel<G>) -> Response {
    let pieces = unfold(channel, |mut channel| async move {
        channel
            .next()
            .await
            .map(|piece| (Ok::<_, Infallible>(piece), channel))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Tells nginx to pass events on as they come.
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    response
}

/// The position a browser that reconnects has seen.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
    let sent = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or("?"));
    sent.filter(|sent| !sent.is_empty())
        .map(position)
        .transpose()
}

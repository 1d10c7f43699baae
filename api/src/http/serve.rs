//! What a request to `/graphql` leads to.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::UPGRADE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::media::{Media, require_json};
use super::{Exchange, body};
use crate::engine::{Ask, Engine, Params, Rejected, position};
use crate::fault::{Code, Fault};
use crate::gateway::{Credentials, Gateway, RequestId, Transport};

/// Answers one request: a query or mutation, or the opening of a socket.
pub(super) async fn serve<G: Gateway>(
    State(engine): State<Engine<G>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    answer(&engine, parts, body).await
}

async fn answer<G: Gateway>(engine: &Engine<G>, parts: Parts, body: Body) -> Response {
    let request_id = RequestId::of(&parts);
    let exchange = Exchange {
        request_id,
        media: Media::Json,
        allowed: "GET, POST",
    };
    if wants_socket(&parts) {
        return crate::ws::open(engine, parts, &exchange).await;
    }
    let media = match Media::negotiate(&parts.headers) {
        Ok(media) => media,
        Err(fault) => return exchange.refuse(fault),
    };
    let exchange = Exchange { media, ..exchange };
    match run(engine, (&parts, body), &exchange).await {
        Ok(response) => response,
        Err(rejected) => {
            let is_mutation = parts.method == Method::GET;
            let allowed = if is_mutation {
                "POST"
            } else {
                exchange.allowed
            };
            Exchange {
                allowed,
                ..exchange
            }
            .refuse(rejected)
        }
    }
}

async fn run<G: Gateway>(
    engine: &Engine<G>,
    (parts, body): (&Parts, Body),
    exchange: &Exchange,
) -> Result<Response, Rejected> {
    // The caller comes before the body: strangers do not get to fill our memory.
    check(parts, engine)?;
    let caller = who(engine, parts).await?;
    let params = read_params(engine, (parts, body)).await?;
    let ask = Ask {
        caller,
        params,
        request_id: exchange.request_id.clone(),
        transport: Transport::Http,
        min_position: min_position(&parts.headers)?,
        is_safe: parts.method == Method::GET,
    };
    let admitted = engine.admit(ask).await?;
    Ok(exchange.reply(&engine.run(&admitted).await))
}

/// Says who sends a request.
///
/// # Errors
/// `UNAUTHENTICATED` or `FORBIDDEN`.
pub(crate) async fn who<G: Gateway>(engine: &Engine<G>, parts: &Parts) -> Result<G::Caller, Fault> {
    let credentials = Credentials {
        headers: &parts.headers,
        init: None,
        peer: peer(parts),
    };
    engine.gateway().authenticate(credentials).await
}

/// The address a connection comes from.
pub(crate) fn peer(parts: &Parts) -> Option<IpAddr> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip())
}

/// Checks what the head of a request says: method, address, media type.
///
/// # Errors
/// `METHOD_NOT_ALLOWED`, `URI_TOO_LONG`, `UNSUPPORTED_MEDIA_TYPE`.
pub(crate) fn check<G: Gateway>(parts: &Parts, engine: &Engine<G>) -> Result<(), Fault> {
    if parts.method != Method::GET && parts.method != Method::POST {
        return Err(Fault::new(Code::MethodNotAllowed, "send GET or POST"));
    }
    let limit = engine.settings().uri_bytes;
    let length = parts
        .uri
        .path_and_query()
        .map_or(0, |uri| uri.as_str().len());
    if length > limit {
        let text = format!("an address may have {limit} bytes: use POST");
        return Err(Fault::new(Code::UriTooLong, text));
    }
    require_json(&parts.headers, parts.method == Method::POST)
}

/// Reads the parameters from the address or the body.
///
/// # Errors
/// `BAD_REQUEST`, `PAYLOAD_TOO_LARGE`, `TIMEOUT`.
pub(crate) async fn read_params<G: Gateway>(
    engine: &Engine<G>,
    (parts, body): (&Parts, Body),
) -> Result<Params, Fault> {
    if parts.method == Method::GET {
        return Params::from_query(parts.uri.query().unwrap_or_default());
    }
    let bytes = body::read((&parts.headers, body), engine.settings()).await?;
    Params::from_json(&bytes)
}

/// The position that `X-Min-Position` asks for.
///
/// # Errors
/// `BAD_USER_INPUT` when it is none.
pub(crate) fn min_position(headers: &HeaderMap) -> Result<Option<u64>, Fault> {
    let header = headers.get("x-min-position");
    header
        .map(|value| position(value.to_str().unwrap_or_default()))
        .transpose()
}

fn wants_socket(parts: &Parts) -> bool {
    let upgrade = parts
        .headers
        .get(UPGRADE)
        .and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

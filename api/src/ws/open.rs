//! How a socket is opened.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::socket::Socket;
use crate::engine::Engine;
use crate::fault::{Code, Fault};
use crate::gateway::Gateway;
use crate::http::{Exchange, peer};

/// The one protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// Bytes read at once. The library sets aside as much for each socket and clears it before each
/// read, and most messages of a client are a short pong.
const READ_BUFFER: usize = 4_096;

/// Opens a socket, or says why not.
pub(crate) async fn open<G: Gateway>(
    engine: &Engine<G>,
    mut parts: Parts,
    exchange: &Exchange,
) -> Response {
    let settings = engine.settings();
    if !may_connect(&parts.headers, &settings.origins) {
        let text = "pages of this origin may not open a socket: add it to the allowed origins";
        return exchange.refuse(Fault::new(Code::Forbidden, text));
    }
    let permit = match Arc::clone(engine.connections()).try_acquire_owned() {
        Ok(permit) if !engine.drain().is_cancelled() => permit,
        Ok(_) | Err(_) => {
            let text = "no more connections are taken now: try again";
            let fault = Fault::new(Code::Overloaded, text).retry_after(Duration::from_secs(1));
            return exchange.refuse(fault);
        }
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    // A message somewhat too large is still read, so that it can be refused by name.
    let limit = settings.socket.message_bytes.saturating_mul(2);
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .max_message_size(limit)
        .max_frame_size(limit);
    let speaks_ours = upgrade.selected_protocol().is_some();
    let socket = Socket::new(engine.clone(), parts.headers.clone(), peer(&parts));
    let counted = engine.tasks().token();
    upgrade.on_upgrade(move |connection: WebSocket| async move {
        socket.run(connection, speaks_ours).await;
        drop((permit, counted));
    })
}

/// Browsers send cookies along with a socket that any page opens: only pages we know may.
fn may_connect(headers: &HeaderMap, origins: &[String]) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(origin) = text(&ORIGIN) else {
        return true;
    };
    let is_listed = origins
        .iter()
        .any(|listed| listed.eq_ignore_ascii_case(origin));
    is_listed || text(&HOST).is_some_and(|host| is_same_host(origin, host))
}

fn is_same_host(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    let Ok(own) = Url::parse(&format!("{}://{host}", origin.scheme())) else {
        return false;
    };
    origin.host() == own.host()
        && origin.host().is_some()
        && origin.port_or_known_default() == own.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_pages_of_its_own_and_of_the_list() {
        let listed = ["https://app.example.com".to_owned()];
        let may = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            may_connect(&headers, &listed)
        };
        assert!(may(None, "api.example.com"));
        assert!(may(Some("https://app.example.com"), "api.example.com"));
        assert!(may(Some("http://127.0.0.1:8080"), "127.0.0.1:8080"));
        assert!(may(Some("https://api.example.com"), "api.example.com"));
        assert!(!may(Some("https://evil.example.com"), "api.example.com"));
        assert!(!may(Some("http://127.0.0.1:9090"), "127.0.0.1:8080"));
        assert!(!may(Some("null"), "api.example.com"));
        assert!(!may(
            Some("https://app.example.com.evil.com"),
            "api.example.com"
        ));
    }
}

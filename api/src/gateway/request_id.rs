//! By which id logs, errors and the client speak of one request.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The id of one request: the client's own when it sends a usable one, else a new one.
///
/// A middleware that has an id already puts one of these into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The header that carries it, both ways.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// A new id.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge where request ids are minted"
    )]
    pub fn mint() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// The id of a request that has arrived.
    pub fn of(parts: &Parts) -> Self {
        if let Some(known) = parts.extensions.get::<Self>() {
            return known.clone();
        }
        let sent = parts
            .headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok());
        match sent.filter(|sent| is_usable(sent)) {
            Some(sent) => Self(sent.into()),
            None => Self::mint(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the value of its header.
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

/// Short, and nothing that could break a line of a log.
fn is_usable(sent: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&sent.len()) && sent.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn of(header: Option<&str>) -> String {
        let mut request = Request::builder();
        if let Some(header) = header {
            request = request.header("x-request-id", header);
        }
        RequestId::of(&request.body(()).unwrap().into_parts().0)
            .as_str()
            .to_owned()
    }

    #[test]
    fn keeps_a_plain_id_and_replaces_any_other() {
        assert_eq!(of(Some("abc-1")), "abc-1");
        for bad in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert_eq!(of(Some(bad)).len(), 36, "{bad}");
        }
        assert_eq!(of(None).len(), 36);
    }
}

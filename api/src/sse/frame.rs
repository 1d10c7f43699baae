//! How events are written on the wire.

use async_graphql::ServerError;
use bytes::Bytes;

/// The first thing on a stream: how long to wait before coming back, in milliseconds.
pub(super) const RETRY: &str = "retry: 1000\n\n";

/// Keeps proxies from taking a quiet stream for a dead one.
pub(super) const COMMENT: &str = ":\n\n";

/// The end of the operation. The empty `data` makes browsers see it.
pub(super) const COMPLETE: &str = "event: complete\ndata:\n\n";

/// How far everything was told: an `id` without data raises no event in a browser, and is what it
/// comes back with.
pub(super) fn beacon(position: Option<u64>) -> Bytes {
    match position {
        Some(position) => Bytes::from(format!("id: {position}\n\n")),
        None => Bytes::from_static(COMMENT.as_bytes()),
    }
}

/// One result. JSON as we write it has no line breaks.
pub(super) fn next(payload: &str, position: Option<u64>) -> Bytes {
    let mut frame = String::with_capacity(payload.len().saturating_add(48));
    if let Some(position) = position {
        frame.push_str("id: ");
        frame.push_str(&position.to_string());
        frame.push('\n');
    }
    frame.push_str("event: next\ndata: ");
    frame.push_str(payload);
    frame.push_str("\n\n");
    Bytes::from(frame)
}

/// The errors of an operation that could not run, and its end.
pub(super) fn failed(errors: &[ServerError]) -> Bytes {
    let errors = serde_json::json!({ "errors": errors }).to_string();
    let mut frame = next(&errors, None).to_vec();
    frame.extend_from_slice(COMPLETE.as_bytes());
    Bytes::from(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_an_event_with_and_without_a_position() {
        assert_eq!(next("{}", Some(7)), "id: 7\nevent: next\ndata: {}\n\n");
        assert_eq!(next("{}", None), "event: next\ndata: {}\n\n");
        assert_eq!(beacon(Some(7)), "id: 7\n\n");
    }
}

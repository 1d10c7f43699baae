//! `checkpoint`, `proof`, `consistency` and `keys`: texts that prove something without us.

use std::fmt::Write;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_store::audit::Included;
use serde::Deserialize;
use uuid::Uuid;

use super::admission::{Admitted, nothing_here};
use crate::fault::{Code, Fault};
use crate::identity::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    event: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sizes {
    from: u64,
    to: Option<u64>,
}

/// `GET checkpoint`: the newest, as a C2SP signed note.
pub(super) async fn checkpoint(admitted: Admitted) -> Result<Response, Problem> {
    let last = admitted.log().checkpoint(None).await?;
    Ok(text(last.ok_or_else(not_sealed)?.note))
}

/// `GET keys`: verifier keys, one a line, the oldest first: every key that ever signed.
pub(super) async fn keys(admitted: Admitted) -> Result<Response, Problem> {
    let keys = admitted.log().keys().await?;
    if keys.is_empty() {
        return Err(not_sealed());
    }
    let lines = keys.iter().map(|key| format!("{key}\n"));
    Ok(text(lines.collect()))
}

/// `GET proof?event=`: that an event is in the tree of the newest checkpoint, as
/// `c2sp.org/tlog-proof@v1`.
pub(super) async fn proof(
    admitted: Admitted,
    asked: Result<Query<Event>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Event { event }) = asked.map_err(|_| malformed("?event=<id of an event>"))?;
    let id = event.strip_prefix("event_").unwrap_or(&event);
    let id = Uuid::try_parse(id).map_err(|_| malformed("?event=<id of an event>"))?;
    match admitted.log().inclusion(id).await? {
        Included::Proved(proof) => Ok(text(proof.to_string())),
        Included::NotYet => Err(not_sealed()),
        Included::Unknown => Err(nothing_here()),
        Included::Altered { position } => Err(altered(
            &admitted,
            &format!("the event at position {position} is not the one that was sealed there"),
        )),
    }
}

/// `GET consistency?from=&to=`: that the tree of the checkpoint of `to` events, or of the newest,
/// begins with the one of `from` events. The form is what a C2SP witness takes: `old` and the
/// older size, the hashes in base64, an empty line, the newer checkpoint.
pub(super) async fn consistency(
    admitted: Admitted,
    asked: Result<Query<Sizes>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Sizes { from, to }) = asked.map_err(|_| malformed("?from=<size>&to=<size>"))?;
    let newer = admitted.log().checkpoint(to).await?;
    let newer = newer.ok_or_else(|| to.map_or_else(not_sealed, not_signed))?;
    if from > newer.head.size {
        let text = format!(
            "from is {from}; it may be {} at most, the size of the newer tree",
            newer.head.size
        );
        return Err(Fault::new(Code::BadRequest, text).into());
    }
    let proof = admitted.log().consistency(from, &newer).await?;
    let proof = proof
        .ok_or_else(|| altered(&admitted, "the sealed tree is not the one that was signed"))?;
    let mut body = format!("old {from}\n");
    for hash in proof {
        // Writing to text cannot fail.
        let written = writeln!(body, "{}", STANDARD.encode(hash));
        debug_assert!(written.is_ok());
    }
    body.push('\n');
    body.push_str(&newer.note);
    Ok(text(body))
}

fn text(body: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(CONTENT_TYPE, kind)], body).into_response()
}

fn malformed(expected: &str) -> Problem {
    Fault::new(Code::BadRequest, format!("expected {expected}")).into()
}

fn not_sealed() -> Problem {
    let text = "this is not sealed yet; ask again in a moment";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NOT_SEALED_YET", text)
}

fn not_signed(size: u64) -> Problem {
    let text =
        format!("no checkpoint of {size} events was signed; leave `to` out to ask for the newest");
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", text)
}

/// Somebody changed the database past all rules: whoever asks for proofs is who must hear it.
fn altered(admitted: &Admitted, what: &str) -> Problem {
    tracing::error!(tenant = %admitted.tenant(), what, "a proof does not hold");
    let text = format!("{what}: the database was changed");
    Problem::new(StatusCode::CONFLICT, "SEAL_BROKEN", text)
}

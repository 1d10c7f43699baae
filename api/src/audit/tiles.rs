//! `tile/…`: the tree itself, as C2SP tlog-tiles, and the leaves under it.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use daybook_audit::tile::Tile;
use serde::Deserialize;

use super::admission::{Admitted, nothing_here};
use crate::identity::Problem;

/// A full tile never changes. In the reader's own cache alone: it is not public.
const FULL: &str = "private, max-age=31536000, immutable";
/// A partial one does not either, but a wider one will take its place.
const PARTIAL: &str = "private, max-age=60";

#[derive(Debug, Deserialize)]
pub(super) struct Place {
    place: String,
}

/// `GET tile/<level>/<index>[.p/<width>]`: hashes, 32 bytes each. `GET tile/entries/…`: canonical
/// leaves, each with its length before it in two bytes.
pub(super) async fn tile(
    admitted: Admitted,
    Path(Place { place }): Path<Place>,
) -> Result<Response, Problem> {
    let (entries, path) = match place.strip_prefix("entries/") {
        Some(rest) => (true, format!("tile/0/{rest}")),
        None => (false, format!("tile/{place}")),
    };
    let tile: Tile = path.parse().map_err(|_| nothing_here())?;
    let found = if entries {
        admitted.log().entries(tile).await?
    } else {
        admitted.log().tile(tile).await?
    };
    let bytes = found.ok_or_else(nothing_here)?;
    let kept = if tile.is_partial() { PARTIAL } else { FULL };
    let kind = HeaderValue::from_static("application/octet-stream");
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    Ok((headers, bytes).into_response())
}

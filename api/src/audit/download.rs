//! `exports/{id}`: the archive itself, whole or in parts.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use async_graphql::ID;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::audit::export::{Archive, Export, HandOut};
use daybook_domain::kernel::{ExportId, TenantId};
use futures::stream::try_unfold;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::admission::{Admitted, nothing_here};
use super::range::{Part, part};
use crate::fault::Fault;
use crate::graphql::decode_id;
use crate::identity::Problem;

/// Bytes read at a time.
const CHUNK: u64 = 64 * 1_024;
/// RFC 9530.
const REPR_DIGEST: &str = "repr-digest";

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    id: String,
}

/// `GET exports/<id>`: the archive of an export that is ready. Parts of it can be asked for by
/// `Range`; its digest is in `Repr-Digest` and names it in `ETag`, for `If-Range`. That somebody
/// fetches it is in the history before the first byte is on its way.
pub(super) async fn download(
    admitted: Admitted,
    method: Method,
    Path(Named { id }): Path<Named>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let id: ExportId = decode_id(&ID(id)).map_err(|_| nothing_here())?;
    let archive = kept(&admitted, id).await?;
    let path = place(&admitted, id);
    let opened = File::open(&path).await;
    let file = opened.map_err(|error| missing(&admitted, id, &error))?;
    let length = file.metadata().await.map_or(0, |found| found.len());
    if length != archive.bytes {
        let error = io::Error::other("it has another length than when it was made");
        return Err(missing(&admitted, id, &error));
    }
    let tag = format!("\"{}\"", archive.sha256);
    let is_same = text(&asked, &IF_RANGE).is_none_or(|wanted| wanted == tag);
    let range = text(&asked, &RANGE).filter(|_| is_same);
    let (status, first, last) = match part(range, length) {
        Part::Whole => (StatusCode::OK, 0, length.saturating_sub(1)),
        Part::Bytes(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
        Part::Beyond => return beyond(length),
    };
    if method != Method::HEAD {
        record(&admitted, id).await?;
    }
    let count = (last + 1).saturating_sub(first).min(length);
    let body = body(file, (first, count)).await?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let (tenant, id) = (admitted.tenant(), id.0.simple());
    let name = format!("attachment; filename=\"daybook-audit-{tenant}-{id}.tar.gz\"");
    set(headers, CONTENT_TYPE, "application/gzip");
    set(headers, CONTENT_DISPOSITION, &name);
    set(headers, CONTENT_LENGTH, &count.to_string());
    set(headers, ACCEPT_RANGES, "bytes");
    set(headers, CACHE_CONTROL, "private, no-store");
    set(headers, ETAG, &tag);
    set(headers, REPR_DIGEST, &digest_field(&archive.sha256));
    if status == StatusCode::PARTIAL_CONTENT {
        set(
            headers,
            CONTENT_RANGE,
            &format!("bytes {first}-{last}/{length}"),
        );
    }
    Ok(response)
}

async fn record(admitted: &Admitted, id: ExportId) -> Result<(), Problem> {
    let context = admitted.context();
    let hand_out = HandOut {
        to: admitted.actor().to_string(),
        at: context.at,
    };
    let store = admitted.api().store();
    let recorded = store.execute(admitted.tenant(), id, hand_out, context);
    recorded.await?;
    Ok(())
}

/// The export, if its archive may be handed out now.
async fn kept(admitted: &Admitted, id: ExportId) -> Result<Archive, Problem> {
    let store = admitted.api().store();
    let loaded = store.load::<Export>(admitted.tenant(), id).await?;
    match loaded.state.as_ref() {
        Export::Ready(archive) if archive.is_kept(admitted.api().now()) => Ok(archive.clone()),
        Export::Ready(archive) if archive.expires_at.is_none() => Err(nothing_here()),
        Export::Ready(_) | Export::Expired => {
            let text = "the archive has expired; ask for another export";
            Err(Problem::new(StatusCode::GONE, "EXPORT_EXPIRED", text))
        }
        Export::Pending(_) => {
            let text = "the archive is being made; ask again when auditExport says READY";
            Err(Problem::new(StatusCode::CONFLICT, "EXPORT_NOT_READY", text))
        }
        Export::Failed => {
            let text = "the export failed; auditExport says why";
            Err(Problem::new(StatusCode::CONFLICT, "EXPORT_FAILED", text))
        }
        Export::Unknown => Err(nothing_here()),
    }
}

fn place(admitted: &Admitted, id: ExportId) -> PathBuf {
    archive_file(&admitted.api().options().exports, admitted.tenant(), id)
}

/// Where an archive is kept, below the directory of all of them.
pub fn archive_file(directory: &std::path::Path, tenant: TenantId, id: ExportId) -> PathBuf {
    directory
        .join(tenant.to_string())
        .join(format!("{id}.tar.gz"))
}

async fn body(mut file: File, (first, count): (u64, u64)) -> Result<Body, Problem> {
    let sought = file.seek(SeekFrom::Start(first)).await;
    sought.map_err(|error| {
        tracing::error!(%error, "an archive cannot be read");
        Problem::from(Fault::internal())
    })?;
    let chunks = try_unfold((file, count), async |(mut file, left)| {
        if left == 0 {
            return Ok(None);
        }
        let mut chunk = Vec::new();
        let mut part = (&mut file).take(left.min(CHUNK));
        let read = part.read_to_end(&mut chunk).await?;
        let read = u64::try_from(read).unwrap_or(left);
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Some((chunk, (file, left - read))))
    });
    Ok(Body::from_stream(chunks))
}

fn beyond(length: u64) -> Result<Response, Problem> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    set(
        response.headers_mut(),
        CONTENT_RANGE,
        &format!("bytes */{length}"),
    );
    Ok(response)
}

fn missing(admitted: &Admitted, id: ExportId, error: &io::Error) -> Problem {
    tracing::error!(tenant = %admitted.tenant(), export = %id, %error, "an archive is not there");
    let text = "the archive is not on this node; ask again, or for another export";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "EXPORT_UNAVAILABLE", text)
}

fn text<'h>(headers: &'h HeaderMap, name: &axum::http::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn set(headers: &mut HeaderMap, name: impl axum::http::header::IntoHeaderName, value: &str) {
    // Digits, names and digests of our own.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// `sha-256=:…:`, as RFC 9530 has it.
fn digest_field(sha256: &str) -> String {
    let bytes = hex::decode(sha256).unwrap_or_default();
    format!("sha-256=:{}:", STANDARD.encode(bytes))
}

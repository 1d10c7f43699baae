//! How a body is read: so much, and for so long.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use futures::StreamExt;
use tokio::time::timeout;

use crate::engine::Settings;
use crate::fault::{Code, Fault};

/// How much of a body that is too large is still taken in, so that the client reads the answer
/// instead of a broken connection.
const SWALLOWED_TIMES: usize = 16;
const SWALLOWING_TIME: Duration = Duration::from_secs(1);

/// Reads a whole body.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE`, `TIMEOUT`, `BAD_REQUEST` when it breaks off.
pub(crate) async fn read(
    (headers, body): (&HeaderMap, Body),
    settings: &Settings,
) -> Result<Vec<u8>, Fault> {
    let mut body = body.into_data_stream();
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = announced.is_some_and(|announced: usize| announced > settings.body_bytes);
    let mut bytes = Vec::new();
    let reading = async {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| Fault::new(Code::BadRequest, "the body broke off"))?;
            if too_large || bytes.len().saturating_add(chunk.len()) > settings.body_bytes {
                return Ok(false);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(!too_large)
    };
    match timeout(settings.body_time, reading).await {
        Err(_) => Err(Fault::new(
            Code::Timeout,
            "the body took too long to arrive",
        )),
        Ok(Err(fault)) => Err(fault),
        Ok(Ok(true)) => Ok(bytes),
        Ok(Ok(false)) => {
            let mut left = settings.body_bytes.saturating_mul(SWALLOWED_TIMES);
            let swallowing = async {
                while let Some(Ok(chunk)) = body.next().await {
                    left = left.saturating_sub(chunk.len());
                    if left == 0 {
                        break;
                    }
                }
            };
            // Whether it was all taken in or not: the answer is the same.
            let _in_time = timeout(SWALLOWING_TIME, swallowing).await;
            let text = format!("a body may have {} bytes", settings.body_bytes);
            Err(Fault::new(Code::PayloadTooLarge, text))
        }
    }
}

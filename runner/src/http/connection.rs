//! How does one connection live?
//!
//! HTTP/1.1 and HTTP/2 without TLS (h2c) on the same port. Whoever has not sent a whole request
//! after the header time is sent away: the library's own limit begins only once it knows which
//! protocol is spoken.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::forwarded::client;
use crate::config::{Limits, Network};

/// Requests of one HTTP/2 connection at one time.
const STREAMS: u32 = 200;
/// Headers of one request.
const HEADERS: usize = 100;
/// How often a silent HTTP/2 client is asked whether it is there.
const PING: Duration = Duration::from_secs(20);

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Connections {
    router: Router,
    builder: Builder<TokioExecutor>,
    header_time: Duration,
    proxies: Arc<[Network]>,
    pub(super) closing: CancellationToken,
}

impl Connections {
    pub(super) fn new(
        router: Router,
        (limits, proxies): (&Limits, &[Network]),
        closing: CancellationToken,
    ) -> Self {
        let header_bytes = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_buf_size(limits.header_bytes)
            .max_headers(HEADERS);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(header_bytes)
            .keep_alive_interval(PING)
            .keep_alive_timeout(limits.header_time);
        Self {
            router,
            builder,
            header_time: limits.header_time,
            proxies: proxies.into(),
            closing,
        }
    }

    /// Serves it to its end.
    pub(super) async fn serve(self, stream: TcpStream, peer: SocketAddr) {
        let open = metrics::gauge!("daybook_http_connections");
        open.increment(1.0);
        self.answer(stream, Self::canonical(peer)).await;
        open.decrement(1.0);
    }

    async fn answer(self, stream: TcpStream, peer: SocketAddr) {
        let asked = Arc::new(AtomicBool::new(false));
        let (router, seen, proxies) = (self.router, asked.clone(), self.proxies);
        let service = service_fn(move |request: Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            let client = client(peer, request.headers(), &proxies);
            request.extensions_mut().insert(ConnectInfo(client));
            router.clone().oneshot(request)
        });
        let io = TokioIo::new(stream);
        let mut connection = pin!(self.builder.serve_connection_with_upgrades(io, service));
        let silent = async {
            tokio::time::sleep(self.header_time).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let mut silent = pin!(silent);
        let mut closing = pin!(self.closing.cancelled());
        let mut told = false;
        loop {
            tokio::select! {
                ended = &mut connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection broke");
                    }
                    return;
                }
                () = &mut silent => {
                    tracing::debug!(%peer, "a client sent no request in time");
                    return;
                }
                () = &mut closing, if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

//! A server for tests that checkpoints are sent to, with or without TLS, in a mood.

use std::net::TcpListener as Listener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use s3s::Body;
use s3s::service::S3Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::process::PATIENCE;

/// A request that came, whole.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// How the server treats who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mood {
    /// Does what it is asked.
    Takes,
    /// Says this instead.
    Says(u16, &'static str),
    /// Sends who asks elsewhere.
    Redirects(String),
    /// Does not know `If-None-Match`, and says so.
    KnowsNoCondition,
    /// Never answers.
    Hangs,
    /// Begins an answer that never ends.
    Endless,
}

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(super) struct Web {
    pub(super) port: u16,
    inner: Arc<Inner>,
    _serving: JoinSet<()>,
}

#[derive(Debug)]
struct Inner {
    seen: Mutex<Vec<Seen>>,
    mood: Mutex<Mood>,
    store: Option<S3Service>,
}

/// What the server shows over TLS.
pub(super) fn tls(certificate: &Path) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(certificate).unwrap()],
            PrivateKeyDer::from_pem_file(certificate.with_extension("key")).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

impl Web {
    /// One that takes whatever is posted.
    pub(super) fn plain() -> Self {
        Self::start(free(), None, None)
    }

    /// The same at a port that was known before.
    pub(super) fn plain_at(port: u16) -> Self {
        let listener = Listener::bind(("127.0.0.1", port)).unwrap();
        Self::start(listener, None, None)
    }

    /// The same over TLS.
    pub(super) fn over_tls(tls: TlsAcceptor) -> Self {
        Self::start(free(), Some(tls), None)
    }

    /// An object store.
    pub(super) fn store(store: S3Service, tls: Option<TlsAcceptor>) -> Self {
        Self::start(free(), tls, Some(store))
    }

    fn start(listener: Listener, tls: Option<TlsAcceptor>, store: Option<S3Service>) -> Self {
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            seen: Mutex::default(),
            mood: Mutex::new(Mood::Takes),
            store,
        });
        let mut serving = JoinSet::new();
        serving.spawn(accept(
            TcpListener::from_std(listener).unwrap(),
            tls,
            inner.clone(),
        ));
        Self {
            port,
            inner,
            _serving: serving,
        }
    }

    pub(super) fn becomes(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap() = mood;
    }

    /// What came so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// Waits until something like this came.
    pub(super) async fn sees(&self, what: &str, is_it: impl Fn(&Seen) -> bool) -> Seen {
        let find = async {
            loop {
                if let Some(seen) = self.seen().into_iter().find(&is_it) {
                    return seen;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, find).await;
        found.unwrap_or_else(|_| panic!("{what} did not come; {:?} did", self.seen()))
    }
}

fn free() -> Listener {
    Listener::bind("127.0.0.1:0").unwrap()
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, inner: Arc<Inner>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        connections.spawn(converse(stream, tls.clone(), inner.clone()));
    }
}

async fn converse(stream: TcpStream, tls: Option<TlsAcceptor>, inner: Arc<Inner>) {
    let service = service_fn(move |request| answer(inner.clone(), request));
    let builder = Builder::new(TokioExecutor::new());
    // A client may go away at any time, and is expected to where it does not like a certificate.
    match tls {
        None => drop(
            builder
                .serve_connection(TokioIo::new(stream), service)
                .await,
        ),
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                drop(
                    builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                );
            }
        }
    }
}

async fn answer(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<Body>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    inner.seen.lock().unwrap().push(Seen {
        method: head.method.clone(),
        target: head.uri.to_string(),
        headers: head.headers.clone(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let mood = inner.mood.lock().unwrap().clone();
    let says = |status: u16, text: &'static str| {
        let answer = Response::builder().status(status);
        Ok(answer.body(Body::from(Bytes::from(text))).unwrap())
    };
    match mood {
        Mood::Says(status, text) => return says(status, text),
        Mood::Redirects(to) => {
            let answer = Response::builder().status(307).header("location", to);
            return Ok(answer.body(Body::empty()).unwrap());
        }
        Mood::KnowsNoCondition if head.headers.contains_key("if-none-match") => {
            return says(501, "<Error><Code>NotImplemented</Code></Error>");
        }
        Mood::Takes | Mood::KnowsNoCondition => {}
        Mood::Hangs => std::future::pending().await,
        Mood::Endless => {
            let flood = stream::repeat_with(|| Ok::<_, std::io::Error>(Frame::data(FLOOD.clone())));
            return Ok(Response::new(Body::http_body_unsync(StreamBody::new(
                flood,
            ))));
        }
    }
    let Some(store) = &inner.store else {
        return says(204, "");
    };
    let request = Request::from_parts(head, Body::from(body));
    Ok(store.call(request).await.unwrap())
}

static FLOOD: Bytes = Bytes::from_static(&[b'x'; 4_096]);

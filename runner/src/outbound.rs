//! How is a server of somebody else asked, over HTTP or HTTPS?
//!
//! Over HTTPS with the public roots and those the operator names, nothing weaker than TLS 1.2, and no
//! way to pass a certificate over. Redirects are not followed and proxies not looked for: what was
//! configured is what is asked. Every answer has a time by which it is there and a length beyond
//! which nobody reads it.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderValue, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The longest answer that is read.
const ANSWER: usize = 64 * 1024;
/// How long a connection may take; less where all of it may take less.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
/// Who asks.
static AGENT: HeaderValue =
    HeaderValue::from_static(concat!("daybook/", env!("CARGO_PKG_VERSION")));

/// Asks servers of others.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

/// What a server said.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// How it went.
    pub(crate) status: StatusCode,
    /// What came with it; empty where it broke off or was longer than 64 KiB.
    pub(crate) body: Bytes,
}

impl Outbound {
    /// Somebody who asks, and waits so long for a whole answer. `authority` is a file with
    /// certificates (PEM) that are trusted besides the public ones.
    ///
    /// # Errors
    /// What is wrong with that file.
    pub(crate) fn new(authority: Option<&Path>, patience: Duration) -> Result<Self, String> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(file) = authority {
            trust(&mut roots, file)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT.min(patience)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Ok(Self { client, patience })
    }

    /// Asks once.
    ///
    /// # Errors
    /// Why there was no answer, without the address: it may hold a secret.
    pub(crate) async fn ask(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, String> {
        request.headers_mut().insert(USER_AGENT, AGENT.clone());
        let asked = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|error| innermost(&error))?;
            Ok(whole(answer).await)
        };
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {:?}", self.patience)),
        }
    }
}

async fn whole(answer: Response<Incoming>) -> Answer {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER).collect().await;
    let body = body.map_or_else(|_| Bytes::new(), |body| body.to_bytes());
    Answer { status, body }
}

fn trust(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let unusable = |reason: String| {
        format!(
            "{} cannot be used: {reason}; name a file with certificates (PEM)",
            file.display()
        )
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    let mut count = 0;
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| unusable(error.to_string()))?;
        count += 1;
    }
    if count == 0 {
        return Err(unusable("it holds none".to_owned()));
    }
    Ok(())
}

/// What is behind an error: the outer ones only say that there is something.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

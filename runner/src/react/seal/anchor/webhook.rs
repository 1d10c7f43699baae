//! How is a checkpoint posted to an address?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::kernel::TenantId;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use url::Url;

use super::desk::Seal;
use super::round::{Miss, Taking, ask, refused};
use crate::outbound::Outbound;

/// An address that checkpoints are posted to, each as it is.
#[derive(Debug, Clone)]
pub(in crate::react::seal) struct Webhook {
    outbound: Outbound,
    url: Url,
    authorization: Option<String>,
}

impl Webhook {
    /// Posts to an address; a name and a password in it are sent as such, not as part of it.
    pub(in crate::react::seal) fn new(outbound: Outbound, mut url: Url) -> Self {
        let authorization = authorization(&url);
        url.set_fragment(None);
        // Both are refused by addresses without a host alone, and this has one.
        let _cleared = (url.set_username(""), url.set_password(None));
        Self {
            outbound,
            url,
            authorization,
        }
    }
}

impl Taking for Webhook {
    async fn take(&self, _: TenantId, seal: &Seal) -> Result<(), Miss> {
        let mut request =
            Request::post(self.url.as_str()).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(seal.note.clone())));
        let status = ask(&self.outbound, request).await?.status;
        if status.is_success() {
            return Ok(());
        }
        Err(refused(status))
    }
}

fn authorization(url: &Url) -> Option<String> {
    let name = url.username();
    let password = url.password().unwrap_or_default();
    if name.is_empty() && password.is_empty() {
        return None;
    }
    let [name, password] =
        [name, password].map(|text| percent_decode_str(text).decode_utf8_lossy());
    Some(format!(
        "Basic {}",
        STANDARD.encode(format!("{name}:{password}"))
    ))
}

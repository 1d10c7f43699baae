//! How is a checkpoint put into a bucket of an object store that speaks S3?
//!
//! Under a name that says how many events it is about and which tree they make:
//! `<prefix><tenant>/<size, 20 digits>-<root>`. So names sort by size, two checkpoints of one size lie
//! side by side for everybody to see, and nothing is ever put in place of something else. The request
//! says so besides (`If-None-Match: *`), for stores that honour it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::kernel::TenantId;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use rusty_s3::{BucketError, Credentials, S3Action, UrlStyle};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::desk::Seal;
use super::round::{Miss, Taking, ask};
use crate::config::{self, Style};
use crate::outbound::Outbound;

/// How long a signed request is good for: clocks may differ, and the way may be slow.
const GOOD_FOR: Duration = Duration::from_mins(5);
const KIND: &str = "text/plain; charset=utf-8";

/// A bucket that checkpoints are put into.
#[derive(Debug, Clone)]
pub(in crate::react::seal) struct Bucket {
    outbound: Outbound,
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
    prefix: String,
    pace: Duration,
}

/// Whether a store is asked to refuse what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overwriting {
    Refused,
    /// The store does not know that word; the name alone has to do.
    Unspoken,
}

impl Bucket {
    /// Puts checkpoints into a bucket.
    ///
    /// # Errors
    /// When it has no address, such as an endpoint that is a number with the bucket before it.
    pub(in crate::react::seal) fn new(
        outbound: Outbound,
        config: &config::Bucket,
    ) -> Result<Self, BucketError> {
        let style = match config.style {
            Style::Path => UrlStyle::Path,
            Style::Host => UrlStyle::VirtualHost,
        };
        let (endpoint, name) = (config.endpoint.clone(), config.name.clone());
        let bucket = rusty_s3::Bucket::new(endpoint, style, name, config.region.clone())?;
        let (key, secret) = (config.key.clone(), config.secret.expose_secret());
        let credentials = match &config.token {
            Some(token) => Credentials::new_with_token(key, secret, token.expose_secret()),
            None => Credentials::new(key, secret),
        };
        Ok(Self {
            outbound,
            bucket,
            credentials,
            prefix: config.prefix.clone(),
            pace: config.pace,
        })
    }

    /// The least time between two checkpoints of a tenant.
    pub(super) fn pace(&self) -> Duration {
        self.pace
    }

    fn name(&self, tenant: TenantId, seal: &Seal) -> String {
        let (size, root) = (seal.checkpoint.size, hex::encode(seal.checkpoint.root));
        format!("{}{tenant}/{size:020}-{root}", self.prefix)
    }

    /// The request that puts a checkpoint there.
    fn request(
        &self,
        name: &str,
        seal: &Seal,
        overwriting: Overwriting,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        // A bucket with a term of retention takes nothing without a digest of it.
        let digest = STANDARD.encode(Sha256::digest(&seal.note));
        let mut headers = vec![
            ("content-type", KIND),
            ("x-amz-checksum-sha256", digest.as_str()),
        ];
        if overwriting == Overwriting::Refused {
            headers.push(("if-none-match", "*"));
        }
        let mut action = self.bucket.put_object(Some(&self.credentials), name);
        for (header, value) in &headers {
            action.headers_mut().insert(*header, *value);
        }
        let request = Request::put(action.sign(GOOD_FOR).as_str());
        let said =
            |request: Builder, (header, value): &(&str, &str)| request.header(*header, *value);
        let request = headers.iter().fold(request, said);
        request.body(Full::new(Bytes::from(seal.note.clone())))
    }
}

impl Taking for Bucket {
    async fn take(&self, tenant: TenantId, seal: &Seal) -> Result<(), Miss> {
        let name = self.name(tenant, seal);
        let put =
            async |overwriting| ask(&self.outbound, self.request(&name, seal, overwriting)).await;
        let mut answer = put(Overwriting::Refused).await?;
        if answer.status == StatusCode::NOT_IMPLEMENTED {
            answer = put(Overwriting::Unspoken).await?;
        }
        match answer.status {
            // This very tree is there already, from before a restart or from another process.
            StatusCode::PRECONDITION_FAILED => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(Miss::Refused(match fault(&answer.body) {
                Some(code) => format!("the answer was {status} ({code})"),
                None => format!("the answer was {status}"),
            })),
        }
    }
}

/// What the store calls a fault: a word such as `AccessDenied`.
fn fault(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then_some(code)
}

#[cfg(test)]
mod tests {
    use daybook_audit::testing::{History, signer};
    use http_body_util::BodyExt;
    use s3s::auth::SimpleAuth;
    use s3s::host::SingleDomain;
    use s3s::service::S3ServiceBuilder;
    use s3s_fs::FileSystem;
    use uuid::Uuid;

    use super::*;

    fn bucket(style: Style) -> Bucket {
        let config = config::Bucket {
            name: "anchors".to_owned(),
            endpoint: "http://s3.example:9000".parse().unwrap(),
            region: "eu-central-1".to_owned(),
            style,
            prefix: String::new(),
            key: "key".to_owned(),
            secret: "secret".to_owned().into(),
            token: None,
            pace: Duration::from_mins(1),
        };
        let outbound = Outbound::new(None, Duration::from_secs(1)).unwrap();
        Bucket::new(outbound, &config).unwrap()
    }

    /// What a store says that knows buckets by both their names, and checks signatures.
    async fn asked(request: Request<Full<Bytes>>, root: &std::path::Path) -> StatusCode {
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
        builder.set_auth(SimpleAuth::from_single("key", "secret"));
        builder.set_host(SingleDomain::new("s3.example:9000").unwrap());
        let (mut head, body) = request.into_parts();
        let host = head.uri.authority().unwrap().as_str().parse().unwrap();
        head.headers.insert("host", host);
        let body = s3s::Body::from(body.collect().await.unwrap().to_bytes());
        let answer = builder.build().call(Request::from_parts(head, body)).await;
        answer.unwrap().status()
    }

    #[tokio::test]
    async fn a_store_knows_the_bucket_by_its_path_and_by_its_host_and_takes_it_once() {
        let note = History::of(12).checkpoint(9, &signer(1)).to_string();
        let seal = Seal::read(&note).unwrap();
        let tenant = TenantId(Uuid::from_u128(1));
        for (style, host) in [
            (Style::Path, "s3.example:9000"),
            (Style::Host, "anchors.s3.example:9000"),
        ] {
            let root = tempfile::tempdir().unwrap();
            std::fs::create_dir(root.path().join("anchors")).unwrap();
            let bucket = bucket(style);
            let name = bucket.name(tenant, &seal);
            let request = || bucket.request(&name, &seal, Overwriting::Refused).unwrap();
            assert_eq!(request().uri().authority().unwrap().as_str(), host);
            assert_eq!(asked(request(), root.path()).await, 200);
            let kept = std::fs::read_to_string(root.path().join("anchors").join(&name));
            assert_eq!(kept.unwrap(), note);
            assert_eq!(asked(request(), root.path()).await, 412);
            // Another body than the one that was signed for.
            let (head, _) = bucket
                .request("other", &seal, Overwriting::Refused)
                .unwrap()
                .into_parts();
            let forged = Request::from_parts(head, Full::new(Bytes::from_static(b"forged")));
            assert_eq!(asked(forged, root.path()).await, 400);
        }
    }

    #[test]
    fn a_fault_is_one_word_or_none() {
        assert_eq!(
            fault(b"<Error><Code>AccessDenied</Code>"),
            Some("AccessDenied")
        );
        for body in ["", "<Code>", "<Code>two words</Code>", "<html>no</html>"] {
            assert_eq!(fault(body.as_bytes()), None, "{body}");
        }
    }
}

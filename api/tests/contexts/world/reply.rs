//! An answer, read to its end.

use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when it is empty.
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) async fn to(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.contains_key("x-request-id"));
        let bytes = response.bytes().await.unwrap();
        let body = match bytes.len() {
            0 => Value::Null,
            _ => serde_json::from_slice(&bytes).unwrap(),
        };
        Self {
            status,
            headers,
            body,
        }
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The body without what differs between any two requests.
    pub(crate) fn anonymous(mut self) -> (u16, Value) {
        if let Some(id) = self.body.get_mut("requestId") {
            id.take();
        }
        (self.status, self.body)
    }

    /// What a browser would send back.
    pub(crate) fn cookies(&self) -> String {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        let pairs = lines.map(|line| line.to_str().unwrap().split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    }
}

//! A client of the API, over HTTP.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::{Map, Value, json};

use crate::business::fresh_id;
use crate::socket::Socket;
use crate::stream::Stream;
use crate::wait::PATIENCE;

/// Somebody who talks to one node, with a secret or without. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Where the node is reached, without a slash at the end.
    pub base: String,
    /// The access token or API key.
    pub secret: Option<String>,
    /// What a proxy is to say of where it comes from.
    address: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
}

/// The global id of an identity.
pub fn id_of(kind: &str, id: impl Into<uuid::Uuid>) -> String {
    format!("{kind}_{}", id.into().simple())
}

impl Client {
    /// A client of the node at `base`.
    pub fn new(base: &str, secret: Option<&str>) -> Self {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(Duration::from_secs(5))
            // Shorter than the server's, so that nothing is sent while it hangs up.
            .pool_idle_timeout(Duration::from_secs(3))
            .build();
        Self {
            http: http.unwrap(),
            base: base.to_owned(),
            secret: secret.map(str::to_owned),
            address: None,
        }
    }

    /// The same caller, as a proxy of ours tells that it comes from another network address.
    #[must_use]
    pub fn coming_from(&self, address: &str) -> Self {
        Self {
            address: Some(address.to_owned()),
            ..self.clone()
        }
    }

    /// The same caller at another node.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// A request to a path, with the caller's secret.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(address) = &self.address {
            request = request.header("x-forwarded-for", address);
        }
        match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        }
    }

    /// A GraphQL request that is still to be sent.
    pub fn graphql(&self, body: &Value) -> RequestBuilder {
        let request = self.request(reqwest::Method::POST, "/graphql");
        request
            .header("accept", "application/graphql-response+json")
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(reqwest::Method::POST, path).json(body);
        Answer::read(request.send().await.unwrap()).await
    }

    /// GETs.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.request(reqwest::Method::GET, path);
        Answer::read(request.send().await.unwrap()).await
    }

    /// Sends a GraphQL request.
    pub async fn send(&self, body: &Value) -> Answer {
        self.try_send(body).await.unwrap()
    }

    /// Sends a GraphQL request to a node that may be gone.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn try_send(&self, body: &Value) -> reqwest::Result<Answer> {
        Answer::try_read(self.graphql(body).send().await?).await
    }

    /// Asks; the answer may be a failure.
    pub async fn ask(&self, document: &str, variables: Value) -> Answer {
        self.send(&json!({ "query": document, "variables": variables }))
            .await
    }

    /// Asks what must have an answer; its data.
    pub async fn data(&self, document: &str, variables: Value) -> Value {
        self.ask(document, variables).await.into_data(document)
    }

    /// Asks for no less than what the tenant's log had at a position; the data.
    pub async fn data_at(&self, position: i64, document: &str) -> Value {
        let consistency = json!({ "minPosition": position.to_string(), "timeoutMs": 5_000 });
        let body = json!({ "query": document, "extensions": { "consistency": consistency } });
        self.insist(&body).await.into_data(document)
    }

    /// Asks again while the answer asks for it, as a client is to.
    async fn insist(&self, body: &Value) -> Answer {
        let since = Instant::now();
        loop {
            let answer = self.send(body).await;
            let extensions = &answer.body["errors"][0]["extensions"];
            if extensions["retryable"] != json!(true) || since.elapsed() > PATIENCE {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The body of a mutation: its input under a fresh `commandId` unless it has one, and what is
    /// wanted of the payload besides `userErrors` and `commit`.
    pub fn mutation(name: &str, mut input: Value, selection: &str) -> Value {
        if input.get("commandId").is_none() {
            input["commandId"] = json!(fresh_id());
        }
        let mut letters = name.chars();
        let first = letters.next().unwrap().to_ascii_uppercase();
        let kind = format!("{first}{}Input", letters.as_str());
        let document = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} \
             userErrors {{ code message path }} commit {{ position version replayed }} }} }}"
        );
        json!({ "query": document, "variables": { "input": input } })
    }

    /// Does something, until it is not too busy for it; the payload, which may be a refusal.
    pub async fn attempt(&self, name: &str, input: Value, selection: &str) -> Value {
        let answer = self.insist(&Self::mutation(name, input, selection)).await;
        answer.into_data(name)[name].take()
    }

    /// Does something that must go through; the payload.
    pub async fn mutate(&self, name: &str, input: Value, selection: &str) -> Value {
        let payload = self.attempt(name, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{name} was refused");
        payload
    }

    /// Opens a socket and signs in on it.
    pub async fn socket(&self) -> Socket {
        Socket::ready(&self.base, self.secret.as_deref()).await
    }

    /// Opens an event stream, after the event that was seen last.
    pub async fn stream(&self, document: &str, variables: Value, last: Option<u64>) -> Stream {
        self.try_stream(document, variables, last).await.unwrap()
    }

    /// The same at a node that may be gone.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn try_stream(
        &self,
        document: &str,
        variables: Value,
        last: Option<u64>,
    ) -> reqwest::Result<Stream> {
        let body = json!({ "query": document, "variables": variables });
        let request = self.request(reqwest::Method::POST, "/graphql/stream");
        let mut request = request
            .timeout(Duration::from_secs(3_600))
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        Ok(Stream::new(request.send().await?))
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        Self::try_read(response).await.unwrap()
    }

    /// Reads a response to its end.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn try_read(response: Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self {
            status,
            headers,
            text,
            body,
        })
    }

    /// The code of the first error; empty when there is none.
    pub fn code(&self) -> &str {
        let code = &self.body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default()
    }

    /// The tenant's position that the answer reflects.
    pub fn position(&self) -> i64 {
        let position = &self.body["extensions"]["consistency"]["position"];
        position.as_str().unwrap().parse().unwrap()
    }

    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The data of what must have gone through.
    pub fn into_data(mut self, what: &str) -> Value {
        let failed = self.status != 200 || self.body.get("errors").is_some();
        assert!(!failed, "{what}: {} {}", self.status, self.text);
        self.body["data"].take()
    }
}

/// A text in which what differs from request to request is replaced.
pub(crate) fn without_its_own(text: &str) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    blank(&mut body);
    body.to_string()
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(members) => blank_members(members),
        Value::Array(items) => items.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn blank_members(members: &mut Map<String, Value>) {
    for (name, value) in members {
        // The caller's own log moves on by itself: what runs in the background tells it so.
        if ["requestId", "remaining", "consistency"].contains(&name.as_str()) {
            *value = Value::from("<request's own>");
        } else {
            blank(value);
        }
    }
}

impl Answer {
    /// Status and body with the request's id and `id` replaced: what two answers have in common
    /// when nothing tells them apart.
    pub fn shape(&self, id: &str) -> (u16, String) {
        (self.status, without_its_own(&self.text).replace(id, "<id>"))
    }
}

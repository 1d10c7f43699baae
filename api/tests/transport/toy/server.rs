//! A server on a free port, and clients for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daybook_api::engine::{Engine, Settings};
use daybook_api::http::routes;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::Log;
use super::gateway::Toy;
use super::schema::schema;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) log: Arc<Log>,
    pub(crate) engine: Engine<Toy>,
    pub(crate) drain: CancellationToken,
    pub(crate) http: reqwest::Client,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let log = Arc::new(Log::default());
        let toy = Toy {
            log: Arc::clone(&log),
            spent: Mutex::default(),
        };
        let drain = CancellationToken::new();
        let engine = Engine::new(schema(), toy, (settings, drain.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let service = routes(engine.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self {
            addr,
            log,
            engine,
            drain,
            http: reqwest::Client::new(),
            _tasks: tasks,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.addr)
    }

    pub(crate) fn stream_url(&self) -> String {
        format!("http://{}/graphql/stream", self.addr)
    }

    /// A POST that takes the telling media type.
    pub(crate) fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        let request = self.http.post(self.url()).body(body);
        request
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
    }

    /// Status and body of a query.
    pub(crate) async fn query(&self, text: &str) -> (u16, Value) {
        self.send(json!({ "query": text })).await
    }

    pub(crate) async fn send(&self, body: Value) -> (u16, Value) {
        let response = self.post(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// Fails unless the server answers.
    pub(crate) async fn must_live(&self) {
        let (status, body) = self.query("{ hello }").await;
        assert_eq!(
            (status, &body["data"]["hello"]),
            (200, &json!("hello anyone"))
        );
    }

    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(self, &["graphql-transport-ws"], &[])
            .await
            .unwrap()
    }

    /// A socket that is acknowledged.
    pub(crate) async fn ready(&self) -> Socket {
        self.ready_as("anyone").await
    }

    pub(crate) async fn ready_as(&self, name: &str) -> Socket {
        let mut socket = self.socket().await;
        socket
            .send(json!({ "type": "connection_init", "payload": { "token": name } }))
            .await;
        assert_eq!(socket.receive().await, json!({ "type": "connection_ack" }));
        socket
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
        "never: {what}"
    );
}

pub(crate) struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(
        server: &Server,
        protocols: &[&str],
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{}/graphql", server.addr)
            .into_client_request()
            .unwrap();
        if !protocols.is_empty() {
            let protocols = protocols.join(", ").parse().unwrap();
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocols);
        }
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(response.status().as_u16())
            }
            // Without an agreed protocol the client library gives up by itself.
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.subscribe_with(id, query, json!({})).await;
    }

    pub(crate) async fn subscribe_with(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// The next message that is no ping.
    pub(crate) async fn receive(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Ok(message)) if message["type"] != "ping" => return message,
                Some(Ok(_)) => {}
                Some(Err(code)) => panic!("closed with {code}"),
                None => panic!("gone"),
            }
        }
    }

    /// The next message, or the code the socket is closed with.
    pub(crate) async fn next(&mut self) -> Option<Result<Value, u16>> {
        let next = tokio::time::timeout(PATIENCE, self.0.next())
            .await
            .expect("nothing comes");
        match next {
            None | Some(Err(_)) => None,
            Some(Ok(Message::Text(text))) => Some(Ok(ws_json(&text))),
            Some(Ok(Message::Close(frame))) => {
                Some(Err(frame.map_or(1005, |frame| u16::from(frame.code))))
            }
            Some(Ok(other)) => panic!("{other:?}"),
        }
    }

    /// Reads on until the socket is closed.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Ok(_)) => {}
                Some(Err(code)) => return code,
                None => panic!("gone without a code"),
            }
        }
    }
}

pub(crate) fn ws_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

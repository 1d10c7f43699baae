//! A WebSocket of a browser or a program.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::server::World;

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// An open socket, or the status with which it is refused.
    pub(crate) async fn open(world: &World, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = format!("ws://{}/graphql", world.addr);
        let mut request = url.into_client_request().unwrap();
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        for (name, value) in protocol.iter().chain(headers) {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Signs in; the code with which the socket is closed when that is refused.
    pub(crate) async fn init(&mut self, payload: Value) -> Result<(), u16> {
        self.send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let ack = self.receive().await?;
        assert_eq!(ack, json!({ "type": "connection_ack" }));
        Ok(())
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next message that is no ping, or the code with which the socket is closed.
    pub(crate) async fn receive(&mut self) -> Result<Value, u16> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await;
            match next.unwrap() {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.unwrap().code.into()),
                Some(Ok(_)) => {}
                gone => panic!("{gone:?}"),
            }
        }
    }
}

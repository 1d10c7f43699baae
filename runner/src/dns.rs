//! What the DNS says of a name, asked of the system's servers or of the one that is configured.

use std::net::SocketAddr;

use daybook_api::tenancy::{TxtLookup, TxtUnavailable};
use futures::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// Looks up names.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    server: Option<SocketAddr>,
}

impl Names {
    /// Asks `server`; none asks whom the system asks.
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server }
    }

    /// A resolver without a memory: a record that was just set must be seen.
    fn resolver(self) -> Result<TokioResolver, TxtUnavailable> {
        let mut builder = match self.server {
            None => TokioResolver::builder_tokio().map_err(unavailable)?,
            Some(server) => {
                let at = |mut connection: ConnectionConfig| {
                    connection.port = server.port();
                    connection
                };
                let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
                    .map(at)
                    .to_vec();
                let server = NameServerConfig::new(server.ip(), true, ways);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        builder.options_mut().cache_size = 0;
        builder.build().map_err(unavailable)
    }
}

impl TxtLookup for Names {
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, TxtUnavailable>> {
        Box::pin(async move {
            match self.resolver()?.txt_lookup(name).await {
                Ok(found) => {
                    let texts = found
                        .answers()
                        .iter()
                        .filter_map(|record| match &record.data {
                            RData::TXT(text) => Some(text.txt_data.concat()),
                            _ => None,
                        });
                    Ok(texts
                        .map(|text| String::from_utf8_lossy(&text).into_owned())
                        .collect())
                }
                Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
                Err(error) => Err(unavailable(error)),
            }
        })
    }
}

fn unavailable(error: impl std::fmt::Display) -> TxtUnavailable {
    TxtUnavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::Record;
    use hickory_resolver::proto::rr::rdata::TXT;
    use tokio::net::UdpSocket;

    use super::*;

    /// A name server on this machine that knows one name, has trouble with another, and no more.
    async fn server() -> SocketAddr {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let at = socket.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            let mut buffer = [0; 4_096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let asked = Message::from_vec(&buffer[..length]).unwrap();
                let answer = answer(asked).to_vec().unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        at
    }

    fn answer(asked: Message) -> Message {
        let mut answer = asked.into_response();
        let name = answer.queries[0].name().clone();
        match name.to_ascii().as_str() {
            "_daybook.acme.example." => {
                for parts in [vec!["v=spf1 -all"], vec!["daybook-domain=", "4711"]] {
                    let text = TXT::new(parts.into_iter().map(str::to_owned).collect());
                    answer.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(text)));
                }
            }
            "broken.example." => answer.metadata.response_code = ResponseCode::ServFail,
            _ => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        answer
    }

    #[tokio::test]
    async fn joins_the_parts_of_each_text() {
        let names = Names::new(Some(server().await));
        let texts = names.txt("_daybook.acme.example.").await.unwrap();
        assert_eq!(texts, ["v=spf1 -all", "daybook-domain=4711"]);
    }

    #[tokio::test]
    async fn tells_a_name_that_is_not_there_from_a_server_in_trouble() {
        let names = Names::new(Some(server().await));
        assert_eq!(names.txt("nobody.example.").await.unwrap(), [""; 0]);
        assert!(names.txt("broken.example.").await.is_err());
    }
}

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

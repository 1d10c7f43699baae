//! How do clients reach us?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use crate::config::Config;
use crate::failure::Failure;

/// The configured address, or the first bound one; one that means all addresses is reached on
/// loopback.
pub(super) fn public_url(config: &Config, addresses: &[SocketAddr]) -> Result<Url, Failure> {
    if let Some(url) = &config.listen.public_url {
        return Ok(url.clone());
    }
    let first = addresses.first().copied();
    let mut first = first.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
    match first.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => first.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => first.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    Url::parse(&format!("http://{first}")).map_err(|error| {
        Failure::surroundings(format!(
            "{first} makes no URL ({error}); set DAYBOOK_PUBLIC_URL"
        ))
    })
}

//! Who is the client behind our own proxies?
//!
//! `X-Forwarded-For` is written by anybody. It is read from its right end, and each address is
//! believed only as long as the one after it is one of the proxies that the configuration trusts.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;

use crate::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address. Its port is that of the nearest connection: nobody needs the client's.
pub(super) fn client(peer: SocketAddr, headers: &HeaderMap, proxies: &[Network]) -> SocketAddr {
    let is_trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut address = peer.ip();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for hop in hops {
        if !is_trusted(address) {
            break;
        }
        // What is no address was not written by a proxy of ours.
        let Some(before) = address_of(hop.trim()) else {
            break;
        };
        address = before;
    }
    SocketAddr::new(address.to_canonical(), peer.port())
}

/// Some proxies add a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse::<IpAddr>().ok();
    bare.or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&'static str]) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4_711);
        client(peer, &headers, &proxies).ip().to_string()
    }

    #[test]
    fn believes_nothing_that_a_stranger_writes() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn takes_the_last_address_that_a_proxy_of_ours_saw() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("::1", &["198.51.100.1:55, 10.9.9.9"]), "198.51.100.1");
        // What the client itself wrote stands left of what the proxy saw.
        assert_eq!(
            seen("10.0.0.1", &["192.0.2.7", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:80"]), "2001:db8::1");
    }

    #[test]
    fn stops_at_what_is_no_address() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }
}

//! From where somebody may come: IP networks and lists of them.

use std::fmt::{self, Display};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kernel::FieldError;

/// The most networks of one list.
pub const MAX_NETWORKS: usize = 100;

/// An IPv4 or IPv6 network. An IPv4 address written inside IPv6 (`::ffff:10.0.0.1`) is the IPv4
/// address, here and when it comes as a peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// What is wrong with a list of networks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworksError {
    /// One of them is none.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// More than are looked through at every request.
    #[error("there are more than {MAX_NETWORKS} networks: join some of them")]
    TooMany,
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. Bits beyond the prefix must be
    /// zero: `10.1.2.3/8` is a mistake, of which nobody can tell what was meant.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let malformed = FieldError::Malformed {
            field,
            expected: "an IP network such as 10.0.0.0/8, with zeros after the prefix",
        };
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let Ok(written) = address.parse::<IpAddr>() else {
            return Err(malformed);
        };
        let prefix = match prefix {
            // Digits alone: `+8` and `08` are numbers to Rust, not prefixes.
            Some(text) if text == "0" || text.starts_with(|c: char| matches!(c, '1'..='9')) => {
                text.parse().unwrap_or(u32::MAX)
            }
            Some(_) => u32::MAX,
            None => width(written),
        };
        let address = written.to_canonical();
        let prefix = prefix.checked_sub(width(written) - width(address));
        let Some(prefix) = prefix.filter(|bits| *bits <= width(address)) else {
            return Err(malformed);
        };
        let network = Self { address, prefix };
        if bits(address) & network.host_mask() == 0 {
            Ok(network)
        } else {
            Err(malformed)
        }
    }

    /// Whether the address lies in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let differ = bits(address) ^ bits(self.address);
        width(address) == width(self.address) && differ & !self.host_mask() == 0
    }

    /// Reads a list, without repeating a network.
    ///
    /// # Errors
    /// When one is no network or there are too many.
    pub fn parse_list(field: &'static str, texts: &[String]) -> Result<Vec<Self>, NetworksError> {
        if texts.len() > MAX_NETWORKS {
            return Err(NetworksError::TooMany);
        }
        let mut networks = Vec::with_capacity(texts.len());
        for text in texts {
            let network = Self::parse(field, text)?;
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        Ok(networks)
    }

    /// Whether a list admits a peer. An empty list admits everybody; any other nobody whose
    /// address is not known.
    pub fn admits(list: &[Self], peer: Option<IpAddr>) -> bool {
        list.is_empty()
            || peer.is_some_and(|peer| list.iter().any(|network| network.contains(peer)))
    }

    /// Ones where the prefix leaves the address free.
    fn host_mask(&self) -> u128 {
        let free = width(self.address).saturating_sub(self.prefix);
        1_u128.checked_shl(free).map_or(u128::MAX, |bit| bit - 1)
    }
}

/// The bits of an address of that kind.
const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = FieldError;
    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse("networks", &text)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse("networks", text).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn reads_networks_and_single_addresses() {
        for (text, written) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            (" 192.0.2.1 ", "192.0.2.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ] {
            assert_eq!(network(text).to_string(), written);
            assert_eq!(network(written), network(text));
        }
    }

    #[test]
    fn refuses_what_is_no_network() {
        for bad in [
            "",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8/8",
            "10.1.2.3/8",
            "10.0.0/8",
            "::/129",
            "::1/64",
            "::ffff:10.0.0.0/8",
            "example.com",
            "10.0.0.0/-1",
            "010.0.0.1",
        ] {
            assert!(Network::parse("networks", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contains_the_addresses_of_its_prefix() {
        assert!(network("10.0.0.0/8").contains(ip("10.255.0.1")));
        assert!(!network("10.0.0.0/8").contains(ip("11.0.0.1")));
        assert!(network("10.0.0.0/8").contains(ip("::ffff:10.1.2.3")));
        assert!(network("2001:db8::/32").contains(ip("2001:db8:ffff::1")));
        assert!(!network("2001:db8::/32").contains(ip("2001:db9::1")));
        assert!(network("0.0.0.0/0").contains(ip("203.0.113.7")));
        assert!(!network("0.0.0.0/0").contains(ip("::1")));
        assert!(network("::/0").contains(ip("::1")));
        assert!(!network("::/0").contains(ip("203.0.113.7")));
        assert!(!network("192.0.2.1").contains(ip("192.0.2.2")));
    }

    #[test]
    fn admits_everybody_by_an_empty_list_and_nobody_unknown_by_another() {
        assert!(Network::admits(&[], None));
        let list = [network("10.0.0.0/8"), network("::1")];
        assert!(Network::admits(&list, Some(ip("::1"))));
        assert!(!Network::admits(&list, Some(ip("::2"))));
        assert!(!Network::admits(&list, None));
    }

    #[test]
    fn reads_a_list_without_repetitions_and_within_its_limit() {
        let texts = |n: usize| vec!["::1".to_owned(); n];
        assert_eq!(
            Network::parse_list("networks", &texts(100)).unwrap(),
            [network("::1")]
        );
        let many = Network::parse_list("networks", &texts(101));
        assert_eq!(many, Err(NetworksError::TooMany));
    }
}

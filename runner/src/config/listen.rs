//! Where can Daybook be reached?

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use url::Url;

use super::parse;
use super::source::{Setting, Source};

const ADDRESSES: Setting = Setting {
    key: "listen.addresses",
    variable: "DAYBOOK_LISTEN",
};
const PUBLIC_URL: Setting = Setting {
    key: "listen.public_url",
    variable: "DAYBOOK_PUBLIC_URL",
};
const PROXIES: Setting = Setting {
    key: "listen.trusted_proxies",
    variable: "DAYBOOK_TRUSTED_PROXIES",
};

/// `[listen]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// What is bound, at least one; port 0 takes any free one.
    pub addresses: Vec<SocketAddr>,
    /// How clients reach us, for links in mails; none: the first bound address over http.
    pub public_url: Option<Url>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// Addresses that share their first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Listen {
    pub(super) fn read(source: &mut Source) -> Self {
        let addresses = source.get(ADDRESSES, |text| {
            let addresses = parse::list(text, address)?;
            if addresses.is_empty() {
                return Err("is empty; expected an address such as 127.0.0.1:8080".to_owned());
            }
            Ok(addresses)
        });
        Self {
            addresses: addresses.unwrap_or_else(|| vec![SocketAddr::from(([127, 0, 0, 1], 8080))]),
            public_url: source.get(PUBLIC_URL, parse::origin),
            trusted_proxies: source
                .get(PROXIES, |text| parse::list(text, str::parse))
                .unwrap_or_default(),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| {
        format!("has {text:?}; expected an address and a port such as 127.0.0.1:8080 or [::]:8080")
    })
}

impl Network {
    /// Whether an address is one of them. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                (ours.to_bits() ^ other.to_bits()) & mask == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                (ours.to_bits() ^ other.to_bits()) & mask == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("has {text:?}; expected an address such as 10.0.0.0/8 or ::1");
        let (address, prefix) = text.split_once('/').unzip();
        let address: IpAddr = address.unwrap_or(text).parse().map_err(|_| expected())?;
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix
            .map_or(Ok(most), str::parse)
            .map_err(|_| expected())?;
        if prefix > most {
            return Err(expected());
        }
        Ok(Self { address, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_compare_by_prefix_and_ignore_the_mapped_form() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("2001:db8::/32", "2001:db8:1::5", true),
            ("2001:db8::/32", "2001:db9::5", false),
            ("::/0", "10.0.0.1", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(
                parsed.contains(address.parse().unwrap()),
                inside,
                "{network} {address}"
            );
        }
        for bad in ["", "10.0.0.0/33", "::/129", "example.com", "10.0.0.0/x"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}

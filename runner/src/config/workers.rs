//! How much do readers and reactors do at one time?

use std::net::SocketAddr;
use std::time::Duration;

use super::parse;
use super::source::{Setting, Source};

const MAILS: Setting = Setting {
    key: "workers.mails",
    variable: "DAYBOOK_WORKER_MAILS",
};
const PAUSE: Setting = Setting {
    key: "workers.pause",
    variable: "DAYBOOK_WORKER_PAUSE",
};
const LISTEN: Setting = Setting {
    key: "workers.listen",
    variable: "DAYBOOK_WORK_LISTEN",
};
const NAMESERVER: Setting = Setting {
    key: "workers.nameserver",
    variable: "DAYBOOK_NAMESERVER",
};

const MILLISECOND: Duration = Duration::from_millis(1);

/// `[workers]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Mails that are on their way at one time.
    pub mails: usize,
    /// Longest time between two looks at a queue that nobody said anything about.
    pub pause: Duration,
    /// Where `daybook work` shows health and metrics; none: nowhere.
    pub listen: Option<SocketAddr>,
    /// Who is asked for DNS records; none: whom the system asks.
    pub nameserver: Option<SocketAddr>,
}

impl Workers {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            mails: source.get(MAILS, parse::number(1..=64)).unwrap_or(4),
            pause: source
                .get(PAUSE, parse::time(10 * MILLISECOND..=60_000 * MILLISECOND))
                .unwrap_or(1_000 * MILLISECOND),
            listen: source.get(LISTEN, address),
            nameserver: source.get(NAMESERVER, address),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let expected = |_| format!("is {text:?}; expected an address and a port such as 127.0.0.1:9");
    text.parse().map_err(expected)
}

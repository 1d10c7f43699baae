//! With what is the log sealed, and where are its checkpoints kept?

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use url::Host;

use super::source::{Setting, Source};
use super::{Anchors, Data, Listen, parse};

const KEY: Setting = Setting {
    key: "audit.master_key",
    variable: "DAYBOOK_MASTER_KEY",
};
const KEY_FILE: Setting = Setting {
    key: "audit.master_key_file",
    variable: "DAYBOOK_MASTER_KEY_FILE",
};
const OTHER_KEY: Setting = Setting {
    key: "audit.other_master_key",
    variable: "DAYBOOK_OTHER_MASTER_KEY",
};
const OTHER_KEY_FILE: Setting = Setting {
    key: "audit.other_master_key_file",
    variable: "DAYBOOK_OTHER_MASTER_KEY_FILE",
};
const HOST: Setting = Setting {
    key: "audit.host",
    variable: "DAYBOOK_AUDIT_HOST",
};
const KEEP_EXPORTS: Setting = Setting {
    key: "audit.keep_exports",
    variable: "DAYBOOK_EXPORTS_KEEP",
};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// `[audit]`
#[derive(Debug, Clone)]
pub struct Audit {
    /// Where the master key comes from.
    pub master_key: MasterKeySource,
    /// Where another master key comes from that is accepted while one replaces the other.
    pub other_master_key: Option<MasterKeySource>,
    /// What the origins of new logs begin with: `<host>/audit/<tenant>`. A log that was signed
    /// once keeps its origin.
    pub host: String,
    /// Where the last checkpoint of each tenant is kept; what a database is held against.
    pub checkpoints: PathBuf,
    /// Where checkpoints go besides.
    pub anchors: Anchors,
    /// Where archives of exports are made and kept.
    pub exports: PathBuf,
    /// How long they are kept.
    pub keep_exports: Duration,
}

/// Where the master key comes from.
#[derive(Debug, Clone)]
pub enum MasterKeySource {
    /// The configuration itself; valid.
    Given(SecretString),
    /// A file, which is made where it is missing and nothing was sealed yet.
    File(PathBuf),
}

impl Audit {
    pub(super) fn read(source: &mut Source, (data, listen): (&Data, &Listen)) -> Self {
        let file = source.get(KEY_FILE, parse::path);
        let given = source.get(KEY, |text| key_of(text).map(|_| text.to_owned()));
        let master_key = given.map_or_else(
            || MasterKeySource::File(file.unwrap_or_else(|| data.directory.join("master.key"))),
            |key| MasterKeySource::Given(key.into()),
        );
        let other_file = source.get(OTHER_KEY_FILE, parse::path);
        let other = source.get(OTHER_KEY, |text| key_of(text).map(|_| text.to_owned()));
        let other_master_key = other
            .map(|key| MasterKeySource::Given(key.into()))
            .or(other_file.map(MasterKeySource::File));
        let public = listen.public_url.as_ref();
        let public = public.and_then(|url| url.host_str()).map(str::to_owned);
        Self {
            master_key,
            other_master_key,
            host: source
                .get(HOST, host)
                .or(public)
                .unwrap_or_else(|| "localhost".to_owned()),
            checkpoints: data.directory.join("checkpoints"),
            anchors: Anchors::read(source),
            exports: data.directory.join("exports"),
            keep_exports: source
                .get(KEEP_EXPORTS, parse::time(MINUTE..=365 * DAY))
                .unwrap_or(7 * DAY),
        }
    }
}

/// The key of 32 bytes in base64. The reason never repeats the text.
pub(crate) fn key_of(text: &str) -> Result<[u8; 32], String> {
    let bytes = STANDARD.decode(text.trim()).ok();
    let key = bytes.and_then(|bytes| bytes.try_into().ok());
    key.ok_or_else(|| {
        "is not a key; expected 32 bytes in base64, as `openssl rand -base64 32` writes".to_owned()
    })
}

/// The key as it is written.
pub(crate) fn written(key: &[u8; 32]) -> String {
    STANDARD.encode(key)
}

fn host(text: &str) -> Result<String, String> {
    match Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(format!(
            "is {text:?}; expected the name of a host such as books.example.com"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_in_base64_and_its_fault_does_not_show_it() {
        let key = [5; 32];
        assert_eq!(key_of(&written(&key)), Ok(key));
        assert_eq!(key_of(&format!("{}\n", written(&key))), Ok(key));
        for bad in ["", "secret", "AAAA", &"A".repeat(43)] {
            let fault = key_of(bad).unwrap_err();
            assert!(bad.is_empty() || !fault.contains(bad), "{fault}");
        }
    }
}

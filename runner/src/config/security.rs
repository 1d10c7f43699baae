//! Whom do we trust?

use url::Url;

use super::parse;
use super::source::{Setting, Source};

const CORS: Setting = Setting {
    key: "security.cors_origins",
    variable: "DAYBOOK_CORS_ORIGINS",
};
/// `[security]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Whose pages may call us, `https://app.example.com`; exactly these.
    pub cors_origins: Vec<String>,
}

impl Security {
    pub(super) fn read(source: &mut Source) -> Self {
        let origins = source.get(CORS, |text| parse::list(text, parse::origin));
        let origins = origins.unwrap_or_default();
        Self {
            cors_origins: origins.iter().map(origin_of).collect(),
        }
    }
}

/// As a browser writes it: no slash at the end, no usual port.
fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

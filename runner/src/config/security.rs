//! Whom do we trust, and how are cookies kept?

use url::Url;

use super::parse;
use super::source::{Setting, Source};

const CORS: Setting = Setting {
    key: "security.cors_origins",
    variable: "DAYBOOK_CORS_ORIGINS",
};
const COOKIES: Setting = Setting {
    key: "security.secure_cookies",
    variable: "DAYBOOK_SECURE_COOKIES",
};

/// `[security]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Whose pages may call us, `https://app.example.com`; exactly these.
    pub cors_origins: Vec<String>,
    /// Whether cookies are for https alone; none: when the public URL is https.
    pub secure_cookies: Option<bool>,
}

impl Security {
    pub(super) fn read(source: &mut Source) -> Self {
        let origins = source.get(CORS, |text| parse::list(text, parse::origin));
        let origins = origins.unwrap_or_default();
        Self {
            cors_origins: origins.iter().map(origin_of).collect(),
            secure_cookies: source.get(COOKIES, parse::switch),
        }
    }
}

/// As a browser writes it: no slash at the end, no usual port.
fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

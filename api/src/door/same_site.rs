//! Keeps other people's pages from acting with a visitor's cookies.
//!
//! Browsers send cookies along with whatever page asks. That a request with a cookie comes from a
//! page of ours is told by `Sec-Fetch-Site`, which pages cannot set, else by `Origin`, which is
//! compared with the public address. A request with neither does not come from a browser; then it
//! needs no cookie either.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

use crate::api::ApiOptions;

/// What is said to a page of another's.
pub(crate) const CROSS_SITE: &str =
    "cookies count only for pages of this site; send a bearer token instead";

/// Whether the cookies of a request count: a page of ours, or a listed one, sent it.
pub(crate) fn is_same_site(headers: &HeaderMap, options: &ApiOptions) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(ORIGIN.as_str());
    let listed = origin.is_some_and(|origin| options.trusts(origin));
    match text("sec-fetch-site") {
        Some("same-origin") => true,
        Some(_) => listed,
        None => listed || origin.is_some_and(|origin| origin == options.public_url),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;
    use crate::tenancy::NoTxt;

    fn counts(origin: Option<&str>, fetch_site: Option<&str>) -> bool {
        let options = ApiOptions {
            public_url: "https://api.example.com".to_owned(),
            development: false,
            origins: vec!["https://app.example.com".to_owned()],
            hashes_at_once: 1,
            requests_per_minute: None,
            patience: Duration::ZERO,
            exports: std::env::temp_dir(),
            txt: Arc::new(NoTxt),
            clock: || DateTime::UNIX_EPOCH,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in [("origin", origin), ("sec-fetch-site", fetch_site)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        is_same_site(&headers, &options)
    }

    #[test]
    fn counts_for_pages_of_ours_and_of_the_list() {
        let (ours, listed) = ("https://api.example.com", "https://app.example.com");
        assert!(counts(None, Some("same-origin")));
        assert!(counts(Some(ours), Some("same-origin")));
        assert!(counts(Some(ours), None));
        assert!(counts(Some(listed), None));
        for site in ["same-site", "cross-site"] {
            assert!(counts(Some(listed), Some(site)), "{site}");
        }
    }

    #[test]
    fn counts_for_nobody_else() {
        for origin in [
            "null",
            "http://api.example.com",
            "https://api.example.com.evil.com",
            "https://evil-api.example.com",
            "https://app.example.com:8443",
            "https://API.example.com",
        ] {
            for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
                assert!(!counts(Some(origin), site), "{origin} {site:?}");
            }
        }
        assert!(!counts(None, None));
        assert!(!counts(None, Some("cross-site")));
        // A browser that says what the page is knows better than the page's own name.
        assert!(!counts(Some("https://api.example.com"), Some("cross-site")));
    }
}

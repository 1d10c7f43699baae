//! Where in a request the secret is: a header, a cookie or the payload of `connection_init`.

use axum::http::{HeaderMap, header};

/// The cookie that carries the access token. The prefix makes browsers refuse it without `Secure`,
/// with a domain, or for another path (RFC 6265bis §4.1.3.2).
pub const ACCESS_COOKIE: &str = "__Host-daybook_access";
/// The cookie that carries the refresh token, for `/auth/` alone.
pub const REFRESH_COOKIE: &str = "__Secure-daybook_refresh";

/// The secret of an `Authorization: Bearer` header or of such a text (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    bearer_of(value)
}

/// The secret of an `Authorization` value.
pub(super) fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

/// The secret in the payload of `connection_init`: `{"authorization": "Bearer …"}`, capitals as the
/// client likes, or `{"token": "…"}`.
pub(super) fn init_secret(init: &serde_json::Map<String, serde_json::Value>) -> Option<&str> {
    let text = |name: &str| {
        let (_, value) = init
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str()
    };
    text("authorization")
        .and_then(bearer_of)
        .or_else(|| text("token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_secret_where_it_may_be() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(header::AUTHORIZATION, "bearer  abc ".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(header::AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), None);
        let cookies = format!("a=b; {ACCESS_COOKIE}=token; c=d=e");
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        assert_eq!(cookie(&headers, ACCESS_COOKIE), Some("token"));
        assert_eq!(cookie(&headers, "c"), Some("d=e"));
        assert_eq!(cookie(&headers, "x"), None);
        let init = serde_json::json!({ "Authorization": "Bearer abc" });
        assert_eq!(init_secret(init.as_object().unwrap()), Some("abc"));
        let init = serde_json::json!({ "token": "abc" });
        assert_eq!(init_secret(init.as_object().unwrap()), Some("abc"));
    }
}

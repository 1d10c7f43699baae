//! The page's files, and what a browser may load and run for them.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// Scripts are ours, or those whose digests ours tells; nothing is sent anywhere but here. GraphiQL's
/// editor writes styles into the page and has its fonts in its own.
const POLICY: &str = "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net/npm/; \
    style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net/npm/; font-src data:; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The page's routes.
pub fn routes() -> Router {
    Router::new()
        .route("/graphiql", get(|| file("text/html", PAGE)))
        .route("/graphiql/page.js", get(|| file("text/javascript", SCRIPT)))
        .route("/graphiql/page.css", get(|| file("text/css", STYLE)))
}

#[expect(clippy::unused_async, reason = "a handler is a future")]
async fn file(kind: &str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of the page's own files is named in it.
    fn loaded() -> Vec<&'static str> {
        let quoted = PAGE.split('"');
        quoted.filter(|it| it.starts_with("/graphiql/")).collect()
    }

    #[test]
    fn runs_nothing_that_its_policy_forbids() {
        assert_eq!(loaded(), ["/graphiql/page.css", "/graphiql/page.js"]);
        for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!PAGE.contains(inline), "{inline}");
        }
        assert_eq!(PAGE.matches("<script").count(), 1);
        assert!(!PAGE.contains("http"), "the page itself is all ours");
        let (_, after) = SCRIPT.split_once("const CDN = '").unwrap();
        let (cdn, _) = after.split_once('\'').unwrap();
        for source in ["script-src 'self' ", "style-src 'self' 'unsafe-inline' "] {
            assert!(POLICY.contains(&format!("{source}{cdn}")), "{source}");
        }
        assert!(!POLICY.contains("unsafe-eval"));
    }

    #[test]
    fn loads_nothing_from_elsewhere_without_its_digest() {
        let files = SCRIPT.lines().filter(|line| line.contains(".min."));
        let files: Vec<&str> = files.collect();
        assert_eq!(files.len(), 4);
        for line in files {
            let digest = line.split_once("'sha384-").map(|(_, digest)| digest);
            let digest = digest.and_then(|rest| rest.split_once('\''));
            assert_eq!(digest.map(|(digest, _)| digest.len()), Some(64), "{line}");
        }
        let elsewhere = SCRIPT.matches("https://").count();
        assert_eq!(elsewhere, 1, "all of it comes from one place");
    }
}

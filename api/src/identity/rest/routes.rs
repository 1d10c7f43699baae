//! Under which paths the endpoints are reached, and what every answer has in common.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use futures::FutureExt;
use tokio::time::timeout;

use super::Problem;
use super::login::login;
use super::logout::logout;
use super::refresh::refresh;
use super::resend_verification::resend_verification;
use super::reset_password::reset_password;
use super::reset_password_confirm::reset_password_confirm;
use super::signup::signup;
use super::switch_tenant::switch_tenant;
use super::update_password::update_password;
use super::verify_email::verify_email;
use crate::api::Api;
use crate::engine::panic_text;
use crate::fault::{Code, Fault};
use crate::gateway::RequestId;

/// How long an endpoint may take.
const LIMIT: Duration = Duration::from_secs(30);

/// `/auth/*`.
pub fn routes(api: Api) -> Router {
    let endpoints: [(&'static str, MethodRouter<Api>); 10] = [
        ("/auth/signup", post(signup)),
        ("/auth/verify-email", post(verify_email)),
        ("/auth/verify-email/resend", post(resend_verification)),
        ("/auth/login", post(login)),
        ("/auth/refresh", post(refresh)),
        ("/auth/logout", post(logout)),
        ("/auth/switch-tenant", post(switch_tenant)),
        ("/auth/reset-password", post(reset_password)),
        ("/auth/reset-password/confirm", post(reset_password_confirm)),
        ("/auth/update-password", post(update_password)),
    ];
    let mut router = Router::new();
    for (path, endpoint) in endpoints {
        let dress = move |request, next| dress((path, "POST"), request, next);
        router = router.route(path, endpoint.layer(from_fn(dress)));
    }
    router.with_state(api)
}

/// Bounds the time, ends panics, writes problems out and adds the headers of every answer of an
/// endpoint that takes one method; what says nothing of caches is kept by none.
pub(crate) async fn dress(
    (path, method): (&'static str, &'static str),
    mut request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let id = RequestId::of(&parts);
    request = Request::from_parts(parts, body);
    request.extensions_mut().insert(id.clone());
    // What a panic leaves behind is guarded by locks and transactions of its own.
    let answering = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match timeout(LIMIT, answering).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let panic = panic_text(panic.as_ref());
            tracing::error!(
                panic,
                request_id = id.as_str(),
                path,
                "an endpoint panicked"
            );
            Problem::from(Fault::internal()).write(id.as_str())
        }
        Err(_) => {
            let fault = Fault::new(Code::Timeout, "this took too long; try again in a moment");
            Problem::from(fault).write(id.as_str())
        }
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let fault = Fault::new(Code::MethodNotAllowed, format!("send {method}"));
        response = Problem::from(fault).write(id.as_str());
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(method));
    } else if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.write(id.as_str());
    }
    let headers = response.headers_mut();
    let kept = headers.entry(CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(id) = id.to_header() {
        headers.insert(RequestId::HEADER, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn broken() -> StatusCode {
        panic!("a secret of the code")
    }

    #[tokio::test]
    async fn a_panic_ends_as_a_problem_that_names_the_request_and_nothing_else() {
        let dressed = |request, next| dress(("/auth/broken", "POST"), request, next);
        let router = Router::new()
            .route("/auth/broken", post(broken).layer(from_fn(dressed)))
            .route("/auth/fine", post(async || StatusCode::NO_CONTENT));
        let ask = |path: &str| {
            let request = Request::post(path).header("x-request-id", "it-1");
            router.clone().oneshot(request.body(Body::empty()).unwrap())
        };
        let response = ask("/auth/broken").await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["x-request-id"], "it-1");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = to_bytes(response.into_body(), 1_000).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "INTERNAL_SERVER_ERROR");
        assert_eq!(body["requestId"], "it-1");
        assert!(!body.to_string().contains("secret"));
        let status = ask("/auth/fine").await.unwrap().status();
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
}
